"""The page starts from a snapshot of Python's memory, and without one where that is of no use."""

import ast
import base64
import json
import re
import shutil
import struct
from array import array
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect
from stage import DIGITS, build, change_worker, draw, wait_answered, wait_ready, wait_until

import kerata
from pysrc import lean

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="no Node.js found, so the build takes no snapshot")

SLOWLY = "Python started more slowly, without its snapshot: "
HEAD = 24  # bytes before the snapshot's index: six words, the file's checksum the first, the number of runs the last


def changed(at: int, word: int) -> Callable[[bytes], bytes]:
    """A word of the file is another one, and its checksum that of what it is now (FNV-1a over words)."""

    def change(file: bytes) -> bytes:
        words = array("I", file)
        words[at // 4] = word
        checksum = 0x811C9DC5
        for each in words[1:]:
            checksum = (checksum ^ each) * 0x01000193 & 0xFFFFFFFF
        words[0] = checksum
        return words.tobytes()

    return change


def of_another_build(file: bytes) -> bytes:
    """Pyodide's own head, behind the index, has its build's id in its fifth to twelfth word."""
    (runs,) = struct.unpack_from("<I", file, 20)
    return changed(HEAD + 8 * runs + 16, 0x12345678)(file)


FAULTS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "truncated": (lambda file: file[: len(file) // 8 * 4], "the snapshot is damaged"),
    "damaged": (lambda file: file[:5_000_000] + b"?" + file[5_000_001:], "the snapshot is damaged"),
    "of another memory": (changed(16, 0), "memory is not as recorded"),
    "of another build": (of_another_build, "Snapshot build id mismatch"),
    "empty": (lambda file: b"", "the snapshot is damaged"),
}


def start(page: Page) -> str:
    """Opens the page and draws, and the answer is right. Returns what the page says of its start."""
    page.goto(".")
    wait_ready(page)
    draw(page, DIGITS[7])
    assert wait_answered(page) == 7
    return page.locator("#engine .start").inner_text()


def test_the_snapshot_is_restored_and_its_modules_come_later(new_page) -> None:
    page = new_page()
    held: list[Route] = []
    page.route("**/python_stdlib.zip", lambda route: held.append(route))  # what is not imported, cannot be
    assert start(page) == ""
    assert page.locator("#answer").get_attribute("data-backend") == "wasm"


def test_the_page_s_own_thread_fetches_nothing_of_python(new_page) -> None:
    """It is for ink: on a phone, to compile what was fetched held the page up for a second."""
    page = new_page()
    start(page)
    fetched = page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    assert any(name.endswith("/main.js") for name in fetched)
    assert not [name for name in fetched if "/pyodide/" in name or name.endswith(".safetensors")]


def open_late(page: Page, event: str) -> None:
    """Opens a page that listens to its workers only when there has been such an event of theirs."""
    change_worker(page, "await new Promise((resolve) => (self.listen = resolve));", "main.js")
    page.goto("", wait_until="commit")
    wait_until(page, f"self.listen && early.events.some(({{ type, data }}) => {event})")
    page.evaluate("listen()")


def test_what_comes_before_the_page_listens_is_not_lost(new_page) -> None:
    page = new_page()
    open_late(page, "data?.name === 'model'")
    wait_ready(page)
    draw(page, DIGITS[7])
    assert wait_answered(page) == 7
    assert page.locator("#engine .start").inner_text() == ""


def test_a_worker_that_fails_before_the_page_listens_can_be_tried_again(new_page, problems: list[str]) -> None:
    page = new_page()
    page.route("**/worker.js", lambda route: route.abort())
    open_late(page, "type === 'error'")
    expect(page.get_by_role("alert")).to_contain_text("The recogniser could not be started")
    page.unroute("**/worker.js")
    page.get_by_role("button", name="Try again").click()
    wait_ready(page)
    problems.clear()  # the browser's own note on what failed


def test_the_page_s_modules_are_three(new_page) -> None:
    page = new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    start(page)
    assert sorted(name for name in asked if name.endswith(".js")) == ["fetcher.js", "main.js", "worker.js"]


def test_the_model_is_asked_for_when_most_of_the_snapshot_is_here(new_page) -> None:
    page = new_page()
    held: list[Route] = []
    page.route("**/snapshot-digits.bin", lambda route: held.append(route))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    with page.expect_request("**/python.mjs"):
        page.goto("")
    assert "mnist.safetensors" not in asked
    expect(page.locator("#status .amount")).to_have_text(re.compile(r"^\d+\.\d of \d+\.\d MB$"))
    with page.expect_request("**/mnist.safetensors"):
        held[0].continue_()
    wait_ready(page)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_snapshot_of_no_use_is_done_without(new_page, fault: str) -> None:
    spoil, reason = FAULTS[fault]
    page = new_page()

    def fulfil(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=spoil(response.body()))

    page.route("**/snapshot-digits.bin", fulfil)
    assert start(page).startswith(f"{SLOWLY}{reason}")
    expect(page.locator("#answer")).to_have_attribute("data-backend", "wasm")  # NumPy gave the first answer


# f32x4.relaxed_madd is 0xfd 0x105. (Every other module is let through, and so is what is compiled while it streams in.)
WITHOUT_RELAXED_SIMD = """
  const { Module, validate } = WebAssembly;
  const isKnown = (bytes) => !String(new Uint8Array(bytes)).includes('253,133,2,');
  WebAssembly.validate = (bytes) => isKnown(bytes) && validate(bytes);
  WebAssembly.Module = function (bytes) {
    if (!isKnown(bytes)) throw new WebAssembly.CompileError('invalid opcode');
    return new Module(bytes);
  };
  Object.assign(Object.setPrototypeOf(WebAssembly.Module, Module), { prototype: Module.prototype });
"""


def test_without_fused_multiplication_the_model_is_loaded_anew(new_page) -> None:
    page = new_page()
    change_worker(page, WITHOUT_RELAXED_SIMD)
    assert start(page) == ""
    expect(page.locator("#answer")).to_have_attribute("data-backend", "wasm")  # NumPy gave the first answer


@pytest.mark.parametrize("file", ["snapshot-digits.bin", "_umath_linalg.wasm", "python.hot.wasm", "python.mjs"])
def test_a_missing_part_of_the_snapshot_is_done_without(new_page, problems: list[str], file: str) -> None:
    page = new_page()
    page.route(f"**/{file}", lambda route: route.fulfill(status=404))
    assert start(page).startswith(f"{SLOWLY}Could not download {file}")
    problems.clear()  # the browser reports the status


def test_a_library_of_another_build_is_done_without(new_page) -> None:
    """What it brings into memory is not what was recorded, or cannot even be linked."""
    page = new_page()

    def swap(route: Route) -> None:
        route.fulfill(response=route.fetch(url=route.request.url.replace("_umath_linalg", "_multiarray_umath")))

    page.route("**/_umath_linalg.wasm", swap)
    assert start(page).startswith(SLOWLY)


def test_when_a_part_is_lost_the_others_are_given_up(new_page, problems: list[str]) -> None:
    page = new_page()
    held: list[Route] = []
    page.route("**/python.hot.wasm", lambda route: held.append(route))
    page.route("**/snapshot-digits.bin", lambda route: route.abort())
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/python.hot.wasm")):
        assert start(page) == f"{SLOWLY}Could not download snapshot-digits.bin: check the connection and try again."
    problems.clear()  # the browser reports the broken connection


@pytest.mark.parametrize("file", ["python_stdlib.zip", "late-digits.bin"])
def test_what_does_not_come_later_is_asked_for_again_when_it_is_needed(
    new_page, problems: list[str], file: str
) -> None:
    page = new_page()
    page.route(f"**/{file}", lambda route: route.abort())
    assert start(page) == ""
    page.locator("#engine select").select_option("numpy")
    expect(page.locator("#engine .why")).to_contain_text(f"Could not download {file}")
    page.unroute(f"**/{file}")
    page.locator("#engine select").select_option("numpy")
    expect(page.locator("#answer")).to_have_attribute("data-backend", "numpy")
    problems.clear()  # the browser reports the broken connection


# In a worker of its own: Python is restored, and runs what no drawing needs, before the second part was asked for.
UNFORESEEN = """
    import { Counter, Downloads } from '../downloads.js';
    import { Parts, sendParts } from '../parts.js';
    import { restorePython } from '../python.js';
    import { DIGITS } from '../scenarios.js';
    const parts = new Parts(DIGITS);
    sendParts({ postMessage: (message) => parts.receive(message) }, new Counter(() => {}), DIGITS);
    const { pyodide } = await restorePython(new Downloads(), parts);
    const isLate = ({ name }) => name.endsWith('.cold.wasm') || name.endsWith('/late-digits.bin');
    const asked = () => performance.getEntriesByType('resource').filter(isLate);
    const before = asked().length;
    const shown = pyodide.pyimport('builtins').repr(TEXT); // by tables of Unicode, which may not be there in part
    pyodide.runPython('None'); // by a compiler that nothing else has needed
    const compiling = asked().map(({ name }) => name.split('/').at(-1));
    const answer = pyodide.runPython(CODE);
    const after = asked().map(({ name, initiatorType }) => [name.split('/').at(-1), initiatorType]);
    postMessage({ shown, compiling, answer, before, after: Object.fromEntries(after), times: after.length });
"""

RUN_WORKER = """() => new Promise((resolve, reject) => {
  const worker = new Worker('unforeseen.js', { type: 'module' });
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error(message));
})"""

TEXT = "a€中Ⅲ😀\n\u200b"

EXERCISE = """
import json, math, re
import numpy as np
a = np.arange(12, dtype=np.float64).reshape(3, 4) % 5
u, s, v = np.linalg.svd(a)
found = [
    round(float(s.sum()), 9), np.round(np.linalg.solve(a[:, :3] + np.eye(3), a[:, 3]), 9).tolist(),
    str(np.sort(np.array([3 + 1j, 1 - 2j, 1 + 2j]))), np.array(["b", "ä", "a"]).astype("U4").tolist(),
    pow(3, 1000, 10**40 + 7), math.factorial(60) // 7**20, f"{1 / 3:.17g} {2**-1074!r} {10**400 % 97}",
    re.sub(r"(?<=a)(b+)|\\\\W", lambda match: match[0].upper(), "ab abb, straße").casefold(),
    sorted({str(key): key for key in range(30)}, key=lambda key: key[::-1]), bytes(range(250, 256)).hex("-"),
    [*map(ord, "Straße".upper().encode().decode("utf-8"))], complex(1, -2) ** 3 == -11 + 2j,
]
json.dumps(found, ensure_ascii=False)
"""


def test_functions_that_nobody_foresaw_come_when_they_are_called(new_page, lock: str) -> None:
    page = new_page()
    script = UNFORESEEN.replace("CODE", json.dumps(EXERCISE)).replace("TEXT", json.dumps(TEXT))
    page.route("**/unforeseen.js", lambda route: route.fulfill(body=script, content_type="text/javascript"))
    page.goto(lock)
    told = page.evaluate(RUN_WORKER)
    *statements, last = EXERCISE.strip().splitlines()
    names: dict[str, object] = {}
    exec("\n".join(statements), names)
    assert told["answer"] == eval(last, names)
    assert told["shown"] == repr(TEXT)
    assert told["before"] == 0
    assert "python.cold.wasm" in told["compiling"]
    late = ["python.cold.wasm", "_multiarray_umath.cold.wasm", "_umath_linalg.cold.wasm", "late-digits.bin"]
    assert told["after"] == dict.fromkeys(late, "xmlhttprequest")
    assert told["times"] == len(late)


def test_what_comes_later_is_not_needed_for_the_first_answers(new_page) -> None:
    page = new_page()
    held: list[Route] = []
    page.route(re.compile(r"\.cold\.wasm|/late\.bin"), lambda route: held.append(route))
    assert start(page) == ""
    assert all(route.request.resource_type == "fetch" for route in held), "asked for in advance, not in need"


# Models of several formats, one after the other, in one Python.
OPEN = """async (files) => {
  const { Model } = await import('../../kerata.js');
  const answers = [];
  for (const base64 of files) {
    const filepath = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const model = new Model({ filepath, transferLayerOutputs: true });
    await model.ready();
    const size = model.inputLayerNames.length > 1 ? 4 : 64;
    const inputs = model.inputLayerNames.map((name) => [name, new Float32Array(size)]);
    const outputs = Object.values(await model.predict(Object.fromEntries(inputs)));
    answers.push([model.backend, model.layerOutputs.size, ...outputs[0]]);
    await model.cleanup();
  }
  return answers;
}"""


def test_what_comes_later_is_not_needed_to_open_models(new_page, lock: str, problems: list[str]) -> None:
    page = new_page()
    in_need: list[str] = []

    def hold(route: Route) -> None:
        if route.request.resource_type == "xhr":  # Python waits for it
            in_need.append(route.request.url)
            route.continue_()

    page.route(re.compile(r"\.cold\.wasm|/late-|pyodide\.asm|python_stdlib"), hold)
    page.goto(lock)
    names = ("keras3_small.h5", "keras2_twins.keras", "kerasjs_small.bin")
    paths = [build.ROOT / "tests" / "golden" / "models" / name for name in names]
    answers = page.evaluate(OPEN, [base64.b64encode(path.read_bytes()).decode() for path in paths])
    for path, (backend, layers, *values) in zip(paths, answers, strict=True):
        model = kerata.load_model(path, "numpy")
        shapes = zip(model.input_names, model.input_shapes, strict=True)
        inputs = {name: np.zeros((1, *shape[1:]), np.float32) for name, shape in shapes}
        expected = model.predict(inputs)
        leaf = expected if isinstance(expected, np.ndarray) else next(iter(expected))
        assert backend == "wasm"
        assert layers == len(model.nodes)
        np.testing.assert_allclose(values, np.ravel(leaf), atol=1e-5)
    assert in_need == []
    page.close()  # what is held is given up
    problems.clear()


def test_what_pyodide_evaluates_when_it_is_restored_is_compiled_before(dist: Path) -> None:
    """Or it would need Python's compiler, and that would be there before the first answer."""
    rehearsal = ast.parse((lean.HERE / "rehearsal.py").read_text(encoding="utf-8"))
    (texts,) = (
        ast.literal_eval(node.value)
        for node in rehearsal.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "TEXTS"
    )
    glue = (build.content_of(dist) / "pyodide" / "pyodide.asm.mjs").read_text(encoding="utf-8")
    bootstrap = glue.partition("API.finalizeBootstrap=")[2].partition("API.pyodide_py=")[0]
    assert tuple(re.findall(r'(?:eval_code|runPythonInternal)\("([^"]*)"', bootstrap)) == texts
    assert re.findall(r'rawRun\("([^"]*)"', bootstrap) == ["import _pyodide_core"]


def test_another_build_gives_the_same_bytes(dist: Path, tmp_path: Path) -> None:
    folder, cache = tmp_path / "pyodide", tmp_path / "cache"
    content = build.content_of(dist)
    shutil.copytree(content / "pyodide", folder, ignore=shutil.ignore_patterns("*.gz", "*.br"))
    cache.mkdir()
    names = ["python.mjs", "python.hot.wasm", "python.cold.wasm"]
    names += [f"{part}-{scenario}.bin" for part in ("snapshot", "late") for scenario in lean.SCENARIOS]
    before = [(folder / name).read_bytes() for name in names]
    for name in names:
        (folder / name).unlink()
    lean.take_snapshots(folder, build.opened_models(), build.CACHE / build.TERSER.name, cache)
    assert [(folder / name).read_bytes() for name in names] == before
