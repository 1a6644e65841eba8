"""Where the page cannot start, it says why, in one sentence: in Chromium, and in Firefox."""

import functools
import shutil
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import pytest
from firefox import FIREFOX, started
from playwright.sync_api import expect
from stage import DIGITS, build, draw, running

FILE = "This page does not run from a file: serve its folder with a web server."
FRAME = "This page does not run in a sandboxed frame: open it in a tab of its own."
SLASH = "This page’s address lacks the slash at its end: please add it."
MISSING = "Could not load main.js: check the connection and try again."
OLD = "This page needs a newer browser: Chrome or Edge 103, Firefox 114, or Safari 16.4."


class Handler(SimpleHTTPRequestHandler):
    """Of a host that sends pages without an ending, too, and lets any site read its files, as GitHub's does."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {"": "text/html"}

    def end_headers(self) -> None:
        self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def host(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page, and others like it that lack something."""
    folder = tmp_path_factory.mktemp("unstarted")
    shutil.copytree(dist, folder / "page")
    shutil.copyfile(dist / "index.html", folder / "slashless")
    (folder / "framed.html").write_text('<iframe sandbox="allow-scripts" src="page/"></iframe>')
    for name in ("missing", "html"):
        shutil.copytree(dist, folder / name)
        script = build.content_of(folder / name) / "main.js"
        script.unlink()
    script.with_name("main.js").mkdir()  # answered by a redirection to a page, as an app's host does
    (script / "index.html").write_text("<!doctype html><title>Not here</title>")
    handler = functools.partial(Handler, directory=str(folder))
    with running(build.StaticServer(("127.0.0.1", 0), handler)) as address:
        yield address


PATHS = [("framed.html", FRAME), ("slashless", SLASH), ("missing/", MISSING), ("html/", MISSING)]


@pytest.mark.parametrize(("path", "sentence"), PATHS)
def test_a_page_that_lacks_something_says_so(new_page, problems, host: str, path: str, sentence: str) -> None:
    page = new_page()
    page.goto(host + path)
    shown = page.frames[-1]
    expect(shown.get_by_role("alert").locator(".sentence")).to_have_text(sentence)
    expect(shown.locator("html")).to_have_attribute("data-state", "error")
    expect(shown.locator("#status .line")).to_be_hidden()
    problems.clear()  # the browser's own notes on what it did not get


def test_a_page_opened_as_a_file_says_so(new_page, problems, dist: Path) -> None:
    page = new_page()
    page.goto((dist / "index.html").as_uri())
    expect(page.get_by_role("alert").locator(".sentence")).to_have_text(FILE)
    problems.clear()


LACKS = {
    "module workers": "const Known = Worker; self.Worker = class extends Known { constructor(url) { super(url); } };",
    "workers of this kind": "self.Worker = class { constructor() { throw new TypeError('Module scripts'); } };",
    "ResizeObserver": "delete self.ResizeObserver;",
    "structuredClone": "delete self.structuredClone;",
    "Array.prototype.at": "delete Array.prototype.at;",
    "DecompressionStream": "delete self.DecompressionStream;",
    "something nobody thought of": "delete self.PerformanceObserver;",
}


@pytest.mark.parametrize("lack", LACKS)
def test_a_browser_that_is_too_old_is_told_so(new_page, problems, lack: str) -> None:
    page = new_page()
    page.add_init_script(LACKS[lack])
    page.goto("")
    expect(page.get_by_role("alert").locator(".sentence")).to_have_text(OLD)
    expect(page.locator("html")).to_have_attribute("data-state", "error")
    draw(page, DIGITS[7])
    expect(page.locator("#answer")).to_have_attribute("aria-busy", "false")  # for nobody will answer
    page.close()  # its script may stumble again later
    problems.clear()


def test_try_again_loads_the_page_anew(new_page, problems) -> None:
    page = new_page()
    page.route("**/main.js", lambda route: route.abort())
    page.goto("")
    expect(page.get_by_role("alert")).to_contain_text(MISSING)
    page.unroute("**/main.js")
    page.get_by_role("button", name="Try again").click()
    page.locator("html[data-state=ready]").wait_for()
    problems.clear()


@pytest.mark.skipif(FIREFOX is None, reason="no Firefox found: install firefox-esr")
def test_firefox_is_told_the_same(host: str, dist: Path, tmp_path: Path) -> None:
    status = "document.querySelector('#status[data-shows=error] .sentence')"
    with started(FIREFOX, tmp_path) as browser:
        for url, sentence in [(host + path, said) for path, said in PATHS] + [((dist / "index.html").as_uri(), FILE)]:
            browser.command("WebDriver:Navigate", url=url)
            if sentence == FRAME:
                browser.command("WebDriver:SwitchToFrame", id=0)
            assert browser.until(f"{status}?.textContent", f"{status}.textContent") == sentence
            browser.command("WebDriver:SwitchToFrame", id=None)
