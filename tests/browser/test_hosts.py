"""Static hosts that send every file as it is: the page takes the packed forms that the build has put beside them."""

import functools
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from stage import DIGITS, build, draw, running, wait_answered, wait_ready, wait_until

from tests.bench.hosting import Line

RATE = 100e6  # bits a second: slow enough for a file that is given up to be given up on its way


class PlainHost:
    """As `python -m http.server`; notes what it is asked for, and how much it sends."""

    def __init__(self, folder: Path, unpacks: bool = False, permits: bool = False) -> None:
        self.folder = folder
        self.content = f"{build.content_of(folder).name}/"
        self.line = Line(RATE)
        self.asked: list[str] = []
        self.permits = permits  # other origins' pages may read what it sends
        self.unpacks = unpacks  # what ends with .gz, it takes for a file with that encoding, as Apache may

    def running(self) -> AbstractContextManager[str]:
        handler = functools.partial(PlainHandler, self, directory=str(self.folder))
        return running(build.StaticServer(("127.0.0.1", 0), handler))


class PlainHandler(SimpleHTTPRequestHandler):
    def __init__(self, host: PlainHost, *args: Any, **options: Any) -> None:
        self.host = host
        super().__init__(*args, **options)

    def do_GET(self) -> None:
        self.host.asked.append(self.path.removeprefix("/").removeprefix(self.host.content))
        super().do_GET()

    def end_headers(self) -> None:
        if self.host.unpacks and self.path.endswith(".gz"):
            self.send_header("Content-Encoding", "gzip")
        if self.host.permits:
            self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()

    def copyfile(self, source: Any, outputfile: Any) -> None:
        self.host.line.send(source, outputfile)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def opened(new_page) -> Iterator[Callable[[PlainHost], AbstractContextManager[Page]]]:
    """Opens the page of a host, with options as for a new page, and waits until it is ready."""

    @contextmanager
    def open_(host: PlainHost, **options: Any) -> Iterator[Page]:
        with host.running() as address:
            page = new_page(base_url=address, **options)
            page.goto(address)
            wait_ready(page)
            yield page

    yield open_


def reads_a_seven(page: Page) -> bool:
    """And has not started without its snapshot."""
    draw(page, DIGITS[7])
    return wait_answered(page) == 7 and page.locator("#engine .start").inner_text() == ""


def listed(dist: Path) -> tuple[dict[str, int], set[str]]:
    """Of the page's list: sizes, and what has a packed form."""
    told = json.loads((build.content_of(dist) / build.SIZES).read_text())
    return told["files"], set(told["packed"])


def test_the_packed_forms_are_fetched_from_a_host_that_does_not_pack(opened, dist: Path) -> None:
    host = PlainHost(dist)
    sizes, packed = listed(dist)
    with opened(host) as page:
        sent, asked = host.line.sent, [*host.asked]
        assert reads_a_seven(page)
    asked_packed = {path for path in asked if path.endswith(".gz")}
    assert {"models/mnist.safetensors.gz", "pyodide/python.hot.wasm.gz"} <= asked_packed
    assert asked_packed <= {f"{path}.gz" for path in packed}
    assert asked.count("pyodide/python.hot.wasm") == asked.count("models/mnist.safetensors") == 1
    assert sent < 0.85 * sum(sizes[path] for path in asked if path in sizes)


def test_a_host_may_lack_the_packed_forms(opened, site: Path, problems: list[str]) -> None:
    for form in site.rglob("*.gz"):
        form.unlink()
    host = PlainHost(site)
    with opened(host) as page:
        assert reads_a_seven(page)
    assert host.asked.count("pyodide/python.hot.wasm") == 2
    assert all("404" in problem for problem in problems)
    problems.clear()


def test_a_host_may_have_the_browser_unpack_them(opened, dist: Path) -> None:
    host = PlainHost(dist, unpacks=True)
    with opened(host) as page:
        assert reads_a_seven(page)
    assert "pyodide/python.hot.wasm.gz" in host.asked


def test_a_host_that_packs_is_asked_once(new_page) -> None:
    page = new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("")
    wait_ready(page)
    assert sum(url.endswith("python.hot.wasm") for url in asked) == 1
    assert sum(url.endswith("mnist.safetensors") for url in asked) == 1
    assert not [url for url in asked if url.endswith(".gz")]


COUNT = """async (content) => {
  const { Counter } = await import(`./${content}downloads.js`);
  const counter = new Counter((latest) => (window.progress = latest));
  await counter.readSizes();
  const response = await counter.get(new URL(`${content}pyodide/python.hot.wasm`, location.href).href);
  const { byteLength } = await response.arrayBuffer();
  return [byteLength, response.headers.get('Content-Type')];
}"""


def test_progress_counts_what_is_unpacked(opened, dist: Path) -> None:
    sizes, _ = listed(dist)
    size = sizes["pyodide/python.hot.wasm"]
    host = PlainHost(dist)
    with opened(host) as page:
        assert page.evaluate(COUNT, host.content) == [size, "application/wasm"]
        wait_until(page, f"progress.loaded === {size}")  # between two reports, there is a pause
        assert page.evaluate("progress.total") == size


@pytest.mark.parametrize("has_packed_forms", [True, False])
def test_what_is_kept_is_not_asked_for_in_a_packed_form(
    opened, site: Path, problems: list[str], has_packed_forms: bool
) -> None:
    host = PlainHost(site)
    if not has_packed_forms:
        for form in site.rglob("*.gz"):
            form.unlink()
    with opened(host, service_workers="allow") as page:
        expect(page.locator("#offline")).to_contain_text("Ready offline")
        _, packed = listed(site)
        assert {f"{path}.gz" for path in packed if build.is_kept(Path(path))} <= {*host.asked}
        problems.clear()  # the packed forms that are not there
        host.asked.clear()
        page.reload()
        wait_ready(page)
        assert not [path for path in host.asked if path != "service-worker.js"]
    page.reload()  # the server is gone
    wait_ready(page)
    assert reads_a_seven(page)
    problems.clear()  # the browser looks for a new service worker and finds no server


# A worker of one origin whose modules, and all that Python starts from, are of another.
FOREIGN = """
    const from = (name) => import(SITE + name);
    const [{ Counter }, { setFileUrls }, { Parts, sendParts }, { startPython }, { MODELS }] = await Promise.all(
      ['downloads.js', 'files.js', 'parts.js', 'python-start.js', 'scenarios.js'].map(from),
    );
    setFileUrls(ELSEWHERE);
    const parts = new Parts(MODELS);
    const counter = new Counter(() => {});
    await counter.readSizes();
    const sendModules = sendParts({ postMessage: (message) => parts.receive(message) }, counter, MODELS);
    let python;
    let reason = '';
    const onUnrestored = (why) => {
      reason = why;
      sendModules();
    };
    const complete = await startPython(parts, (pyodide) => (python = pyodide), onUnrestored);
    const imported = python.pyimport('kerata.formats.keras_h5').__name__;
    await complete();
    postMessage({ reason, imported, later: python.runPython('import fractions; str(fractions.Fraction(3, 6))') });
"""

RUN_FOREIGN = """(script) => new Promise((resolve, reject) => {
  const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  const worker = new Worker(url, { type: 'module' });
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error(message));
})"""


@pytest.mark.parametrize("unpacks", [False, True])
def test_python_starts_from_another_origin(browser: Browser, site: Path, unpacks: bool) -> None:
    """And from files that have addresses of their own, as bundlers give them."""
    pyodide = build.content_of(site) / "pyodide"
    moved = {f"pyodide/{name}": f"renamed/{name}" for name in ("snapshot-models.bin", "python.hot.wasm", "python.mjs")}
    (pyodide.parent / "renamed").mkdir()
    for path, name in moved.items():
        (pyodide.parent / path).rename(pyodide.parent / name)
    host, page_host = PlainHost(site, unpacks, permits=True), PlainHost(site)
    with host.running() as address, page_host.running() as own, browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{own}{host.content}runtime.json")
        elsewhere = json.dumps({path: f"{address}{host.content}{name}" for path, name in moved.items()})
        script = FOREIGN.replace("SITE", json.dumps(address + host.content)).replace("ELSEWHERE", elsewhere)
        assert page.evaluate(RUN_FOREIGN, script) == {
            "reason": "",
            "imported": "kerata.formats.keras_h5",
            "later": "1/2",
        }
        assert "pyodide/python.cold.wasm.gz" in host.asked
        assert {*page_host.asked} <= {"runtime.json", "favicon.ico"}
        (pyodide.parent / "renamed" / "snapshot-models.bin").unlink()
        told = page.evaluate(RUN_FOREIGN, script)
        assert "snapshot-models.bin" in told.pop("reason")
        assert told == {"imported": "kerata.formats.keras_h5", "later": "1/2"}
