"""Models for JavaScript: `site/model/worker.js` calls this with plain objects and typed arrays, and gets such back.

Errors leave as KerataError; the worker tells them apart by `code_of` and passes their sentence on.
"""

import gc
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from math import prod
from typing import Any

import numpy as np

from . import load_model
from .backends.selection import BackendTrial
from .browser import to_javascript, to_python
from .coroutines import begin
from .errors import DeviceError, InputError, KerataError, TooLargeError, UnsupportedError
from .model import Model
from .node import Shape

_GPU, _CPU = ("webgpu", "webgl"), ("wasm", "numpy")  # in the order in which they are tried

# The first class that an error is an instance of tells its code.
_CODES: tuple[tuple[type[Exception], str], ...] = (
    (TooLargeError, "memory"),
    (MemoryError, "memory"),
    (InputError, "input"),
    (UnsupportedError, "unsupported"),
    (DeviceError, "device"),
    (KerataError, "model"),
)


def code_of(error: BaseException | None) -> str:
    """The `code` of JavaScript's KerataError for an exception of Python; "python" for one that nobody foresaw."""
    cause = error.__cause__ if error and isinstance(error.__cause__, MemoryError) else error
    return next((code for kind, code in _CODES if isinstance(cause, kind)), "python")


def code_of_last_error() -> str:
    """That of the exception which JavaScript was thrown last."""
    return code_of(getattr(sys, "last_exc", None))


def free() -> None:
    """Frees at once what closed models leave: Python counts objects, not their bytes, and an error holds the arrays of
    the calls that it ended.
    """
    for name in ("last_exc", "last_value", "last_traceback"):
        sys.__dict__.pop(name, None)
    gc.collect()


def open_model(files: Any, backend: str, gpu: bool) -> Any:
    """A JavaScriptModel, or a promise of it: of the bytes of its file and, where they lie apart, of its weights.

    backend: as for `load_model`. gpu: whether a GPU is to be taken where one can be. Devices have to be offered before.
    Raises what `load_model` and `Model.switch` raise.
    """
    return begin(_open_model(files, backend, gpu))


async def _open_model(files: Any, backend: str, gpu: bool) -> "JavaScriptModel":
    try:
        data, *weights = [bytes(to_python(each)) for each in files]
    except MemoryError as error:
        raise TooLargeError("The model's files need more memory than there is.") from error
    model = JavaScriptModel(load_model(data, "auto" if backend in _GPU else backend, weights or None))
    if backend in _GPU:
        await model.switch(backend)
    elif gpu:
        with suppress(KerataError):  # `trials` tells why not
            await model.switch("gpu")
    return model


class JavaScriptModel:
    """One model. Its inputs, all of them, come as {name: {data, shape}}: `data` is a typed array or a list of texts, in
    C order; where there is no `shape`, samples follow each other.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._refused: dict[str, BackendTrial] = {}  # GPUs, by name

    @property
    def backend(self) -> str:
        """The name of the backend in use, which changes when its device fails."""
        return self._model.backend

    def describe(self) -> Any:
        """{name, className, inputs: [{name, shape, dtype}], outputs: [{name, shape}], layers: [{name, layerClass,
        shape, inbound, outbound, parameters}]}, layers in run order.
        """
        model = self._model
        producer = {value: node.name for node in model.nodes for value in node.outputs}
        readers: dict[str, list[str]] = {node.name: [] for node in model.nodes}
        for node in model.nodes:
            for source in dict.fromkeys(producer[value] for value in node.inputs):
                readers[source].append(node.name)
        inputs = zip(model.input_names, model.input_shapes, model.input_dtypes, strict=True)
        return to_javascript(
            {
                "name": model.name,
                "className": model.class_name,
                "inputs": [
                    {"name": name, "shape": list(shape), "dtype": "string" if dtype.hasobject else str(dtype)}
                    for name, shape, dtype in inputs
                ],
                "outputs": [
                    {"name": name, "shape": list(shape)}
                    for name, shape in zip(model.output_names, model.output_shapes, strict=True)
                ],
                "layers": [
                    {
                        "name": node.name,
                        "layerClass": node.kind,
                        "shape": list(node.shape),
                        "inbound": list(dict.fromkeys(producer[value] for value in node.inputs)),
                        "outbound": readers[node.name],
                        "parameters": sum(weight.size for weight in node.weights.values()),
                    }
                    for node in model.nodes
                ],
            }
        )

    def trials(self) -> Any:
        """Of each backend that was tried: {name, milliseconds, difference, reason}; the middle two may be missing."""
        tried = {trial.name: trial for trial in self._model.backends()}
        return to_javascript([trial._asdict() for trial in (self._refused | tried).values()])

    def predict(self, inputs: Any) -> Any:
        """[{name, data, shape}] of the outputs, or a promise of that. Raises what `Model.apredict` raises."""
        return begin(self._predict(inputs))

    async def _predict(self, inputs: Any) -> Any:
        answer = await self._model.apredict(self._arrays(inputs))
        return _told(zip(self._model.output_names, _leaves(answer), strict=True))

    def trace(self, inputs: Any) -> Any:
        """[{name, data, shape}] of the outputs of every layer, inputs included, or a promise of that. Raises what
        `Model.atrace` raises.
        """
        return begin(self._trace(inputs))

    async def _trace(self, inputs: Any) -> Any:
        return _told((await self._model.atrace(self._arrays(inputs))).items())

    async def switch(self, backend: str) -> None:
        """Goes on with another backend: its name, "auto" for the fastest, "gpu" for the first GPU that is right,
        "cpu" for the first other one. Where none can be, it raises what `Model.switch` raises, and stays with the one
        before.
        """
        names = {"gpu": _GPU, "cpu": _CPU}.get(backend, (backend,))
        for name in names:
            try:
                return await self._model.switch(name)
            except KerataError as error:
                if name in _GPU:
                    self._refused[name] = BackendTrial(name, None, None, str(error))
                if name == names[-1]:
                    raise
        return None

    def reset_states(self) -> None:
        self._model.reset_states()

    def _arrays(self, inputs: Any) -> dict[str, np.ndarray]:
        given = to_python(inputs)
        shapes = zip(self._model.input_names, self._model.input_shapes, strict=True)
        return {name: _array(name, given[name], shape) for name, shape in shapes}


def _array(name: str, given: Mapping[str, Any], expected: Shape) -> np.ndarray:
    """Values in C order → an array of the shape that came with them, or else of as many samples as there are."""
    data = given["data"]
    values = np.array(data, object) if isinstance(data, list) else np.asarray(data)
    shape = given.get("shape")
    if shape is None:
        return values.reshape(_shape_of(name, values.size, expected))
    sizes = tuple(int(size) for size in shape)
    if prod(sizes) != values.size:
        raise InputError(f"Input {name!r}: expected {prod(sizes)} values for shape {sizes}, received {values.size}.")
    is_sample = len(sizes) == len(expected) - 1 and all(
        size in (None, own) for size, own in zip(expected[1:], sizes, strict=True)
    )  # without its batch axis
    return values.reshape((1, *sizes) if is_sample else sizes)


def _shape_of(name: str, size: int, expected: Shape) -> tuple[int, ...]:
    """The shape of so many values: a batch of samples, or one sample where one other axis is open."""
    sizes = expected[1:]
    known = prod(each for each in sizes if each is not None)
    open_axes = sizes.count(None)
    if open_axes > 1:
        raise InputError(
            f"Input {name!r}: expected its shape beside the values, since {expected} leaves several axes open."
        )
    if size == 0 or known == 0 or size % known:
        raise InputError(f"Input {name!r}: expected {known} values for each sample of {expected}, received {size}.")
    count = size // known
    if open_axes:
        return (1, *(count if each is None else each for each in sizes))
    return (count, *(each for each in sizes if each is not None))


def _leaves(structure: Any) -> list[np.ndarray]:
    """The arrays of a model's answer in the order of its outputs' names: dicts by sorted key."""
    if isinstance(structure, np.ndarray):
        return [structure]
    parts: Sequence[Any] = (
        [structure[key] for key in sorted(structure)] if isinstance(structure, Mapping) else structure
    )
    return [leaf for part in parts for leaf in _leaves(part)]


def _told(named: Any) -> Any:
    return to_javascript([{"name": name, "data": _plain(array), "shape": list(array.shape)} for name, array in named])


def _plain(array: np.ndarray) -> Any:
    """Flat, of a dtype that typed arrays have; texts as a list."""
    flat = np.ascontiguousarray(array).ravel()
    if flat.dtype.hasobject:
        return [value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in flat]
    if flat.dtype == bool:
        return flat.view(np.uint8)
    return flat.astype(np.float32) if flat.dtype == np.float16 else flat
