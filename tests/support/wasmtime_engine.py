"""The memory and the engine that kernels run on in CPython: the bytes that a browser gets, under wasmtime."""

import ctypes
import math
import weakref
from collections.abc import Callable
from functools import partial

import numpy as np
import wasmtime

from kerata.backends.wasm import WasmBackend
from kerata.backends.wasm.accelerator import WasmAccelerator
from kerata.backends.wasm.engine import copied

PAGE = 65536


def wasm_backend(megabytes: int = 256) -> WasmBackend:
    """The backend on an engine of its own."""
    return WasmBackend(WasmtimeEngine(megabytes))


class CopyingAccelerator(WasmAccelerator):
    """For layers whose arrays are not in the engine's memory."""

    def __init__(self, engine: "WasmtimeEngine") -> None:
        super().__init__(engine)
        matmul = self.matmul
        self.matmul = lambda a, b: matmul(engine.put(a), engine.put(b)).copy()


class WasmtimeEngine:
    """A `kerata.backends.wasm.engine.Engine`: arrays in one memory, handed out one after another, never taken back."""

    relaxed = True

    def __init__(self, megabytes: int = 256) -> None:
        config = wasmtime.Config()
        config.wasm_relaxed_simd = True
        self._store = wasmtime.Store(wasmtime.Engine(config))
        pages = megabytes * 2**20 // PAGE
        self._memory = wasmtime.Memory(self._store, wasmtime.MemoryType(wasmtime.Limits(pages, pages)))
        self._base = ctypes.addressof(self._memory.data_ptr(self._store).contents)
        self._dead: list[ctypes.Array[ctypes.c_uint8]] = []
        self._top = PAGE  # as in a browser, where an address a little before an array is still one

    def array(self, count: int) -> np.ndarray:
        start, self._top = self._top, self._top + -(-4 * count // 16) * 16
        assert self._top <= self._memory.data_len(self._store), "the engine's memory is full"
        memory = (ctypes.c_float * count).from_address(self._base + start)
        weakref.finalize(memory, self._spoil, self._base + start, 4 * count)
        return np.ctypeslib.as_array(memory)

    def _spoil(self, address: int, size: int) -> None:
        """What nobody keeps is soon somebody else's; here it is spoilt at once, and nobody may write to it again."""
        ctypes.memset(address, 0xFF, size)
        self._dead.append((ctypes.c_uint8 * size).from_address(address))

    def put(self, values: np.ndarray) -> np.ndarray:
        """Numbers as float32; int32 as they are."""
        array = self.zeros(*values.shape)
        array[...] = values.view(np.float32) if values.dtype == np.int32 else values
        return array

    def zeros(self, *shape: int) -> np.ndarray:
        return self.array(math.prod(shape)).reshape(shape)

    def placed(self, array: np.ndarray) -> np.ndarray:
        is_there = array.flags.c_contiguous and 0 <= self.address(array) < self._top
        return array if is_there else copied(self, array)

    def address(self, array: np.ndarray) -> int:
        return array.ctypes.data - self._base

    def load(self, binary: bytes) -> Callable[[str], Callable[..., None]]:
        exports = wasmtime.Instance(self._store, wasmtime.Module(self._store.engine, binary), [self._memory]).exports(
            self._store
        )
        return lambda name: partial(self._run, exports[name])

    def _run(self, function: wasmtime.Func, *arguments: int) -> None:
        function(self._store, *arguments)
        assert all(np.all(np.asarray(memory) == 0xFF) for memory in self._dead), "a kernel wrote to memory that is gone"
