"""A static host on this machine: packed files, caching, and as slow a line as wanted."""

import functools
import shutil
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO

import build

LATENCY = 0.02  # seconds until an answer begins, on a slow line
_CHUNK = 16_384  # bytes


class Line:
    """What all answers share: so many bits a second; None is as fast as the machine."""

    def __init__(self, rate: float | None) -> None:
        self.rate = rate
        self.sent = 0  # bytes
        self._free = 0.0  # when the line is
        self._lock = threading.Lock()

    def send(self, source: BinaryIO, sink: Any) -> None:
        if self.rate is not None:
            time.sleep(LATENCY)
        while chunk := source.read(_CHUNK if self.rate else -1):
            with self._lock:
                self.sent += len(chunk)
                self._free = max(self._free, time.perf_counter()) + 8 * len(chunk) / (self.rate or 1e12)
                wait = self._free - time.perf_counter()
            if wait > 0:
                time.sleep(wait)
            sink.write(chunk)


class Host(SimpleHTTPRequestHandler):
    """Packed where there is a packed file; kept by browsers for ten minutes, as on GitHub's pages."""

    protocol_version = "HTTP/1.1"

    def __init__(self, line: Line, *args: Any, **options: Any) -> None:
        self.line = line
        super().__init__(*args, **options)

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path.partition("?")[0]))
        path = path / "index.html" if path.is_dir() else path
        packed = path.with_name(path.name + ".gz")
        body = packed if packed.is_file() else path
        if not body.is_file():
            self.send_error(404)
            return
        self.send_response(200)
        if body is packed:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", build.CONTENT_TYPES.get(path.suffix, "application/octet-stream"))
        self.send_header("Content-Length", str(body.stat().st_size))
        self.send_header("Cache-Control", "max-age=600")
        self.end_headers()
        with body.open("rb") as source:
            self.line.send(source, self.wfile)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


class Server(build.StaticServer):
    daemon_threads = True


def host(folder: Path, line: Line) -> ThreadingHTTPServer:
    return Server(("127.0.0.1", 0), functools.partial(Host, line, directory=str(folder)))


def pack(folder: Path) -> None:
    """Puts the packed files beside the others."""
    for path in sorted(folder.rglob("*")):
        build.compress(path)


def naive_runtime(folder: Path) -> None:
    """Pyodide and its packages as they come, and Kerata's wheel."""
    folder.mkdir()
    for file in build.FILES:
        shutil.copyfile(build.CACHE / file.name, folder / file.name)
    build.write_wheel(folder)
    build.write_lock(folder)
