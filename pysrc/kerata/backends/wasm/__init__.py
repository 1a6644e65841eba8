"""Kernels in WebAssembly's SIMD instructions, written by Python when a model is loaded."""

from collections.abc import Callable, Sequence

from ...errors import UnsupportedError
from ...layers.common.accelerator import Accelerator
from ...node import Node, no_accelerator
from .engine import Engine
from .program import KERNEL_SUPPORT, WasmProgram

__all__ = ["KERNEL_SUPPORT", "WasmBackend"]


class WasmBackend:
    name = "wasm"
    asynchronous = False
    complete = False

    def __init__(self, engine: Engine, accelerator: Callable[[], Accelerator | None] = no_accelerator) -> None:
        self._engine, self.accelerator = engine, accelerator

    def program(self, nodes: Sequence[Node], outputs: Sequence[str]) -> WasmProgram:
        """Raises UnsupportedError for sizes that are not known at load, and where there is no SIMD."""
        try:
            return WasmProgram(nodes, outputs, self._engine)
        except OSError as error:
            raise UnsupportedError(
                "Backend 'wasm': expected a browser with WebAssembly SIMD, received none."
            ) from error
