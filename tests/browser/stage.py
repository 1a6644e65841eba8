"""What the browser tests and scripts share: the built page, a server, a Chromium, and a hand that draws."""

import contextlib
import itertools
import math
import os
import shutil
import sys
import threading
from collections.abc import Iterator, Sequence
from http.server import ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Page, Route

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # so that the scripts of this folder find build.py, too

import build  # noqa: E402

CHROMIUM = os.environ.get("KERATA_CHROMIUM") or next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
NO_CHROMIUM = "no Chromium found: install one, or name it in the environment variable KERATA_CHROMIUM"

# What a freshly opened browser loads for itself beside the first page: the address bar's menus. And what Playwright
# switches off, whose own list this one replaces: it would ask the network, or hold back the first paint.
UNWANTED = (
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup"),
    *("AimEnabled", "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades", "MediaRouter", "NetworkTimeServiceQuerying"),
    *("OptimizationHints", "PaintHolding", "PreconnectToSearch"),
    # In launches chosen at random, Chromium profiles its heap: it reads beyond the end of JSPI's stacks, and crashes.
    "HeapProfilerReporting",
)

# What a freshly installed browser does on its own account, switched off: it would disturb timings and ask the network.
LAUNCH = {
    "executable_path": CHROMIUM,
    "args": [
        "--no-sandbox",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        f"--disable-features={','.join(UNWANTED)}",
        "--disable-sync",
        # WebGPU and WebGL 2 computed by the CPU, so that they are there on every machine, and always the same.
        "--enable-unsafe-webgpu",
        "--use-webgpu-adapter=swiftshader",
        "--enable-unsafe-swiftshader",
    ],
}

Stroke = Sequence[tuple[float, float]]


def served(folder: Path) -> contextlib.AbstractContextManager[str]:
    """The address of a folder while it is served."""
    return running(build.make_server(folder, 0))


@contextlib.contextmanager
def running(server: ThreadingHTTPServer) -> Iterator[str]:
    """The address of a server while it runs."""
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def arc(x: float, y: float, radius_x: float, radius_y: float, start: float, end: float) -> list[tuple[float, float]]:
    """Points of an ellipse's arc; degrees, clockwise from the right as y points down."""
    angles = [math.radians(start + (end - start) * i / 24) for i in range(25)]
    return [(x + radius_x * math.cos(angle), y + radius_y * math.sin(angle)) for angle in angles]


def line(*corners: tuple[float, float]) -> list[tuple[float, float]]:
    """Points along straight lines from corner to corner."""
    points = [corners[0]]
    for (x1, y1), (x2, y2) in itertools.pairwise(corners):
        points += [(x1 + (x2 - x1) * i / 12, y1 + (y2 - y1) * i / 12) for i in range(1, 13)]
    return points


# Plain digits, in 0..1 of the pad.
DIGITS: dict[int, list[Stroke]] = {
    0: [arc(0.5, 0.5, 0.2, 0.3, -90, 270)],
    1: [line((0.5, 0.2), (0.5, 0.8))],
    3: [arc(0.48, 0.35, 0.17, 0.15, -150, 75) + arc(0.47, 0.65, 0.21, 0.17, -75, 145)],
    4: [line((0.42, 0.2), (0.28, 0.55), (0.72, 0.55)), line((0.62, 0.25), (0.6, 0.85))],
    7: [line((0.28, 0.24), (0.72, 0.24), (0.45, 0.82))],
}


def draw(page: Page, strokes: Sequence[Stroke]) -> None:
    """Draws on the pad with the mouse."""
    for stroke in strokes:
        press(page, stroke)
        page.mouse.up()


def press(page: Page, stroke: Stroke) -> None:
    """Draws one stroke and leaves the mouse button down."""
    first, *rest = on_screen(page, stroke)
    page.mouse.move(*first)
    page.mouse.down()
    for point in rest:
        page.mouse.move(*point)


def on_screen(page: Page, stroke: Stroke) -> list[tuple[float, float]]:
    """Points of the pad in the page's pixels."""
    box = page.locator("#pad").bounding_box()
    assert box is not None, "the pad is on the page"
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]


def wait_ready(page: Page) -> None:
    page.locator("html[data-state=ready]").wait_for(timeout=60_000)


def wait_answered(page: Page) -> int | None:
    """Waits until the answer is that of the ink on the pad. Returns its digit, None for a blank pad."""
    page.locator("#answer[aria-busy=false]").wait_for(timeout=60_000)
    digit = page.locator("#answer").get_attribute("data-digit")
    return int(digit) if digit else None


def wait_until(page: Page, condition: str) -> None:
    """Waits until a JavaScript expression is true, in one evaluation: Playwright's own way is to evaluate text in the
    page again and again, which the page's Content-Security-Policy refuses.
    """
    page.evaluate(f"""async () => {{
      const end = performance.now() + 60_000;
      while (!({condition})) {{
        if (performance.now() > end) throw new Error({condition!r} + ' never came true');
        await new Promise(requestAnimationFrame);
      }}
    }}""")


def change_worker(page: Page, addition: str, script: str = "worker.js") -> None:
    """Puts JavaScript before a worker's own, Python's or another: what a browser would be like, or a fault."""

    def change(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=addition + response.text())

    page.route(f"**/{script}", change)
