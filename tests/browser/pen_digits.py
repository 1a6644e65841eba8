"""Draws digits that people drew with a pen on the page, and counts how many of them it reads right.

    python tests/browser/pen_digits.py FILE [--sample 200] [--through strokes] [--vary]
    python tests/browser/pen_digits.py FILE --through image --pen 40

Prints also how far the page trusts its answers.
FILE: JSON, [{"label": 0-9, "strokes": [[[x, y], …], …]}, …] in a 0..1 box.
"""

import argparse
import asyncio
import json
import math
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from playwright.async_api import CDPSession, Page, async_playwright
from stage import CHROMIUM, LAUNCH, NO_CHROMIUM, Stroke, build, served

from training import reliability  # found through stage

SIDE = 0.7  # of the pad's side: how large the digits are drawn, in its middle, unless they vary
SIZES = (0.2, 0.95)  # where they do
TURN = 12  # degrees at most, either way
SEED = 2018
WAYS = ("mouse", "strokes", "image")
IMAGE = 280  # pixels of the side of an image
PEN = 16  # pixels of it


class Digit(NamedTuple):
    label: int
    strokes: Sequence[Stroke]


Drawing = list[list[tuple[float, float]]]


class Reading(NamedTuple):
    digit: int | None
    verdict: str
    confidence: float


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


async def read(
    address: str, digits: Sequence[Digit], through: str, vary: bool = False, pen: float = PEN
) -> list[Reading]:
    """What the page at an address reads in each digit, drawn with the mouse or handed over as strokes or as an image
    drawn with a pen so wide.
    """
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**LAUNCH)
        page = await browser.new_page()
        await page.goto(address)
        await page.locator("html[data-state=ready]").wait_for(timeout=60_000)
        chance = random.Random(SEED)
        drawings = [(varied(digit.strokes, chance) if vary else placed(digit.strokes)) for digit in digits]
        answers = await (
            read_drawn(page, drawings) if through == "mouse" else read_handed(page, drawings, through, pen)
        )
        await browser.close()
        return answers


def placed(strokes: Sequence[Stroke], size: float = SIDE, x: float = 0.5, y: float = 0.5, turn: float = 0) -> Drawing:
    """The strokes of a 0..1 box, turned about its middle, which comes to (x, y)."""
    c, s = size * math.cos(turn), size * math.sin(turn)
    return [
        [(x + c * (px - 0.5) - s * (py - 0.5), y + s * (px - 0.5) + c * (py - 0.5)) for px, py in stroke]
        for stroke in strokes
    ]


def varied(strokes: Sequence[Stroke], chance: random.Random) -> Drawing:
    """Anywhere on the pad, of any size, and turned."""
    turn = math.radians(chance.uniform(-TURN, TURN))
    size = chance.uniform(*SIZES)
    # Turned, the box reaches farther than its side; it may not leave the pad.
    reach = size * (abs(math.cos(turn)) + abs(math.sin(turn))) / 2
    size, reach = (size * min(1, 0.5 / reach), min(reach, 0.5))
    return placed(strokes, size, chance.uniform(reach, 1 - reach), chance.uniform(reach, 1 - reach), turn)


DRAW_IMAGE = """([strokes, side, pen]) => {
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext('2d');
  context.fillStyle = 'white';
  context.fillRect(0, 0, side, side);
  context.lineWidth = pen;
  context.lineCap = context.lineJoin = 'round';
  for (const stroke of strokes) {
    context.beginPath();
    for (const [x, y] of [...stroke, stroke.at(-1)]) context.lineTo(x * side, y * side);
    context.stroke();
  }
  return kerata.predictImage(context.getImageData(0, 0, side, side));
}"""


async def read_handed(page: Page, drawings: Sequence[Drawing], through: str, pen: float) -> list[Reading]:
    answers = []
    for strokes in drawings:
        if through == "image":
            answer = await page.evaluate(DRAW_IMAGE, [strokes, IMAGE, pen])
        else:
            answer = await page.evaluate("strokes => kerata.predictStrokes(strokes)", strokes)
        answers.append(Reading(answer["digit"], answer["verdict"] or "", max(answer["probabilities"] or [0])))
    return answers


async def read_drawn(page: Page, drawings: Sequence[Drawing]) -> list[Reading]:
    session = await page.context.new_cdp_session(page)
    box = await page.locator("#pad").bounding_box()
    answers = []
    for strokes in drawings:
        await page.keyboard.press("Escape")
        for stroke in strokes:
            await draw(session, [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke])
        await page.locator("#answer[aria-busy=false]").wait_for()
        shown = await page.locator("#answer").evaluate("({ dataset }) => ({ ...dataset })")
        digit = int(shown["digit"]) if shown["digit"] else None
        answers.append(Reading(digit, shown["verdict"], float(shown["confidence"] or 0)))
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


def report(digits: Sequence[Digit], answers: Sequence[Reading]) -> float:
    """Prints the accuracy of each class, what was misread, and the page's doubt. Returns the accuracy of all."""
    right = [digit.label == answer.digit for digit, answer in zip(digits, answers, strict=True)]
    for label in range(10):
        of_label = [good for digit, good in zip(digits, right, strict=True) if digit.label == label]
        if of_label:
            print(f"{label}: {sum(of_label):4} of {len(of_label):4}, {sum(of_label) / len(of_label):6.1%}")
    misread = [
        f"#{index}: {digit.label} read as {answer.digit}{'' if answer.verdict == 'sure' else f' ({answer.verdict})'}"
        for index, (digit, answer) in enumerate(zip(digits, answers, strict=True))
        if digit.label != answer.digit
    ]
    print("Misread:", "; ".join(misread) or "none")
    sure = [good for good, answer in zip(right, answers, strict=True) if answer.verdict == "sure"]
    rows = reliability.bins(np.array([answer.confidence for answer in answers]), np.array(right))
    refused = sum(answer.verdict == "none" for answer in answers)
    print(f"Sure: {len(sure) / len(right):.1%}, and right then: {sum(sure) / max(len(sure), 1):.2%}")
    print(f"Refused: {refused / len(right):.1%}; expected calibration error: {reliability.expected_error(rows):.2%}")
    print(f"Accuracy: {sum(right)} of {len(right)}, {sum(right) / len(right):.2%}")
    return sum(right) / len(right)


def main() -> None:
    parser = argparse.ArgumentParser(description="Counts how many pen digits the page reads right.")
    parser.add_argument("file", type=Path, help="JSON with labels and strokes")
    parser.add_argument("--sample", type=int, help="as many digits, of all classes alike (default: all)")
    parser.add_argument("--through", choices=WAYS, default="mouse", help="how they are given (default: mouse)")
    parser.add_argument("--vary", action="store_true", help="anywhere on the pad, of any size, turned")
    parser.add_argument("--pen", type=float, default=PEN, help=f"pixels, of an image's {IMAGE} (default: {PEN})")
    options = parser.parse_args()
    if CHROMIUM is None:
        sys.exit(NO_CHROMIUM)
    digits = load(options.file, options.sample)
    with tempfile.TemporaryDirectory() as folder:
        dist = Path(folder) / "dist"
        build.make_dist(dist)
        with served(dist) as address:
            answers = asyncio.run(read(address, digits, options.through, options.vary, options.pen))
    report(digits, answers)


if __name__ == "__main__":
    main()
