"""Draws digits that people drew with a pen on the page, and counts how many of them it reads right.

    python tests/browser/pen_digits.py FILE [--sample 200] [--through strokes]

FILE: JSON, [{"label": 0-9, "strokes": [[[x, y], …], …]}, …] in a 0..1 box.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from playwright.async_api import CDPSession, Page, async_playwright
from stage import CHROMIUM, LAUNCH, NO_CHROMIUM, Stroke, build, served

SIDE = 0.7  # of the pad's side: how large the digits are drawn, in its middle
SEED = 2018
WAYS = ("mouse", "strokes")


class Digit(NamedTuple):
    label: int
    strokes: Sequence[Stroke]


def load(file: Path, sample: int | None = None) -> list[Digit]:
    """The digits of a file, or a sample with as many of each class, the same one each time."""
    digits = [Digit(item["label"], item["strokes"]) for item in json.loads(file.read_text(encoding="utf-8"))]
    if sample is None:
        return digits
    by_label = defaultdict(list)
    for digit in digits:
        by_label[digit.label].append(digit)
    chance = random.Random(SEED)
    return [digit for label in sorted(by_label) for digit in chance.sample(by_label[label], sample // len(by_label))]


async def read(address: str, digits: Sequence[Digit], through: str) -> list[int | None]:
    """What the page at an address reads in each digit, drawn with the mouse or handed over as strokes."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**LAUNCH)
        page = await browser.new_page()
        await page.goto(address)
        await page.locator("html[data-state=ready]").wait_for(timeout=60_000)
        drawings = [[[place(point) for point in stroke] for stroke in digit.strokes] for digit in digits]
        answers = await (read_drawn(page, drawings) if through == "mouse" else read_handed(page, drawings))
        await browser.close()
        return answers


def place(point: tuple[float, float]) -> tuple[float, float]:
    x, y = point
    return 0.5 + (x - 0.5) * SIDE, 0.5 + (y - 0.5) * SIDE


async def read_handed(page: Page, drawings: Sequence[Sequence[Stroke]]) -> list[int | None]:
    ask = "async strokes => (await kerata.predictStrokes(strokes)).digit"
    return [await page.evaluate(ask, strokes) for strokes in drawings]


async def read_drawn(page: Page, drawings: Sequence[Sequence[Stroke]]) -> list[int | None]:
    session = await page.context.new_cdp_session(page)
    box = await page.locator("#pad").bounding_box()
    answers = []
    for strokes in drawings:
        await page.keyboard.press("Escape")
        for stroke in strokes:
            await draw(session, [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke])
        await page.locator("#answer[aria-busy=false]").wait_for()
        digit = await page.locator("#answer").get_attribute("data-digit")
        answers.append(int(digit) if digit else None)
    return answers


async def draw(session: CDPSession, points: Stroke) -> None:
    """One stroke of the mouse. Its events are sent without waiting for each other, as a quick hand moves."""
    events = [
        {"type": "mouseMoved", "button": "none"},
        {"type": "mousePressed", "button": "left", "buttons": 1, "clickCount": 1},
        *({"type": "mouseMoved", "button": "left", "buttons": 1} for _ in points[1:]),
        {"type": "mouseReleased", "button": "left", "buttons": 0, "clickCount": 1},
    ]
    places = [points[0], *points, points[-1]]
    await asyncio.gather(
        *(
            session.send("Input.dispatchMouseEvent", event | {"x": x, "y": y})
            for event, (x, y) in zip(events, places, strict=True)
        )
    )


def report(digits: Sequence[Digit], answers: Sequence[int | None]) -> float:
    """Prints the accuracy of each class and what was misread. Returns the accuracy of all."""
    right = [digit.label == answer for digit, answer in zip(digits, answers, strict=True)]
    for label in range(10):
        of_label = [good for digit, good in zip(digits, right, strict=True) if digit.label == label]
        if of_label:
            print(f"{label}: {sum(of_label):4} of {len(of_label):4}, {sum(of_label) / len(of_label):6.1%}")
    misread = [
        f"#{index}: {digit.label} read as {answer}"
        for index, (digit, answer) in enumerate(zip(digits, answers, strict=True))
        if digit.label != answer
    ]
    print("Misread:", "; ".join(misread) or "none")
    print(f"Accuracy: {sum(right)} of {len(right)}, {sum(right) / len(right):.2%}")
    return sum(right) / len(right)


def main() -> None:
    parser = argparse.ArgumentParser(description="Counts how many pen digits the page reads right.")
    parser.add_argument("file", type=Path, help="JSON with labels and strokes")
    parser.add_argument("--sample", type=int, help="as many digits, of all classes alike (default: all)")
    parser.add_argument("--through", choices=WAYS, default="mouse", help="how they are given (default: mouse)")
    options = parser.parse_args()
    if CHROMIUM is None:
        sys.exit(NO_CHROMIUM)
    digits = load(options.file, options.sample)
    with tempfile.TemporaryDirectory() as folder:
        dist = Path(folder) / "dist"
        build.make_dist(dist)
        with served(dist) as address:
            answers = asyncio.run(read(address, digits, options.through))
    report(digits, answers)


if __name__ == "__main__":
    main()
