"""Where kernels run: a memory with arrays in it, and a loader of code that works on it."""

import ctypes
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np

from ...browser import is_valid
from .assembler import ZEROS, Function, module
from .layout import ALIGNMENT, aligned


class Engine(Protocol):
    """`relaxed`: whether it has fused multiplication."""

    relaxed: bool

    def array(self, count: int) -> np.ndarray:
        """float32 zeros, on an address that is a multiple of 16."""

    def placed(self, array: np.ndarray) -> np.ndarray:
        """The values of an array of 4 B each where kernels can read them: itself, or a flat copy."""

    def address(self, array: np.ndarray) -> int: ...

    def load(self, binary: bytes) -> Callable[[str], Callable[..., object]]:
        """A module's functions, by name. Raises OSError when the engine does not know an instruction in it."""


def copied(engine: Engine, array: np.ndarray) -> np.ndarray:
    """A flat copy in the engine's memory."""
    copy = engine.array(array.size)
    copy.view(array.dtype)[:] = array.ravel()
    return copy


class PyodideEngine:
    """Python's own memory: in WebAssembly, a module is a shared library and NumPy's arrays are within its reach."""

    def __init__(self) -> None:
        self.relaxed = self._knows_fused()

    def array(self, count: int) -> np.ndarray:
        return aligned(count)

    def placed(self, array: np.ndarray) -> np.ndarray:
        is_there = array.flags.c_contiguous and self.address(array) % ALIGNMENT == 0
        return array if is_there else copied(self, array)

    def address(self, array: np.ndarray) -> int:
        return array.ctypes.data

    def load(self, binary: bytes) -> Callable[[str], Callable[..., object]]:
        # In Emscripten's own /tmp, which is in memory; `tempfile` took longer than all the rest of this. Libraries are
        # known by their path, so each has another.
        file = Path(f"/tmp/kerata-{os.urandom(8).hex()}.so")
        try:
            file.write_bytes(binary)
            library = ctypes.CDLL(str(file))
        finally:
            file.unlink(missing_ok=True)  # the library stays loaded
        return lambda name: _procedure(library, name)

    def _knows_fused(self) -> bool:
        """Relaxed SIMD is found out by asking: a module with an unknown instruction is refused as a whole."""
        f = Function(0, relaxed=True)
        f.vector(f.fused(ZEROS, ZEROS, ZEROS))
        return is_valid(module({"fused": f}))


class Rehearsal(PyodideEngine):
    """For a program that is made before there is an engine to run it: a snapshot of memory keeps arrays, where they
    are, but no code.
    """

    def __init__(self, relaxed: bool) -> None:
        self.relaxed = relaxed
        self._binaries: list[bytes] = []
        self._libraries: list[Callable[[str], Callable[..., object]]] = []

    def load(self, binary: bytes) -> Callable[[str], Callable[..., object]]:
        place = len(self._binaries)
        self._binaries.append(binary)
        return lambda name: lambda *arguments: self._libraries[place](name)(*arguments)

    def begin(self) -> None:
        """Loads the code. Raises OSError as `load` of others does."""
        self._libraries = [cache(super(Rehearsal, self).load(binary)) for binary in self._binaries]


def _procedure(library: ctypes.CDLL, name: str) -> Callable[..., object]:
    function = library[name]
    function.restype = None
    return function
