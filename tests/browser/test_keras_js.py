"""keras-js.js: a page of Keras.js runs when its script tag names this one, and finds what Keras.js 1.0.3 had for it."""

import io
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from firefox import FIREFOX, started
from playwright.sync_api import Page, expect
from stage import DIGITS, ROOT, build, draw, running

import kerata
from tests.bench import export_kerasjs, peers
from tests.support.cases import kerasjs_files, model_input

GOLDEN = ROOT / "tests" / "golden"
HEAD = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">'
THREE = np.loadtxt(GOLDEN / "article_three.txt", dtype=int).ravel().tolist()

# As the article has it, word for word, with a full path for '/path/to' and two lines that tell the test.
ARTICLE = """
const model = new KerasJS.Model({
    filepath: '/path/to/mnist_cnn.bin',
    gpu: true,
    transferLayerOutputs: true
})
model
  .ready()
  .then(() => {
    // data 是一个长度为 784 的数组,每一项都介于 0 - 255 之间
    // 这里我们需要把数组转换为 Float32 类型
    const inputData = new Float32Array(data)
    // 识别
    return model.predict(inputData)
  })
  .then(outputData => {
    // 输出为 0-9 的概率,例如:
    // { output: [0, 0, 0, 0.8, 0, 0, 0.2, 0, 0, 0] }
    TOLD
  })
  .catch(err => {
    // ...
    FAILED
  })
"""
FILES = ("mnist_cnn.bin", "float.bin", "model.h5", "model.keras")
ANSWERS = "document.documentElement.dataset.answers"  # of all snippets, once they are there


def article(script: str) -> str:
    """The article's page, its snippet once for each file."""
    snippets = (
        ARTICLE.replace("/path/to/mnist_cnn.bin", f"/models/{name}")
        .replace("TOLD", f"tell('{name}', {{ keys: Object.keys(outputData), output: [...outputData.output] }})")
        .replace("FAILED", f"tell('{name}', {{ error: err.message }})")
        for name in FILES
    )
    return f"""{HEAD}<title>MNIST</title>
        <script src="{script}"></script>
        <script>
          const data = {THREE}, answers = {{}};
          function tell(name, answer) {{
            answers[name] = answer;
            if (Object.keys(answers).length === {len(FILES)}) {ANSWERS} = JSON.stringify(answers);
          }}
        </script>
        {"".join(f"<script>{{{snippet}}}</script>" for snippet in snippets)}"""


def is_a_three(answers: dict[str, dict]) -> bool:
    assert set(answers) == {*FILES}
    for name, answer in answers.items():
        assert answer.get("keys") == ["output"], (name, answer)
        assert int(np.argmax(answer["output"])) == 3 and len(answer["output"]) == 10, name
        assert abs(sum(answer["output"]) - 1) < 1e-4
    return True


class Handler(SimpleHTTPRequestHandler):
    """Of a host that lets any site read its files, and gives a package's script for the package's name, as CDNs do."""

    def do_GET(self) -> None:
        if self.path == "/npm/kerata":
            self.path += "/keras-js.js"
        self.path = self.path.removeprefix("/npm")
        super().do_GET()

    def end_headers(self) -> None:
        self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def folder(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, and the article's network in every format."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "kerata").symlink_to(dist)
    models = folder / "models"
    models.mkdir()
    quantized = ROOT / "site" / "examples" / "mnist_cnn.bin"
    (models / "mnist_cnn.bin").symlink_to(quantized)
    nodes = kerata.load_model(quantized, "numpy").nodes
    export_kerasjs.export(nodes, models / "float.bin")
    config = {"class_name": "Sequential", "config": {"name": "article", "layers": [
        {"class_name": node.kind, "config": {**node.config, "name": node.name}} for node in nodes
    ]}}  # fmt: skip
    weights = {node.name: node.weights for node in nodes}
    write_h5(models / "model.h5", config, weights)
    write_keras(models / "model.keras", config, weights)
    for name in ("kerasjs_small.bin", "keras3_twins.keras"):
        (models / name).symlink_to(GOLDEN / "models" / name)
    return folder


def write_h5(path: Path, config: dict, weights: dict) -> None:
    with h5py.File(path, "w") as file:
        file.attrs.update({"model_config": json.dumps(config), "keras_version": "2.15.0", "backend": "tensorflow"})
        groups = file.create_group("model_weights")
        groups.attrs["layer_names"] = [name.encode() for name in weights]
        for layer, row in weights.items():
            groups.create_group(layer).attrs["weight_names"] = [f"{layer}/{name}:0".encode() for name in row]
            for name, weight in row.items():
                groups[layer][f"{layer}/{name}:0"] = weight


def write_keras(path: Path, config: dict, weights: dict) -> None:
    with zipfile.ZipFile(path, "w") as archive, io.BytesIO() as data:
        with h5py.File(data, "w") as file:
            for layer, row in weights.items():
                group = file.create_group(f"layers/{layer}/vars")
                for index, weight in enumerate(row.values()):
                    group[str(index)] = weight
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.9.0"}))
        archive.writestr("config.json", json.dumps({"module": "keras", **config}))
        archive.writestr("model.weights.h5", data.getvalue())


@pytest.fixture(scope="module")
def host(folder: Path) -> Iterator[str]:
    with running(build.StaticServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))) as address:
        yield address


@pytest.fixture(scope="module")
def cdn(folder: Path) -> Iterator[str]:
    """Another origin."""
    with running(build.StaticServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))) as address:
        yield address


@pytest.fixture(scope="module")
def pages(folder: Path, cdn: str) -> list[str]:
    """The article's page, with its script from its own origin and, by the package's name, from another."""
    scripts = {"own.html": "kerata/keras-js.js", "cdn.html": f"{cdn}npm/kerata"}
    for name, script in scripts.items():
        (folder / name).write_text(article(script), encoding="utf-8")
    return [*scripts]


def test_the_snippet_of_the_article_reads_its_three(host: str, pages: list[str], new_page) -> None:
    page = new_page(base_url=host)
    for name in pages:
        page.goto(name)
        page.wait_for_function(ANSWERS, timeout=60_000)
        assert is_a_three(json.loads(page.evaluate(ANSWERS)))


@pytest.mark.skipif(FIREFOX is None, reason="no Firefox found: install firefox-esr")
def test_in_firefox_the_snippet_reads_its_three(host: str, pages: list[str], tmp_path: Path) -> None:
    assert FIREFOX is not None
    with started(FIREFOX, tmp_path) as browser:
        for name in pages:
            browser.command("WebDriver:Navigate", url=host + name)
            assert is_a_three(json.loads(browser.until(ANSWERS, ANSWERS)))


# What a page does: keras_js.js


def call(page: Page, function: str, *arguments: object) -> Any:
    """Of keras_js.js, with the arguments as they are in the page."""
    called = f"{function}({', '.join(map(str, arguments))})"
    # As text, for Playwright takes seconds to hand over a layer's output.
    return json.loads(page.evaluate(f"import('./keras_js.js').then((pages) => pages.{called}).then(JSON.stringify)"))


@pytest.fixture
def page(host: str, folder: Path, new_page) -> Page:
    return opened(new_page(base_url=host), folder, "")


@pytest.fixture
def both(host: str, folder: Path, new_page) -> Page:
    """A page that has Keras.js, too, as `theirs`."""
    try:
        build.fetch([file for file in peers.FILES if file.name == "keras.min.js"], build.CACHE / "peers")
    except build.BuildError as error:
        pytest.skip(f"no Keras.js to compare with: {error}")
    shutil.copy(build.CACHE / "peers" / "keras.min.js", folder)
    return opened(
        new_page(base_url=host), folder, '<script src="keras.min.js"></script><script>theirs = KerasJS</script>'
    )


def opened(page: Page, folder: Path, scripts: str) -> Page:
    shutil.copy(Path(__file__).with_name("keras_js.js"), folder)
    (folder / "page.html").write_text(f"""{HEAD}<title>A page</title>{scripts}
        <script src="kerata/keras-js.js"></script><script>const three = {THREE};</script>""")
    page.goto("page.html")
    return page


def test_a_page_sees_what_keras_js_showed_it(both: Page) -> None:
    for file in ("'models/mnist_cnn.bin'", "'models/float.bin'"):
        ours, theirs = (call(both, "see", it, file, "three") for it in ("KerasJS", "theirs"))
        assert ours["seen"] == theirs["seen"]
        assert ours["told"]["predictProgress"] == [0, 100]  # and nothing of what is refused, which nobody listens to
        for percents in ours["told"].values():
            assert percents == sorted(percents) and {*percents} <= {*range(101)}
        for our, their in zip(ours["values"], theirs["values"], strict=True):
            np.testing.assert_allclose(our, their, rtol=1e-4, atol=1e-4)
        *layers, last = call(both, "trace", file, "three")
        assert ours["values"][2:-1] == layers  # the last is what the backend in use has predicted
        np.testing.assert_allclose(ours["values"][-1], last, rtol=1e-4)


def test_names_gpu_old_files_and_errors(page: Page, folder: Path, problems: list[str]) -> None:
    image = model_input("keras1_small")[0].ravel().tolist()
    names = (f"models/{path.name}" for path in kerasjs_files(folder / "models"))
    apart = call(page, "apart", dict(zip(("model", "weights", "metadata"), names, strict=True)), image)
    assert (apart["early"], apart["progress"]) == ("not-ready", 100)
    np.testing.assert_allclose(apart["output"], golden("keras1_small")[0], rtol=1e-4, atol=1e-6)

    left, right = model_input("keras3_twins").values()
    given = call(page, "inputs", [[*each] for each in zip(left.tolist(), right.tolist(), strict=True)], image)
    assert given["names"] == [[["left", "right"], ["head", "shared:1"]], [["input"], ["answer"]]]
    assert given["shown"] == ["answer"]
    np.testing.assert_allclose(given["outputs"], golden("keras3_twins"), rtol=1e-4, atol=1e-6)
    answer, blank = given["answers"]
    expected = kerata.load_model(GOLDEN / "models" / "kerasjs_small.bin", "numpy").predict(model_input("keras1_small"))
    np.testing.assert_allclose(answer, expected[0], rtol=1e-4, atol=1e-6)
    assert not np.allclose(answer, blank, rtol=1e-2)
    assert (given["batch"], given["first"]) == ([[2, 10], True], True)

    gpu = call(page, "gpu", "'models/mnist_cnn.bin'", "three")
    on, off = [True, "webgpu", 3], [False, "wasm", 3]
    assert gpu == {"states": [[False, "wasm"], True, on, False, off, True, on], "closed": ["closed", "KerataError"]}

    assert call(page, "errors") == {
        "missing": "download",
        "without": ["KerataError", "input", "Model: expected a filepath, received none."],
        "short": ["KerataError", "input", "Tensor: expected 2 values for shape [2], received 1."],
        "tensor": [[1, 2, 3, 4, 5, 6], 6, [0, 0]],
    }
    (folder / "alone").mkdir()
    shutil.copy(ROOT / "site" / "keras-js.js", folder / "alone")
    unloaded, imported = call(page, "without", "'alone/keras-js.js'")
    sentence = "Could not load kerata.js from beside keras-js.js: check the connection and the server’s CORS."
    assert unloaded == ["KerataError", "download", sentence]
    sentence = "keras-js.js needs a script tag with its src; modules import kerata.js instead."
    assert imported == ["KerataError", "unsupported", sentence]
    page.close()
    problems.clear()  # the files that are missing


def test_the_table_tells_of_all_that_keras_js_has(both: Page) -> None:
    table = (ROOT / "site" / "model" / "KERASJS.md").read_text()
    names = {
        *call(both, "members", "theirs.Model"),
        *call(both, "members", "KerasJS.Model"),
        *both.evaluate("Object.keys(theirs.default)"),
    }
    told = re.findall(r"\w+", " ".join(re.findall("`([^`\n]+)`", table)))
    assert names - {*told} == set()


def golden(name: str) -> np.ndarray:
    """The outputs of a model of tests/golden/models."""
    with np.load(GOLDEN / "models" / f"{name}.npz") as expected:
        return expected["output0"]


def test_the_example_reads_what_is_drawn(new_page) -> None:
    """Under the site's strict policy."""
    page = new_page()
    page.goto("examples/keras-js.html")
    expect(page.locator("#answer")).to_have_text("Draw here.")
    for digit in (3, 7):
        draw(page, DIGITS[digit])
        expect(page.locator("#answer")).to_have_text(re.compile(rf"^{digit}, \d+% sure$"))
        page.locator("#clear").click()
    expect(page.locator("#answer")).to_have_text("Draw here.")
