"""The digit page's snapshot: what the page imports, and its model, loaded for engines with fused multiplication; for
those without, the kernels are written.
"""

from pathlib import Path

import digits.recognizer
import kerata.backends.wasm.accelerator  # NumPy is lent it, should the kernels fail before there are modules
from kerata.backends.wasm import WasmBackend
from kerata.backends.wasm.engine import Rehearsal
from kerata.rehearsed import Rehearsed

IN_USE: set[str] = set()
MODEL = Path("mnist.safetensors")  # in Pyodide's own file system

model = kerata.load_model(MODEL, "numpy")
WasmBackend(Rehearsal(relaxed=False)).program(model.nodes, [model.nodes[-1].name])
del model
digits.recognizer.rehearsed = Rehearsed(MODEL.read_bytes(), Rehearsal(relaxed=True))
