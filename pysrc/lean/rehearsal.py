"""Run by `snapshot.mjs` before the snapshot is taken: imports what the page needs and loads its model, for engines with
fused multiplication; for those without, it writes the kernels.
"""

import gc
from pathlib import Path

import kerata.app
from kerata.backends.wasm import WasmBackend
from kerata.backends.wasm.engine import Rehearsal
from kerata.rehearsed import Rehearsed

MODEL = Path("model")  # in Pyodide's own file system

model = kerata.load_model(MODEL, "numpy")
WasmBackend(Rehearsal(relaxed=False)).program(model.nodes, [model.nodes[-1].name])
del model
kerata.app.rehearsed = Rehearsed(MODEL.read_bytes(), Rehearsal(relaxed=True))
MODEL.unlink()
gc.collect()
