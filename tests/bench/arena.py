"""Engines against each other in one page: equal answers first, then in turns, so that noise meets all alike."""

import contextlib
import functools
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
from playwright.sync_api import Page, sync_playwright

import build
import kerata
from tests.browser.stage import CHROMIUM, LAUNCH, NO_CHROMIUM, running

from . import networks, peers

DIFFERENCE = 1e-4  # of a probability, at most, from NumPy's in CPython
WARM_UP = 10  # predictions: browsers compile again what runs often
_SECONDS = 0.5  # of an engine's warm-up and of its turns together, at most, unless a prediction takes longer
_TURNS, _MIN_TURNS = 15, 5  # the least where no engine has time for more than one prediction a turn
_MOST = 60  # predictions of a turn


class Task(NamedTuple):
    """What is timed: a network on images of `size` pixels a side, `batch` at once, on these engines."""

    name: str
    network: str
    size: int
    batch: int
    engines: tuple[str, ...]


class Result(NamedTuple):
    """Of `n` predictions or runs, in `unit`."""

    task: str
    engine: str
    batch: int
    unit: str
    median: float
    min: float
    max: float
    n: int


class DisagreementError(Exception):
    """An engine's answers are not those that they ought to be: there is nothing to compare."""


class Handler(SimpleHTTPRequestHandler):
    """Isolates the page from other origins, for which browsers give it a clock with steps of 5 µs."""

    def end_headers(self) -> None:
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


def served(folder: Path) -> contextlib.AbstractContextManager[str]:
    return running(ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder)))


class Arena:
    """A folder with the built page's Pyodide, the peers and the networks, and a browser that opens it."""

    def __init__(self, folder: Path) -> None:
        if CHROMIUM is None:
            raise build.BuildError(f"The benchmark needs a browser: {NO_CHROMIUM}.")
        self.folder = folder
        self.browser = subprocess.run([CHROMIUM, "--version"], capture_output=True, text=True).stdout.strip()
        build.make_dist(build.DIST)
        shutil.copytree(Path(__file__).with_name("page"), folder, dirs_exist_ok=True)
        for part in ("pyodide", "gpu"):
            shutil.copytree(build.content_of(build.DIST) / part, folder / part)
        shutil.copytree(build.DIST, folder / "site")
        for file in peers.fetch().iterdir():
            shutil.copy(file, folder)

    def run(self, task: Task) -> list[Result]:
        """The task's results, engine by engine. Raises DisagreementError."""
        place = f"networks/{task.network}-{task.size}/"
        if not (self.folder / place).exists():
            networks.write(task.network, task.size, self.folder / place)
        x = networks.inputs(task.network, task.size, task.batch)
        (self.folder / place / "input.bin").write_bytes(x.tobytes())
        expected = kerata.load_model(self.folder / place / "model", "numpy").predict(x)
        with served(self.folder) as address, _page(address) as page:
            for engine in task.engines:
                page.evaluate("all => arena.load(...all)", [engine, address + place, x.shape])
                _check(page, engine, expected)
            return _timed(page, task)

    def peak(self) -> list[Result]:
        """What a direct convolution reaches of the processor's fused multiplications."""
        with served(self.folder) as address, _page(address) as page:
            rates = page.evaluate("arena.peak()")
        names = "multiplications alone", "Kerata, direct convolution"
        return [
            Result("kernels", name, 1, "GFLOP/s", float(np.median(those)), min(those), max(those), len(those))
            for name, those in zip(names, rates, strict=True)
        ]


@contextlib.contextmanager
def _page(address: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**LAUNCH)
        page = browser.new_page()
        page.goto(address)
        page.locator("html[data-state=ready]").wait_for()
        yield page
        browser.close()


def _check(page: Page, engine: str, expected: np.ndarray) -> None:
    answer = np.array(page.evaluate("engine => arena.answer(engine)", engine), np.float32)
    if answer.size != expected.size:
        raise DisagreementError(f"{engine}: expected {expected.size} numbers, received {answer.size}.")
    if not (difference := float(np.abs(answer - expected.ravel()).max())) <= DIFFERENCE:
        raise DisagreementError(f"{engine}: expected the same answers within {DIFFERENCE}, received {difference:.1e}.")


def _timed(page: Page, task: Task) -> list[Result]:
    """Each engine warms up, then they take turns of a part of their time, each time in another order."""
    turns: dict[str, int] = {}
    times: dict[str, list[float]] = {engine: [] for engine in task.engines}
    for engine in task.engines:
        first = _times(page, engine, 2)[-1]
        warm = median(_times(page, engine, max(1, min(WARM_UP, int(1000 * _SECONDS / first)))))
        turns[engine] = max(1, min(_MOST, int(1000 * _SECONDS / _TURNS / warm)))
    slow = max(turns.values()) == 1
    for turn in range(_MIN_TURNS if slow else _TURNS):
        order = task.engines[turn % len(task.engines) :] + task.engines[: turn % len(task.engines)]
        for engine in order:
            _times(page, engine, 1)  # the caches hold what the engine before needed
            times[engine] += _times(page, engine, turns[engine])
    return [_result(task, engine, np.array(times[engine]) / task.batch) for engine in task.engines]


def _times(page: Page, engine: str, count: int) -> list[float]:
    times: list[float] = page.evaluate("([engine, count]) => arena.times(engine, count)", [engine, count])
    return times


def _result(task: Task, engine: str, times: np.ndarray) -> Result:
    low, middle, high = float(times.min()), float(np.median(times)), float(times.max())
    return Result(task.name, engine, task.batch, "ms/image", middle, low, high, len(times))


def machine() -> str:
    """The processor, as Linux names it, else as Python does."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return f"{next(names, platform.processor())}, {os.cpu_count()} cores, {platform.system()}"
