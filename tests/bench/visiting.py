"""Opens pages in a browser that nothing watches, and has each page tell what was measured (`startup/measured.js`).

Tools that drive a browser attach themselves to each of its workers and hear of each packet: on two cores, that took a
tenth of the time that they were to measure, and more from a page with a worker than from one without.
"""

import functools
import json
import queue
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import build
from tests.browser.stage import LAUNCH, running

from .hosting import Host, Line

SCRIPT = "measured.js"
PATIENCE = 120  # seconds for a page to predict

# A browser that has just started has much to do, and the page's site is to be another one than that of the page before.
_START = b"""<!doctype html><title>Start</title>
<script>
  const page = new URL('/' + location.search, location).href.replace('localhost', '127.0.0.1');
  setTimeout(() => location.replace(page), 1500);
</script>
"""


class SilentPageError(RuntimeError):
    """A page did not say that it has predicted."""


def add_script(folder: Path, strokes: object) -> None:
    """Into a page's folder: what tells the host of its prediction, which for a page of ours is that of the strokes."""
    script = Path(__file__).with_name("startup") / SCRIPT
    (folder / SCRIPT).write_text(script.read_text(encoding="utf-8").replace("STROKES", json.dumps(strokes)))
    page = folder / "index.html"
    with page.open("a", encoding="utf-8") as file:
        file.write(f'<script type="module" src="{SCRIPT}"></script>\n')
    for form in folder.glob("index.html.*"):
        form.unlink()
    build.pack([page, folder / SCRIPT])


def visit(folder: Path, line: Line, visits: int = 1, keep: bool = False) -> dict[str, Any]:
    """What the page in the folder told, and `megabytes` until then, at the last of so many visits of one browser, which
    knows nothing at first. keep: earlier visits last until the page's site is kept.
    """
    told: queue.Queue[dict[str, Any]] = queue.Queue()
    handler = functools.partial(_Listening, told, line, directory=str(folder))
    # A browser's helpers may write to its profile for a moment after it has ended.
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile,
        running(build.StaticServer(("127.0.0.1", 0), handler)) as address,
    ):
        start = address.replace("127.0.0.1", "localhost") + "start"
        for _ in range(visits - 1):
            _open(profile, f"{start}?keep" if keep else start, told, folder.name)
        line.sent = 0
        return _open(profile, start, told, folder.name)


def _open(profile: str, start: str, told: "queue.Queue[dict[str, Any]]", name: str) -> dict[str, Any]:
    command = [LAUNCH["executable_path"], "--headless=new", *LAUNCH["args"], f"--user-data-dir={profile}", start]
    browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        return told.get(timeout=PATIENCE)
    except queue.Empty:
        raise SilentPageError(f"{name} did not predict within {PATIENCE} s.") from None
    finally:
        browser.terminate()
        browser.wait()


class _Listening(Host):
    """A host that hears what its page measured."""

    def __init__(self, told: "queue.Queue[dict[str, Any]]", *args: Any, **options: Any) -> None:
        self.told = told
        super().__init__(*args, **options)

    def do_GET(self) -> None:  # noqa: N802 - the base class's name
        if self.path.startswith("/start"):
            self._answer(_START)
        else:
            super().do_GET()

    def do_POST(self) -> None:  # noqa: N802 - the same
        text = self.rfile.read(int(self.headers["Content-Length"]))
        self.told.put(json.loads(text) | {"megabytes": self.line.sent / 1e6})
        self._answer(b"")

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
