"""Kernels in WebAssembly's SIMD instructions, written by Python when a model is loaded."""

from collections.abc import Sequence

from ...errors import UnsupportedError
from ...node import Node
from .engine import Engine
from .plan import WasmProgram


class WasmBackend:
    name = "wasm"

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def program(self, nodes: Sequence[Node], outputs: Sequence[str]) -> WasmProgram:
        for node in nodes:
            if None in node.shape[1:]:
                raise UnsupportedError(
                    f"Backend 'wasm': expected all sizes but the batch's to be known, received {node.shape} "
                    f"of layer {node.name!r}."
                )
        return WasmProgram(nodes, outputs, self._engine)
