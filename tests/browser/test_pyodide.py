"""The engine inside the browser's Python: the same golden data, and Keras's own files through pyfive."""

import base64
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Error, Page

from pysrc import lean
from tests.support.cases import GOLDEN, groups, model_input

# How Python starts; SITE is the site's address.
STARTS = {
    "modules": """
      const { Counter, Downloads } = await import(SITE + 'downloads.js');
      const { Parts, sendParts } = await import(SITE + 'parts.js');
      const { startFromModules } = await import(SITE + 'python.js');
      const { MODELS } = await import(SITE + 'scenarios.js');
      const parts = new Parts(MODELS);
      sendParts({ postMessage: (message) => parts.receive(message) }, new Counter(() => {}), MODELS)();
      window.python = await startFromModules(new Downloads(), parts);""",
    "snapshot": """
      const { Counter, Downloads } = await import(SITE + 'downloads.js');
      const { Parts, sendParts } = await import(SITE + 'parts.js');
      const { restorePython, completePython } = await import(SITE + 'python.js');
      const { MODELS } = await import(SITE + 'scenarios.js');
      const parts = new Parts(MODELS);
      sendParts({ postMessage: (message) => parts.receive(message) }, new Counter(() => {}), MODELS);
      const downloads = new Downloads();
      const restored = await restorePython(downloads, parts);
      window.python = restored.pyodide;
      await completePython(downloads, restored);""",
}
START = """async () => {
  const SITE = new URL('..', location.href).href;
  HOW
  const backends = python.pyimport('kerata.backends');
  for (const [name, device] of [['webgl', 'WebGL'], ['webgpu', 'WebGPU']]) {
    const module = await import(`${SITE}gpu/${name}.js`);
    backends.register_device(name, await module[device].open());
  }
  window.give = (path, base64) => python.FS.writeFile(path, Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
}"""

# Runs in the browser: every case of one golden file against what Keras gave. Answers with the cases that failed.
CHECK_LAYERS = """
import json, numpy as np, kerata
from kerata import graph
arrays, failed = dict(np.load("golden.npz")), []
names = {key.partition("/")[0] for key in arrays}
for case in names:
    data = {key.removeprefix(case + "/"): value for key, value in arrays.items() if key.startswith(case + "/")}
    weights = {key.removeprefix("weight/"): value for key, value in data.items() if key.startswith("weight/")}
    model = kerata.Model(graph.read(json.loads(str(data["config"])), weights))
    await model.switch(BACKEND)
    listed = lambda kind: [data[kind + str(i)] for i in range(len(data)) if kind + str(i) in data]
    x, expected = listed("input"), listed("output")
    y = await model.apredict(x if len(x) > 1 else x[0])
    for ours, theirs in zip(y if isinstance(y, list) else [y], expected, strict=True):
        same = model.backend == BACKEND and (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
        if not (same and np.allclose(ours, theirs, *TOLERANCES[case])):
            failed.append(f"{case}: {np.abs(ours - theirs).max()}")
json.dumps([len(names), failed])
"""

CHECK_FILE = """
import numpy as np, kerata
y = kerata.load_model("model").predict(np.load("input.npy"))
float(np.abs(y - np.load("golden.npz")["output0"]).max())
"""


# Runs in the browser: imports modules; answers with those that fail to, or whose code did not come as bytecode.
IMPORT = """
import importlib, json
wrong = []
for name in NAMES:
    try:
        module = importlib.import_module(name)
        if not getattr(module, "__file__", ".pyc").endswith((".pyc", ".so")):
            wrong.append(module.__file__)
    except ImportError as error:
        wrong.append(f"{name}: {error}")
json.dumps(wrong)
"""
# The command line is not for the browser.
MODULES = "[found.name for found in pkgutil.walk_packages({0}.__path__, '{0}.') if found.name != 'kerata.__main__']"


@pytest.fixture(scope="module", params=STARTS)
def python(request: pytest.FixtureRequest, browser, address, lock) -> Page:
    if request.param == "snapshot" and shutil.which("node") is None:
        pytest.skip("no Node.js found, so the build takes no snapshot")
    page = browser.new_context(base_url=address).new_page()
    page.goto(lock)
    page.evaluate(START.replace("HOW", STARTS[request.param]))
    yield page
    page.context.close()


def give(page: Page, path: str, data: bytes) -> None:
    page.evaluate("([path, data]) => give(path, data)", [path, base64.b64encode(data).decode()])


def run(page: Page, code: str):
    return page.evaluate("(code) => python.runPythonAsync(code)", code)


@pytest.mark.parametrize("group", [name for name, cases in groups().items() if cases])
@pytest.mark.parametrize("backend", ["numpy", "wasm", "webgl", "webgpu"])
def test_layers_compute_what_keras_computes(python: Page, group: str, backend: str) -> None:
    give(python, "golden.npz", (GOLDEN / "layers" / f"{group}.npz").read_bytes())
    tolerances = {str(case): (case.rtol, case.atol) for case in groups()[group]}
    code = CHECK_LAYERS.replace("BACKEND", repr(backend)).replace("TOLERANCES", repr(tolerances))
    count, failed = json.loads(run(python, code))
    assert count == len(groups()[group])
    assert not failed


@pytest.mark.parametrize("file", ["keras3_small.keras", "keras3_small.h5", "keras2_small.h5"])
def test_a_file_of_keras_answers_as_keras_did(python: Page, tmp_path, file: str) -> None:
    path = GOLDEN / "models" / file
    np.save(tmp_path / "input.npy", model_input(path.stem))
    give(python, "model", path.read_bytes())
    give(python, "input.npy", (tmp_path / "input.npy").read_bytes())
    give(python, "golden.npz", path.with_suffix(".npz").read_bytes())
    assert run(python, CHECK_FILE) <= 1e-6


CHECK_PLAIN_CALL = """
import numpy as np, kerata
model, plain = kerata.load_model("model", "webgpu"), kerata.load_model("model", "numpy")
x = np.load("input.npy")
float(np.abs(model.predict(x) - plain.predict(x)).max())
"""


def test_a_plain_call_waits_for_webgpu_where_the_browser_can(python: Page, tmp_path) -> None:
    """Whether it can, depends on JSPI, and on whether JavaScript waits for the call itself."""
    np.save(tmp_path / "input.npy", model_input("keras3_small"))
    give(python, "input.npy", (tmp_path / "input.npy").read_bytes())
    give(python, "model", (GOLDEN / "models" / "keras3_small.keras").read_bytes())
    assert run(python, CHECK_PLAIN_CALL) <= 1e-5
    with pytest.raises(Error, match=r"UnsupportedError: Backend 'webgpu': expected `await Model\.switch"):
        python.evaluate("(code) => python.runPython(code)", CHECK_PLAIN_CALL)


def listed(file: str) -> str:
    """The modules that a list of `pysrc/lean` keeps, by their names."""
    paths = [Path(line) for line in (lean.HERE / file).read_text().splitlines()]
    return repr([".".join(path.with_name(path.name.split(".")[0]).parts).removesuffix(".__init__") for path in paths])


@pytest.mark.parametrize("modules", ["kerata", "pyfive", "stdlib.txt", "numpy.txt"])
def test_every_module_has_what_it_imports_and_comes_as_bytecode(python: Page, modules: str) -> None:
    if shutil.which("node") is None:
        pytest.skip("no Node.js found, so the build leaves the modules as source")
    names = listed(modules) if modules.endswith(".txt") else MODULES.format(modules)
    run(python, "import pkgutil, kerata, pyfive")
    assert json.loads(run(python, IMPORT.replace("NAMES", names))) == []
