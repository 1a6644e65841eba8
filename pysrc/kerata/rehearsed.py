"""A model that was loaded when its site was built, and waits in a snapshot of Python's memory: ready but for its code,
which no snapshot keeps, and for the values of its large weights, which come with the model's file anyway.
"""

from typing import NamedTuple

import numpy as np

from . import graph
from .backends import hybrid
from .backends.selection import Choice
from .backends.wasm import WasmBackend
from .backends.wasm.engine import Rehearsal, copied
from .errors import ModelFileError, UnsupportedError
from .formats import safetensors
from .graph.deserialize import flatten
from .model import Model
from .quantization import Stored, restore

_LARGE = 2**16  # bytes of a weight


class _Gap(NamedTuple):
    """A weight without its values, and where those lie in the file."""

    weight: np.ndarray
    offset: int
    dtype: np.dtype
    scale: np.ndarray | None

    def fill(self, data: bytes) -> None:
        values = np.frombuffer(data, self.dtype, self.weight.size, self.offset).reshape(self.weight.shape)
        restore(Stored(values, self.scale), out=self.weight)


class Rehearsed:
    """The model in `data`, the bytes of a file of Kerata's own with float weights, for engines like this one."""

    def __init__(self, data: bytes, engine: Rehearsal) -> None:
        saved = safetensors.read(data)
        # In memory of their own, without the file behind them, and where kernels read them in place.
        weights = {name: copied(engine, weight).reshape(weight.shape) for name, weight in saved.weights.items()}
        read = graph.read(saved.config, weights)
        program = hybrid.program(WasmBackend(engine), read.nodes, flatten(read.outputs))
        self._engine = engine
        self._model = Model(read, Choice("wasm", program, []), saved.self_test, saved.notes)
        self._size, self._head = len(data), data[: safetensors.head_size(data)]
        self._gaps = [
            _gap(weights[name], stored, data)
            for name, stored in safetensors.read_stored(data).items()
            if weights[name].nbytes >= _LARGE
        ]

    def begin(self, data: bytes) -> Model:
        """The model, proven by its self-test, when memory has been restored.

        data: its file's bytes. Raises ModelFileError where they are another file's, UnsupportedError where the browser
        does not know the code's instructions.
        """
        if len(data) != self._size or not data.startswith(self._head):
            raise ModelFileError("The model's file: expected the one that the site was built with, received another.")
        for gap in self._gaps:
            gap.fill(data)
        try:
            self._engine.begin()
        except OSError as error:
            raise UnsupportedError("Backend 'wasm': expected a browser with relaxed SIMD, received none.") from error
        self._model.prove()
        return self._model


def _gap(weight: np.ndarray, stored: Stored, data: bytes) -> _Gap:
    weight.fill(0)  # which takes no room in a snapshot
    offset = stored.values.ctypes.data - np.frombuffer(data, np.uint8).ctypes.data
    scale = None if stored.scale is None else stored.scale.copy()  # and not with all of the file behind it
    return _Gap(weight, offset, stored.values.dtype, scale)
