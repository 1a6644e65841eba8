"""Photographs of digits on paper, made up, and what the page's Python reads in them: `python -m training.photographs`.

Digits of MNIST's test set are ink on a sheet of paper, which lies in some light and is seen by a phone's camera. None
of them is trained on. Those of the development set may be looked at while the page's Python is worked on, those of the
judging set (`--judge`) only to report: other digits, other random numbers.
"""

import argparse
import io
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from scipy import ndimage

from digits import recognizer

from . import glyphs, outliers
from .augment import FIELD, centre_line_distance
from .data import Mnist, load_mnist
from .outliers import Random

SHAPE = (448, 336)  # of a photograph, as the page hands it over (site/pictures.js)
PIXELS = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(np.float32) + np.float32(0.5)  # their middles' rows and columns
SHARPNESS = 10  # pixels of a drawing for one of MNIST's
COUNT = 300  # of each kind
MODEL = Path(__file__).resolve().parents[1] / "site" / "models" / "mnist.safetensors"


class Scene(NamedTuple):
    """How the photographs of a kind are made."""

    paper: Literal["plain", "ruled", "squared", "dotted"] = "plain"
    light: Literal["even", "gradient", "edge", "hand"] = "even"
    colors: Literal["pen", "colored", "equal", "chalk"] = "pen"
    around: Literal["nothing", "crumbs", "box"] = "nothing"
    perspective: bool = False
    rough: bool = False  # noisy, blurred and packed tightly
    subject: Literal["digit", "question mark", "letter", "nothing"] = "digit"


DIGITS = {
    "plain paper": Scene(),
    "soft gradient": Scene(light="gradient"),
    "shadow's edge": Scene(light="edge"),
    "shadow of a hand": Scene(light="hand"),
    "ruled, shadow's edge": Scene("ruled", "edge"),
    "squared, shadow's edge": Scene("squared", "edge"),
    "squared, shadow, perspective": Scene("squared", "edge", perspective=True),
    "dotted, shadow, perspective": Scene("dotted", "edge", perspective=True),
    "colored ink and paper": Scene(light="gradient", colors="colored"),
    "colors of equal brightness": Scene(colors="equal"),
    "chalk on a board": Scene(light="gradient", colors="chalk"),
    "crumbs": Scene(light="gradient", around="crumbs"),
    "printed box": Scene(light="gradient", around="box"),
    "noise and blur": Scene(light="gradient", rough=True),
    "ruled, shadow, noise, blur": Scene("ruled", "edge", rough=True),
}
OTHERS = {
    "question mark, shadow's edge": Scene(light="edge", subject="question mark"),
    "letter, squared, shadow": Scene("squared", "edge", subject="letter"),
    "nothing, shadow's edge": Scene(light="edge", subject="nothing"),
    "nothing, squared": Scene("squared", "gradient", subject="nothing"),
    "nothing, ruled, shadow": Scene("ruled", "edge", subject="nothing"),
    "nothing, noise and blur": Scene(light="gradient", rough=True, subject="nothing"),
}
KINDS = DIGITS | OTHERS

QUESTION_MARKS = [
    "20,25 30,5 55,0 80,15 75,38 52,55 50,72 / 50,95 51,99",
    "15,20 40,0 75,8 80,30 55,48 50,75 / 50,94 50,98",
    "25,15 50,0 75,15 65,40 48,52 48,70 / 47,90 49,96",
]


class Photograph(NamedTuple):
    """rgba: uint8 (height, width, 4), as the page hands it over. digit: None where it shows none."""

    rgba: np.ndarray
    digit: int | None


def photograph(scene: Scene, image: np.ndarray, digit: int, random: Random) -> Photograph:
    """image: uint8 (28, 28) of the digit, which some scenes have no use for."""
    drawing = _drawing(scene.subject, image, random)
    paper, ink = (color.astype(np.float32) for color in _colors(scene.colors, random))
    y, x = _sheet(scene.perspective, random)
    shown = paper - (paper - _line_color(paper, random)) * _lines(scene.paper, y, x, random)[..., None]
    size = random.uniform(0.22, 0.55)
    middle = random.uniform(0.28, 0.72, 2) * (SHAPE[0] / SHAPE[1], 1)
    if scene.around == "box":
        shown = shown + (ink - shown) * _box(y - middle[0], x - middle[1], size, random)[..., None]
    spread = _spread(drawing, y - middle[0], x - middle[1], size, random)
    if scene.around == "crumbs":
        spread = np.maximum(spread, _crumbs(random))
    shown = shown + (ink - shown) * spread[..., None]
    shown = shown * _light(scene.light, random)[..., None]
    return Photograph(_taken(shown, scene.rough, random), digit if scene.subject == "digit" else None)


def _drawing(subject: str, image: np.ndarray, random: Random) -> np.ndarray:
    """Its ink, float32, SHARPNESS times as large as a picture of MNIST's."""
    match subject:
        case "question mark":
            form = glyphs.parse(str(random.choice(QUESTION_MARKS)))
            return _with_pen(_distance_from(glyphs.written(form, random)), random)
        case "letter":
            return _with_pen(_distance_from(outliers.letter(random, outliers.HELD_BACK_FONTS)), random)
        case "nothing":
            return np.zeros((28, 28), np.float32)
    return _of_digit(image, random)


def _of_digit(image: np.ndarray, random: Random) -> np.ndarray:
    """uint8 (28, 28) → the ink of its outline, or of its centre line drawn with a pen."""
    if random.random() < 0.5:
        large = ndimage.zoom(image.astype(np.float32) / 255, SHARPNESS, order=3, grid_mode=True, mode="nearest")
        return np.clip((ndimage.gaussian_filter(large, 3) - 0.5) * 4 + 0.5, 0, 1)
    scale = SHARPNESS * 28 / FIELD
    distance = ndimage.zoom(centre_line_distance(image), scale, order=1, grid_mode=True, mode="nearest") * scale
    return _with_pen(ndimage.gaussian_filter(distance, 2), random)


def _distance_from(strokes: list[np.ndarray]) -> np.ndarray:
    """Of each pixel from the strokes, fitted into the middle 20 of 28 pixels of MNIST. Small gaps, as that above a
    question mark's dot, stay open, which they would not in a picture of MNIST's size.
    """
    points = np.concatenate(strokes)
    low, high = points.min(0), points.max(0)
    side = 28 * SHARPNESS
    scale = 20 * SHARPNESS / (high - low).max()
    paper = Image.new("1", (side, side), 1)
    for stroke in strokes:
        fitted = (stroke - (low + high) / 2) * scale + side / 2
        ImageDraw.Draw(paper).line([(float(x), float(y)) for x, y in fitted], fill=0)
    return ndimage.distance_transform_edt(np.asarray(paper))


def _with_pen(distance: np.ndarray, random: Random) -> np.ndarray:
    radius = random.uniform(1.2, 3.6) / 2 * SHARPNESS
    return np.clip(radius + 0.5 - distance, 0, 1).astype(np.float32)


def _colors(colors: str, random: Random) -> tuple[np.ndarray, np.ndarray]:
    """Of paper and ink, each (3,) from 0 to 1."""
    paper = random.uniform(0.82, 0.97) * (1 - random.uniform(0, 0.08, 3))
    if colors == "pen":
        tone = [(0.1, 0.1, 0.12), (0.12, 0.15, 0.45), (0.3, 0.3, 0.32), (0.05, 0.05, 0.3)][random.integers(4)]
        return paper, np.clip(np.array(tone) + random.normal(0, 0.03, 3), 0.02, 0.5)
    if colors == "chalk":
        return random.uniform(0.08, 0.25, 3), random.uniform(0.75, 0.95) * (1 - random.uniform(0, 0.15, 3))
    while True:
        paper, ink = (random.uniform(0.05, 0.95, 3) for _ in range(2))
        brightness = abs(float((paper - ink) @ (0.299, 0.587, 0.114)))
        if colors == "equal" and brightness < 0.02 and np.abs(paper - ink).max() > 0.4:
            return paper, ink
        if colors == "colored" and brightness > 0.25:
            return paper, ink


def _line_color(paper: np.ndarray, random: Random) -> np.ndarray:
    """Bluish, reddish or grey, and lighter than ink."""
    tones = np.array([(1, 0.6, 0.3), (0.4, 0.9, 0.9), (0.9, 0.9, 0.9)], np.float32)
    return paper * (1 - random.uniform(0.15, 0.5) * tones[random.integers(3)])


def _sheet(perspective: bool, random: Random) -> tuple[np.ndarray, np.ndarray]:
    """Where on the sheet each pixel lies, (2, height, width), in widths of the photograph. It is never straight."""
    y, x = PIXELS / np.float32(SHAPE[1])
    turn = random.normal(0, 0.05)
    middle = SHAPE[0] / SHAPE[1] / 2, 0.5
    v, u = y - middle[0], x - middle[1]
    if perspective:
        tilt = random.uniform(-0.35, 0.35, 2)
        depth = 1 + tilt[0] * v + tilt[1] * u
        v, u = v / depth, u / depth
    c, s = np.cos(turn), np.sin(turn)
    return c * v - s * u + middle[0], s * v + c * u + middle[1]


def _lines(paper: str, y: np.ndarray, x: np.ndarray, random: Random) -> np.ndarray:
    """0 to 1: what is printed on the paper."""
    pitch = random.uniform(0.035, 0.09)
    width = random.uniform(0.4, 1.1) / SHAPE[1]
    offset = random.uniform(0, pitch, 2)

    def off(places: np.ndarray) -> np.ndarray:
        return np.abs((places % pitch) - pitch / 2)

    def line(distance: np.ndarray, half: float) -> np.ndarray:
        return np.clip((half - distance) * SHAPE[1] + 0.5, 0, 1)

    rows, columns = off(y + offset[0]), off(x + offset[1])
    if paper == "ruled":
        return line(rows, width / 2)
    if paper == "squared":
        return np.maximum(line(rows, width / 2), line(columns, width / 2))
    if paper == "dotted":
        return line(np.hypot(rows, columns), random.uniform(0.6, 1.2) / SHAPE[1])
    return np.zeros(SHAPE)


def _spread(drawing: np.ndarray, y: np.ndarray, x: np.ndarray, size: float, random: Random) -> np.ndarray:
    """The ink of a drawing on the sheet, so large that 20 of MNIST's pixels are `size`; 0 to 1."""
    scale = 20 * SHARPNESS / size
    turn = random.normal(0, 0.08)
    c, s = np.cos(turn) * scale, np.sin(turn) * scale
    middle = (len(drawing) - 1) / 2
    return ndimage.map_coordinates(drawing, [c * y - s * x + middle, s * y + c * x + middle], order=1)


def _box(y: np.ndarray, x: np.ndarray, size: float, random: Random) -> np.ndarray:
    """A printed frame around the digit, 0 to 1."""
    height, width = size * random.uniform(0.68, 0.95, 2)
    outside = np.maximum(np.abs(y) - height, np.abs(x) - width) * SHAPE[1]
    return np.clip(random.uniform(1, 3.5) / 2 + 0.5 - np.abs(outside), 0, 1)


def _crumbs(random: Random) -> np.ndarray:
    """Up to sixty specks, anywhere, 0 to 1."""
    crumbs = np.zeros(SHAPE)
    for _ in range(random.integers(8, 60)):
        row, column = random.integers(0, SHAPE[0]), random.integers(0, SHAPE[1])
        height, width = random.integers(1, 7, 2)
        crumbs[row : row + height, column : column + width] = random.uniform(0.5, 1)
    return crumbs


def _light(light: str, random: Random) -> np.ndarray:
    """How much of it falls where: about 1, less in shadows."""
    y, x = PIXELS / np.reshape(SHAPE, (2, 1, 1)).astype(np.float32) - np.float32(0.5)
    angle = random.uniform(0, 2 * np.pi)
    across, along = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    slope = random.uniform(0, 0.1) if light == "even" else random.uniform(0.1, 0.55)
    falling = 1 - slope * (across + 0.5) - random.uniform(0, 0.25) * (x * x + y * y)
    if light in ("even", "gradient"):
        return falling
    angle = random.uniform(0, 2 * np.pi)
    across, along = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    inside = across - random.uniform(-0.35, 0.35)
    if light == "hand":  # fingers: lobes of the edge
        inside = inside + random.uniform(0.03, 0.12) * np.sin(along * random.uniform(6, 18) + random.uniform(0, 6))
    soft = np.exp(random.uniform(np.log(0.003), np.log(0.08)))
    return falling * (1 - random.uniform(0.2, 0.65) / (1 + np.exp(-np.clip(inside / soft, -30, 30))))


def _taken(shown: np.ndarray, rough: bool, random: Random) -> np.ndarray:
    """Blurred and noisy as a camera has it, packed as JPEG."""
    blur = random.uniform(0.8, 2) if rough else random.uniform(0.2, 0.7)
    noise = random.uniform(0.02, 0.06) if rough else random.uniform(0.003, 0.02)
    levels = np.clip(shown * (255 * random.uniform(0.75, 1.0)), 0, 255).astype(np.uint8)
    blurred = np.asarray(Image.fromarray(levels).filter(ImageFilter.GaussianBlur(blur)))
    levels = np.clip(blurred + 255 * noise * random.standard_normal(shown.shape, np.float32), 0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(levels).save(
        file, "JPEG", quality=int(random.integers(25, 60) if rough else random.integers(60, 95))
    )
    return np.asarray(Image.open(file).convert("RGBA"))


class Sets(NamedTuple):
    """Which of MNIST's test digits, and the seed of everything else."""

    digits: slice
    seed: int


DEVELOPMENT, JUDGING = Sets(slice(0, 5000), 1), Sets(slice(5000, 10000), 2)


def photographs(kind: str, chosen: Sets, count: int, mnist: Mnist) -> Iterator[Photograph]:
    """The same ones each time."""
    random = np.random.default_rng((chosen.seed, *kind.encode()))
    images, labels = mnist.x_test[chosen.digits], mnist.y_test[chosen.digits]
    for index in random.choice(len(images), count, replace=False):
        yield photograph(KINDS[kind], images[index], int(labels[index]), random)


class Score(NamedTuple):
    """Of a kind's photographs: how many were read right, were not answered surely, were read wrong but surely, and were
    not answered at all.
    """

    kind: str
    photographs: int
    right: int
    doubted: int
    wrong_and_sure: int
    silent: int


def score(kind: str, chosen: Sets, count: int) -> Score:
    reader = recognizer.load(MODEL.read_bytes())
    right = doubted = wrong_and_sure = silent = 0
    for rgba, digit in photographs(kind, chosen, count, load_mnist()):
        answer = reader.predict_frame(rgba.tobytes(), rgba.shape[1], rgba.shape[0])
        if answer is None:
            silent += 1
            continue
        is_right, is_sure = answer["digit"] == digit, answer["verdict"] == "sure"
        right += is_right
        doubted += not is_sure
        wrong_and_sure += is_sure and not is_right
    return Score(kind, count, right, doubted, wrong_and_sure, silent)


def main() -> None:
    parser = argparse.ArgumentParser(description="Prints how the page reads photographs of digits, made up.")
    parser.add_argument("--judge", action="store_true", help="those that nobody has looked at (default: development's)")
    parser.add_argument("--count", type=int, default=COUNT, help=f"of each kind (default: {COUNT})")
    options = parser.parse_args()
    task = partial(score, chosen=JUDGING if options.judge else DEVELOPMENT, count=options.count)
    print(f"| {'photographs':30} | right | doubted | wrong and sure | silent |\n|---|--:|--:|--:|--:|")
    with ProcessPoolExecutor() as pool:
        for kind, count, *counts in pool.map(task, KINDS):
            right, doubted, wrong, silent = (f"{n / count:.1%}" for n in counts)
            print(f"| {kind:30} | {right:>5} | {doubted:>7} | {wrong:>14} | {silent:>6} |", flush=True)


if __name__ == "__main__":
    main()
