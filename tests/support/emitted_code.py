"""Hashes of the WebAssembly that the engine emits for the models of the tests: `python -m tests.support.emitted_code`
writes them anew, which is right only where the kernels, or what runs on them, were meant to change.
"""

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kerata import formats, graph
from kerata.backends import hybrid
from kerata.backends.wasm import WasmBackend
from kerata.backends.wasm.accelerator import WasmAccelerator
from kerata.errors import UnsupportedError
from kerata.graph.build import Graph
from kerata.graph.deserialize import flatten
from tests.support.cases import GOLDEN, NETWORKS, OPERATORS, ROOT

STORED = GOLDEN / "emitted_code.json"
SHIPPED = ROOT / "site" / "models" / "mnist.safetensors"
RECURRENT = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}  # gates

_MEMORY = 2**30  # bytes of addresses; the system gives memory to what is written, which is next to nothing


class HashingEngine:
    """An engine that runs nothing: arrays lie one after another at addresses that are always the same."""

    def __init__(self, relaxed: bool) -> None:
        self.relaxed = relaxed
        self._memory = np.zeros(_MEMORY // 4, np.float32)
        self._top = 0
        self.hash = hashlib.sha256()

    def array(self, count: int) -> np.ndarray:
        start, self._top = self._top, self._top + -(-count // 4) * 4
        assert self._top <= self._memory.size, "more memory is needed"
        return self._memory[start : start + count]

    def placed(self, array: np.ndarray) -> np.ndarray:
        """A place for it. The code does not depend on the values."""
        return self.array(array.size)

    def address(self, array: np.ndarray) -> int:
        return array.ctypes.data - self._memory.ctypes.data

    def load(self, binary: bytes) -> Callable[[str], Callable[..., object]]:
        self.hash.update(binary)
        return lambda name: lambda *arguments: None


def hashes() -> dict[str, list[str]]:
    """By the name of a model, or of a group of models, the hash for plain and that for relaxed SIMD."""
    return {name: [_hash(graphs, relaxed) for relaxed in (False, True)] for name, graphs in _models()} | {
        "kernels for layers on NumPy": [_hash_of_layers(relaxed) for relaxed in (False, True)]
    }


def _models() -> Iterator[tuple[str, list[Graph]]]:
    for path in (SHIPPED, *sorted((GOLDEN / "models").glob("*.[kh]*"))):
        saved = formats.read(path)
        yield path.name, [graph.read(saved.config, saved.weights)]
    for name, config in _configs(NETWORKS).items():
        yield name, [graph.read(config, None)]
    yield "operators", [graph.read(config, None) for config in _configs(OPERATORS).values()]
    for path in sorted((GOLDEN / "layers").glob("*.npz")):
        yield f"layers/{path.stem}", list(_cases(path))


def _configs(path: Path) -> dict[str, Any]:
    configs = json.loads(gzip.decompress(path.read_bytes()))
    return {name: formats.read_config(json.dumps(config).encode()) for name, config in configs.items()}


def _cases(path: Path) -> Iterator[Graph]:
    with np.load(path) as file:
        arrays = dict(file)
    for name in (key.removesuffix("config") for key in arrays if key.endswith("/config")):
        weights = {key.removeprefix(f"{name}weight/"): array for key, array in arrays.items() if key.startswith(name)}
        yield graph.read(json.loads(str(arrays[f"{name}config"])), weights)


def _hash(graphs: Sequence[Graph], relaxed: bool) -> str:
    engine = HashingEngine(relaxed)
    for each in graphs:
        try:
            hybrid.program(WasmBackend(engine), each.nodes, flatten(each.outputs))
        except UnsupportedError:
            engine.hash.update(b"unsupported")
    return engine.hash.hexdigest()


def _hash_of_layers(relaxed: bool) -> str:
    engine = HashingEngine(relaxed)
    accelerator = WasmAccelerator(engine)
    for kind, gates in RECURRENT.items():
        accelerator.recurrent(kind, np.zeros((5, 5 * gates), np.float32), np.zeros(5 * gates, np.float32))
    return engine.hash.hexdigest()


if __name__ == "__main__":
    STORED.write_text(json.dumps(hashes(), indent=1) + "\n")
