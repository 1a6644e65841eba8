"""Where models run. NumPy is complete; a faster backend has kernels for some layers and leaves the others to NumPy."""

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Protocol

import numpy as np

from ..errors import UnsupportedError
from ..node import Node
from .numpy import NumpyBackend
from .wasm import WasmBackend
from .wasm.engine import PyodideEngine


class Program(Protocol):
    """A model's nodes, ready to run. Inputs and outputs are float32 arrays by the names of their nodes."""

    def run(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]: ...


class Backend(Protocol):
    name: str

    def program(self, nodes: Sequence[Node], outputs: Sequence[str]) -> Program:
        """Raises UnsupportedError for what the backend cannot run even with NumPy's help."""


@cache
def _wasm() -> Backend:
    if sys.platform != "emscripten":
        raise UnsupportedError("Backend 'wasm': expected a browser, received Python at the desk.")
    return WasmBackend(PyodideEngine())


_BACKENDS: dict[str, Callable[[], Backend]] = {"wasm": _wasm, "numpy": NumpyBackend}  # the fastest first


def candidates(name: str) -> list[str]:
    """The backends to try for this name; for "auto", all that may be there. Raises UnsupportedError for others."""
    if name == "auto":
        return list(_BACKENDS) if sys.platform == "emscripten" else ["numpy"]
    if name not in _BACKENDS:
        raise UnsupportedError(f"Backend: expected one of auto, {', '.join(_BACKENDS)}; received {name!r}.")
    return [name]


def get(name: str) -> Backend:
    """Raises UnsupportedError where this backend is not to be had."""
    return _BACKENDS[name]()
