"""The snapshot for models of any kind: all of Kerata that opens and runs them, and no model. What is computed once for
all models is computed by opening some.
"""

import importlib
import pkgutil
from pathlib import Path

import kerata
from kerata.backends.wasm import WasmBackend
from kerata.backends.wasm.engine import Rehearsal

LEFT_OUT = ("kerata.__main__", "kerata.samples", "kerata.rehearsed")  # for the desk, and for the page

IN_USE = {"base64"}  # by email, which pyfive imports

for module in pkgutil.walk_packages(kerata.__path__, "kerata."):
    if module.name not in LEFT_OUT:
        importlib.import_module(module.name)
for file in sorted(path for path in Path().iterdir() if path.suffix in (".bin", ".h5", ".keras", ".safetensors")):
    model = kerata.load_model(file, "numpy")
    for relaxed in (False, True):
        WasmBackend(Rehearsal(relaxed)).program(model.nodes, [model.nodes[-1].name])
    file.unlink()
del model, module, file, relaxed
