"""Run by `snapshot.mjs` before the snapshot is taken: imports what the page needs, and writes its model's kernels, both
for engines with fused multiplication and for those without.
"""

import gc
from collections.abc import Callable

import numpy as np

import kerata
import kerata.app
from kerata.backends.wasm import WasmBackend

MODEL = "model"  # in Pyodide's own file system


class Rehearsal:
    """An engine that runs nothing, for the code that is written for it and that Kerata keeps."""

    def __init__(self, relaxed: bool) -> None:
        self.relaxed = relaxed

    def array(self, count: int) -> np.ndarray:
        return np.zeros(count, np.float32)

    def address(self, array: np.ndarray) -> int:
        return 0

    def load(self, binary: bytes) -> Callable[[str], None]:
        return lambda name: None


model = kerata.load_model(MODEL, "numpy")
for relaxed in (False, True):
    WasmBackend(Rehearsal(relaxed)).program(model.nodes, [model.nodes[-1].name])
del model
gc.collect()
