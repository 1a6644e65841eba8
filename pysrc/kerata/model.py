"""A model that is ready to run: planned once when it is loaded, then `predict` or `trace` as often as wanted."""

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from . import browser
from .backends import DEFAULT, Backend, Backends, Program
from .backends.numpy import NumpyProgram
from .backends.selection import BackendSelector, BackendTrial, Choice
from .coroutines import finish
from .errors import DeviceError, InputError, ModelFileError, TooLargeError, loading, raise_as, running
from .graph.build import Graph
from .graph.deserialize import Structure, flatten
from .node import Node, Shape, accelerated, dtype_policy, keeps_state
from .self_test import SelfTest
from .text import printable

_DEFAULT_BATCH = 32  # Keras's
_CANNOT_RUN = "The model cannot run on these inputs"


class Model:
    """Runs a graph on a backend. Made by `kerata.load_model`.

    `notes` is what the file says of the model beside what Keras does, as given to `kerata.convert`.
    """

    def __init__(
        self,
        graph: Graph,
        backend: str | Backend | Choice = "auto",
        test: SelfTest | None = None,
        notes: Mapping[str, Any] | None = None,
        backends: Backends = DEFAULT,
    ) -> None:
        """backend: itself, its name among the backends, or what is chosen already, and not proven until `prove`.

        Raises UnsupportedError for what the layers cannot do, ModelFileError when the self-test disagrees.
        """
        with loading("The model is damaged"):
            self._plan(graph, backend, test, notes, backends)

    def _plan(
        self,
        graph: Graph,
        backend: str | Backend | Choice,
        test: SelfTest | None,
        notes: Mapping[str, Any] | None,
        backends: Backends,
    ) -> None:
        self.name = graph.name
        self.notes = dict(notes or {})
        self._graph = graph
        self._shapes = {
            name: shape for node in graph.nodes for name, shape in zip(node.outputs, node.shapes, strict=True)
        }
        self._dtypes = {node.name: _dtype_of(node) for node in graph.nodes if not node.inputs}
        self._inputs, self._outputs = flatten(graph.inputs), flatten(graph.outputs)
        self._batch_size = _DEFAULT_BATCH
        self._tracer: tuple[Choice, Program] | None = None
        if test is not None:
            self._check_test(test)
        self._selector = BackendSelector(graph.nodes, self._inputs, self._outputs, test, backends)
        self._choice = (
            backend if isinstance(backend, Choice) else finish(self._selector.choose(backend, browser.can_wait()))
        )

    @property
    def backend(self) -> str:
        """The name of the backend in use."""
        return self._choice.name

    def backends(self) -> list[BackendTrial]:
        """The backends that were tried: time, difference from the self-test, and why each is used or not."""
        return self._choice.trials

    def prove(self) -> None:
        """Runs the self-test on the backend in use; raises ModelFileError when it disagrees."""
        self._choice = finish(self._selector.proven(self._choice))

    async def switch(self, backend: str | Backend, compare: bool = True) -> None:
        """Goes on with the backend of this name; with "auto", with the fastest of all that there are, each timed, or,
        where they are not to be compared, with the first that is right, as `load_model` does.

        Raises UnsupportedError, DeviceError or ModelFileError where it fails, and stays with the one before.
        """
        self._choice = await self._selector.choose(backend, can_wait=True, compare=compare)

    @property
    def nodes(self) -> tuple[Node, ...]:
        return self._graph.nodes

    @property
    def class_name(self) -> str:
        """Of the model: "Sequential", "Functional" or "Model"."""
        return self._graph.class_name

    @property
    def input_names(self) -> list[str]:
        """Of the values that enter, in the order of all that is told of the inputs."""
        return list(self._inputs)

    @property
    def input_shapes(self) -> list[Shape]:
        """Of each input, batch axis first."""
        return [self._shapes[name] for name in self._inputs]

    @property
    def input_dtypes(self) -> list[np.dtype]:
        """Of each input; of text, that of objects."""
        return [np.dtype(self._dtypes[name]) for name in self._inputs]

    @property
    def output_names(self) -> list[str]:
        """Of the values that leave, dicts by sorted key, as Keras orders them."""
        return list(self._outputs)

    @property
    def output_shapes(self) -> list[Shape]:
        """Of each output, batch axis first."""
        return [self._shapes[name] for name in self._outputs]

    def predict(self, x: Any, batch_size: int | None = None, verbose: int = 0) -> Any:
        """The model's outputs for x, as Keras's `predict` gives them.

        x: an array (batch, …), or a list or dict of arrays where the model has several inputs. It is taken as the
        input's dtype, float32 where that is a float, and run `batch_size` rows at a time, by default 32, or fewer where
        those would exceed the memory limit; `verbose` prints progress. Returns arrays in the structure of the model's
        outputs, float32 where they are floats. Stateful layers go on from batch to batch and from call to call, until
        `reset_states`. Raises InputError when x does not fit the model's inputs, naming the layer where one of them
        finds out, and TooLargeError above the memory limit; then states stay as they were.
        """
        return finish(self._predict(x, batch_size, verbose, browser.can_wait))

    async def apredict(self, x: Any, batch_size: int | None = None, verbose: int = 0) -> Any:
        """As `predict`, on any backend; on "webgpu", a browser without JSPI can only answer so."""
        return await self._predict(x, batch_size, verbose, can_wait=lambda: True)

    @property
    def stateful_rows(self) -> int | None:
        """The number of rows that every batch has, where the file says so and layers keep a state for each."""
        return self.input_shapes[0][0] if self._is_stateful else None

    @property
    def _is_stateful(self) -> bool:
        return any(keeps_state(node.config) for node in self.nodes)

    def reset_states(self) -> None:
        """Stateful layers begin with zeros again, as in Keras."""
        self._graph.states.clear()

    async def _predict(self, x: Any, batch_size: int | None, verbose: int, can_wait: Callable[[], bool]) -> Any:
        try:
            inputs = self.accepted(x)
            batches = await self._run_all(inputs, batch_size, verbose, can_wait)
            outputs = (
                batches[0] if len(batches) == 1 else [np.concatenate(parts) for parts in zip(*batches, strict=True)]
            )
            own = [_own(y, inputs) for y in outputs]
            return _fill(self._graph.outputs, dict(zip(self._outputs, own, strict=True)))
        except Exception as error:
            raise_as(InputError, _CANNOT_RUN, error)

    async def _run_all(
        self, inputs: list[np.ndarray], batch_size: int | None, verbose: int, can_wait: Callable[[], bool]
    ) -> list[list[np.ndarray]]:
        """The outputs of each batch. Where the caller gives no size, batches are halved until they fit in memory."""
        if batch_size is not None and batch_size < 1:
            raise InputError(f"batch_size: expected a number of rows, received {batch_size}.")
        rows, start, size = len(inputs[0]), 0, batch_size or self._batch_size
        batches: list[list[np.ndarray]] = []
        before = dict(self._graph.states)
        try:
            while start < rows:
                batch = inputs if rows <= size else [array[start : start + size] for array in inputs]
                try:
                    batches.append(await self._run(batch, can_wait))
                except TooLargeError:
                    if batch_size or len(batch[0]) == 1 or self._is_stateful:
                        raise
                    size = len(batch[0]) // 2
                    continue
                start = min(start + size, rows)
                if verbose:
                    print(f"\r{start}/{rows}", end="" if start < rows else "\n")
        except BaseException:
            self._graph.states.restore(before)
            raise
        if batch_size is None:
            self._batch_size = size
        return batches

    async def _run(self, inputs: list[np.ndarray], can_wait: Callable[[], bool]) -> list[np.ndarray]:
        """One batch. Where the device fails, the first backend that is right takes over and runs it again."""
        while True:
            choice, before = self._choice, dict(self._graph.states)
            try:
                values = await choice.program.arun(dict(zip(self._inputs, inputs, strict=True)))
                return [values[name] for name in self._outputs]
            except DeviceError as error:
                self._graph.states.restore(before)
                if choice is self._choice:  # no other prediction has noticed it before
                    self._choice = await self._selector.replace(choice.name, str(error), can_wait())

    def trace(self, x: Any) -> dict[str, np.ndarray]:
        """The output of every layer for x, by the layer's name. All of x is run as one batch. Raises as `predict`.

        Stateful layers go on from where they are, and stay there.
        """
        with running(_CANNOT_RUN), self._graph.states.unchanged():
            return self._traced.run(dict(zip(self._inputs, self.accepted(x), strict=True)))

    async def atrace(self, x: Any) -> dict[str, np.ndarray]:
        """As `trace`, by the backend in use, which may round otherwise; by NumPy where its device fails."""
        try:
            inputs = dict(zip(self._inputs, self.accepted(x), strict=True))
            with self._graph.states.unchanged():
                values = await self._tracing().arun(inputs)
            return inputs | {name: values[name] for name in self._selector.values}
        except DeviceError:
            return self.trace(x)
        except Exception as error:
            raise_as(InputError, _CANNOT_RUN, error)

    def _tracing(self) -> Program:
        """Made when it is first asked for, and anew once another backend is in use."""
        if self._tracer is None or self._tracer[0] is not self._choice:
            self._tracer = self._choice, self._selector.tracing(self._choice.backend)
        return self._tracer[1]

    @cached_property
    def _traced(self) -> NumpyProgram:
        """NumPy alone keeps the outputs of all layers."""
        program = self._choice.program
        return (
            program
            if isinstance(program, NumpyProgram)
            else NumpyProgram(accelerated(self.nodes, self._choice.backend.accelerator))
        )

    def outputs_of(self, inputs: list[np.ndarray]) -> list[np.ndarray]:
        """One batch, unchecked: float32 arrays in the order of the model's inputs → its outputs in their order."""
        with running(_CANNOT_RUN):
            return finish(self._run(inputs, browser.can_wait))

    def summary(self) -> None:
        """Prints layers, output shapes and parameter counts."""
        rows = [("Layer (type)", "Output shape", "Param #")]
        counts = {
            node.name: sum(weight.size for weight in node.weights.values() if weight.dtype != np.uint8)  # text is none
            for node in self.nodes
        }
        rows += [
            (printable(f"{node.name} ({node.kind})"), printable(node.shape), f"{counts[node.name]:,}")
            for node in self.nodes
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        print(f"Model: {self.name!r}")
        for name, shape, count in rows:
            print(f"{name:<{widths[0]}}  {shape:<{widths[1]}}  {count:>{widths[2]}}")
        print(f"Total params: {sum(counts.values()):,}")

    def accepted(self, x: Any) -> list[np.ndarray]:
        """The inputs as arrays in the model's order, as `predict` takes them. Raises InputError for others."""
        arrays = [
            _accepted(array, self._shapes[name], self._dtypes[name], name)
            for array, name in zip(self._given(x), self._inputs, strict=True)
        ]
        if len(arrays) > 1 and len({len(array) for array in arrays}) > 1:
            raise InputError(f"Inputs: expected the same batch size, received {[len(array) for array in arrays]}.")
        return arrays

    def _given(self, x: Any) -> list[Any]:
        if isinstance(x, np.ndarray) and len(self._inputs) == 1:
            return [x]
        if self._is_listed(x):
            return [x[0]]
        names = sorted(self._graph.inputs) if isinstance(self._graph.inputs, dict) else self._inputs
        if isinstance(x, Mapping):
            if missing := [name for name in names if name not in x]:
                raise InputError(f"Inputs: expected {names}, received no {missing[0]!r}.")
            return [x[name] for name in names]
        given = list(x) if isinstance(self._graph.inputs, list) and isinstance(x, list | tuple) else [x]
        if len(given) != len(names):
            raise InputError(f"Inputs: expected {len(names)} ({', '.join(names)}), received {len(given)}.")
        return given

    def _is_listed(self, x: Any) -> bool:
        """Whether it is the model's only input in a list, and no list of rows."""
        listed = len(self._inputs) == 1 and isinstance(x, list | tuple) and len(x) == 1
        return listed and getattr(x[0], "ndim", None) == len(self._shapes[self._inputs[0]])

    def _check_test(self, test: SelfTest) -> None:
        """Before it is run, the shapes of the self-test's inputs, which stand in the file."""
        if len(test.inputs) != len(self._inputs):
            raise ModelFileError(f"Self-test: expected {len(self._inputs)} inputs, received {len(test.inputs)}.")
        for array, name in zip(test.inputs, self._inputs, strict=True):
            _check_shape(array, self._shapes[name], name)
        for array in (*test.inputs, *test.outputs):
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                raise ModelFileError("Self-test: expected finite numbers, received others.")
        if not any(array.size for array in test.outputs):
            raise ModelFileError("Self-test: expected outputs, received none.")


def _dtype_of(node: Node) -> type[np.generic] | str:
    """What the input takes: integers and booleans as they are, floats of any precision as float32, text as objects."""
    dtype = dtype_policy(node.config).name
    if dtype == "string":
        return np.object_
    return dtype if re.fullmatch(r"u?int(8|16|32|64)|bool", dtype) else np.float32


def _accepted(array: Any, expected: Shape, dtype: type[np.generic] | str, name: str) -> np.ndarray:
    """As that dtype, of that shape."""
    try:
        array = np.asarray(array, dtype)
    except Exception as error:  # whatever the object's own conversion raises
        raise InputError(f"Input {name!r}: expected an array of numbers, received {type(array).__name__}.") from error
    if dtype is np.object_:
        _check_text(array, name)
    _check_shape(array, expected, name)
    return array


def _own(output: np.ndarray, inputs: list[np.ndarray]) -> np.ndarray:
    """The output as an array that the caller may change: some layers return their input, or a view of it."""
    shares = not output.flags.writeable or any(np.may_share_memory(output, array) for array in inputs)
    return output.copy() if shares else output


def _check_text(array: np.ndarray, name: str) -> None:
    other = next((value for value in array.flat if not isinstance(value, str | bytes)), None)
    if other is not None:
        raise InputError(f"Input {name!r}: expected text, str or bytes, received {type(other).__name__} {other!r}.")


def _check_shape(array: np.ndarray, expected: Shape, name: str) -> None:
    if array.shape[1:] == expected[1:] and len(array):
        return  # at once, for this stands in the way of every prediction
    if not _fits(array.shape, expected) or not len(array):
        hint = "; the batch axis is missing, as in x[None]" if _fits((1, *array.shape), expected) else ""
        raise InputError(f"Input {name!r}: expected shape {expected}, received {array.shape}{hint}.")


def _fits(shape: Shape, expected: Shape) -> bool:
    """Whatever the batch is: a Sequential that was built by calling it has that of the call."""
    return len(shape) == len(expected) and all(
        size in (None, actual) for size, actual in zip(expected[1:], shape[1:], strict=True)
    )


def _fill(structure: Structure, values: Mapping[str, np.ndarray]) -> Any:
    """The structure with each name replaced by its value."""
    if isinstance(structure, str):
        return values[structure]
    if isinstance(structure, dict):
        return {key: _fill(part, values) for key, part in structure.items()}
    return [_fill(part, values) for part in structure]
