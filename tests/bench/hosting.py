"""A static host on this machine: packed files, caching, and as slow a line as wanted."""

import shutil
import threading
import time
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


class Host(build.StaticHandler):
    """What browsers have, they keep for ten minutes, as on GitHub's pages."""

    protocol_version = "HTTP/1.1"

    def __init__(self, line: Line, *args: Any, **options: Any) -> None:
        self.line = line
        super().__init__("", *args, **options)  # the peers' pages have no policy

    def caching(self, path: Path) -> str:
        return "max-age=600"

    def copyfile(self, source: Any, outputfile: Any) -> None:
        self.line.send(source, outputfile)


def pack(folder: Path) -> None:
    """Puts the packed files beside the others, as our own build does."""
    build.pack(folder.rglob("*"))


def naive_runtime(folder: Path) -> None:
    """Pyodide and its packages as they come, and Kerata's wheel."""
    folder.mkdir()
    for file in build.FILES:
        shutil.copyfile(build.CACHE / file.name, folder / file.name)
    build.write_wheel(folder)
    build.write_lock(folder)
