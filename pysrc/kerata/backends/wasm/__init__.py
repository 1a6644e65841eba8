"""Kernels in WebAssembly's SIMD instructions, written by Python when a model is loaded."""

from collections.abc import Sequence

from ...node import Node
from .engine import Engine
from .plan import WasmProgram


class WasmBackend:
    name = "wasm"
    asynchronous = False

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def program(self, nodes: Sequence[Node], outputs: Sequence[str]) -> WasmProgram:
        return WasmProgram(nodes, outputs, self._engine)
