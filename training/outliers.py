"""Drawings that are no digit, from which the network learns doubt, and others on which doubt is measured.

Letters come from A. V. Hershey's stroke fonts (*Calligraphy for computers*, 1967; packaged as `Hershey-Fonts`), some
fonts for training, others kept apart for choosing thresholds and for the report. Letters that a reader could take for
a digit are left out.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
from HersheyFonts import HersheyFonts

from .glyphs import FORMS, parse, picture, smooth, written

LOOK_LIKE_DIGITS = set("OoQDIliJjSsZzBbgqGLTYy")
LETTERS = [
    letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" if letter not in LOOK_LIKE_DIGITS
]
TRAINING_FONTS = ("futural", "scripts", "timesi", "rowmans")
HELD_BACK_FONTS = ("cursive", "scriptc", "futuram", "timesr")

Strokes = list[np.ndarray]
Random = np.random.Generator


@cache
def letters(font: str) -> list[Strokes]:
    """Each letter's strokes in 0..1 of its height."""
    hershey = HersheyFonts()
    hershey.load_default_font(font)
    return [_unit([np.array(stroke, np.float32) for stroke in hershey.strokes_for_text(letter)]) for letter in LETTERS]


def _unit(strokes: Strokes) -> Strokes:
    points = np.concatenate(strokes)
    low, size = points.min(0), max(float(np.ptp(points, axis=0).max()), 1e-6)
    return [(stroke - low) / size for stroke in strokes]


def letter(random: Random, fonts: tuple[str, ...]) -> Strokes:
    font = letters(fonts[random.integers(len(fonts))])
    return written(font[random.integers(len(font))], random)


def scribble(random: Random, least: int = 5) -> Strokes:
    """A random walk with some inertia, smoothed: `least` to 25 turns in one to three strokes. Few may look like a 1."""
    strokes = []
    for _ in range(random.integers(1, 4)):
        steps = random.normal(0, 1, (random.integers(least, 26), 2))
        inertia = random.uniform(0, 0.8)
        for i in range(1, len(steps)):
            steps[i] += inertia * steps[i - 1]
        strokes.append(smooth((random.normal(0, 2, 2) + np.cumsum(steps, 0)).astype(np.float32)))
    return strokes


def several_digits(random: Random) -> Strokes:
    """Two to four digits in a row."""
    strokes = []
    for place in range(random.integers(2, 5)):
        form = FORMS[random.integers(len(FORMS))]
        offset = np.array([place * random.uniform(0.95, 1.3), random.uniform(-0.1, 0.1)], np.float32)
        strokes += [stroke + offset for stroke in written(parse(form.strokes), random)]
    return strokes


def hatching(random: Random) -> Strokes:
    """A zigzag, as one fills an area or strikes a word out."""
    turns = random.integers(6, 20)
    across = np.where(np.arange(turns) % 2, 1.0, 0.0) + random.normal(0, 0.08, turns)
    down = np.linspace(0, random.uniform(0.4, 1.2), turns) + random.normal(0, 0.03, turns)
    return written([np.stack([across, down], 1).astype(np.float32)], random)


SHAPES = [
    "0,100 50,0 50,0 100,100 100,100 0,100",  # triangle
    "0,0 100,0 100,0 100,100 100,100 0,100 0,100 0,0",  # square
    "0,0 100,100 / 100,0 0,100",  # x
    "50,0 50,100 / 0,50 100,50",  # plus
    "0,50 35,90 35,90 100,0",  # tick
    "50,0 80,100 80,100 0,35 0,35 100,35 100,35 20,100 20,100 50,0",  # star
    "50,50 60,45 60,60 40,62 35,40 60,30 80,50 70,80 30,80 15,40 40,10 90,15",  # spiral
    "50,30 25,0 0,30 50,100 50,100 100,30 75,0 50,30",  # heart
    "0,30 25,70 50,30 75,70 100,30",  # wave
    "0,50 100,50 / 70,20 100,50 100,50 70,80",  # arrow
    "0,45 100,45 / 0,60 100,60",  # equals
    "50,2 10,30 10,70 50,98 90,70 90,30 50,2 / 35,35 35,40 / 65,35 65,40 / 30,65 50,78 70,65",
    "0,50 100,50",  # a bar
]


def shape(random: Random) -> Strokes:
    return written(parse(SHAPES[random.integers(len(SHAPES))]), random)


def outlier_picture(random: Random, fonts: tuple[str, ...] = TRAINING_FONTS) -> np.ndarray:
    """float32 (28, 28) of something that is no digit: a letter half the time."""
    kinds: list[Callable[[Random], Strokes]] = [scribble, several_digits, hatching, shape]
    strokes = letter(random, fonts) if random.random() < 0.5 else kinds[random.integers(len(kinds))](random)
    return picture(strokes, random)
