"""The memory and the engine that kernels run on at the desk: the bytes that a browser gets, under wasmtime."""

import ctypes
from collections.abc import Callable, Mapping

import numpy as np
import wasmtime

PAGE = 65536


class Desk:
    """Arrays in one WebAssembly memory, handed out one after another and never taken back."""

    def __init__(self, megabytes: int = 256) -> None:
        config = wasmtime.Config()
        config.wasm_relaxed_simd = True
        self._store = wasmtime.Store(wasmtime.Engine(config))
        pages = megabytes * 2**20 // PAGE
        self._memory = wasmtime.Memory(self._store, wasmtime.MemoryType(wasmtime.Limits(pages, pages)))
        self._base = ctypes.addressof(self._memory.data_ptr(self._store).contents)
        self._top = PAGE  # as in a browser, where an address a little before an array is still one

    def array(self, shape: tuple[int, ...]) -> np.ndarray:
        """float32 zeros on an address that is a multiple of 16."""
        count = int(np.prod(shape))
        start, self._top = self._top, self._top + -(-4 * count // 16) * 16
        assert self._top <= self._memory.data_len(self._store), "the desk's memory is full"
        return np.ctypeslib.as_array((ctypes.c_float * count).from_address(self._base + start)).reshape(shape)

    def put(self, values: np.ndarray) -> np.ndarray:
        array = self.array(np.shape(values))
        array[...] = values
        return array

    def address(self, array: np.ndarray) -> int:
        return array.ctypes.data - self._base

    def load(self, binary: bytes) -> Mapping[str, Callable[..., None]]:
        exports = wasmtime.Instance(self._store, wasmtime.Module(self._store.engine, binary), [self._memory]).exports(
            self._store
        )
        return {name: self._caller(function) for name, function in exports.items()}

    def _caller(self, function: wasmtime.Func) -> Callable[..., None]:
        return lambda *arguments: function(self._store, *arguments)
