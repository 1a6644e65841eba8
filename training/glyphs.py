"""Digits as pen strokes: how people write them, as spline control points, for styles that MNIST has few or none of.

A form is one way to write a digit: strokes, separated by `/`, each a list of points `x,y` in hundredths of its height,
x to the right, y down. A smooth curve goes through the points; a point written twice is a corner. The forms were drawn
up by hand for this project; no data set was traced.
"""

from typing import NamedTuple

import numpy as np

from digits.preprocessing import FRAME_PEN, picture_of_strokes


class Form(NamedTuple):
    digit: int
    name: str
    strokes: str


FORMS = [
    Form(0, "closed", "55,2 20,20 12,55 30,93 60,98 85,70 88,35 72,6 50,2"),
    Form(0, "open", "60,5 25,15 12,55 30,93 60,98 85,70 88,35 78,12"),
    Form(0, "open at the side", "72,8 40,2 15,25 14,70 40,98 72,92 88,60 84,30"),
    Form(0, "curled in", "62,4 25,12 12,52 28,92 62,97 87,68 84,28 62,12 50,24"),
    Form(0, "overshot", "50,8 20,25 15,60 35,95 65,95 85,60 80,25 55,8 30,2"),
    Form(0, "slashed", "50,2 20,20 12,55 30,93 60,98 85,70 88,35 72,6 50,2 / 85,5 15,95"),
    Form(0, "slashed over", "50,10 25,25 18,55 32,85 60,90 80,65 80,35 68,13 50,10 / 100,0 0,100"),
    Form(0, "slashed within", "50,2 20,20 12,55 30,93 60,98 85,70 88,35 72,6 50,2 / 68,25 32,75"),
    Form(0, "slashed in one stroke", "50,2 20,20 12,55 30,93 60,98 85,70 88,35 85,8 85,8 20,92"),
    Form(0, "slashed backwards", "50,2 20,20 12,55 30,93 60,98 85,70 88,35 72,6 50,2 / 15,5 85,95"),
    Form(1, "stick", "50,0 50,50 50,100"),
    Form(1, "flagged", "25,25 50,0 50,0 50,50 50,100"),
    Form(1, "long flag", "12,45 35,22 55,0 55,0 55,50 55,100"),
    Form(1, "curved flag", "30,20 45,15 55,0 55,0 52,50 50,100"),
    Form(1, "based", "50,0 50,50 50,100 / 25,100 75,100"),
    Form(1, "flagged and based", "28,22 50,0 50,0 50,50 50,98 / 20,100 80,100"),
    Form(1, "flagged and based in one stroke", "30,22 50,0 50,0 50,50 50,98 50,98 22,98 22,98 80,98"),
    Form(1, "wide base", "25,20 50,0 50,0 50,50 50,97 / 5,98 95,98"),
    Form(1, "based in one stroke", "50,0 50,50 50,97 50,97 25,100 25,100 75,97"),
    Form(2, "flat base", "15,25 35,3 70,5 82,30 60,60 12,97 12,97 90,97"),
    Form(2, "looped", "15,20 40,2 75,10 78,38 50,75 20,97 8,88 22,75 50,88 92,97"),
    Form(2, "wavy base", "20,22 45,2 78,15 70,45 15,95 15,95 50,88 90,98"),
    Form(2, "angular", "15,10 50,2 85,12 85,30 10,98 10,98 90,98"),
    Form(3, "round", "15,12 50,0 80,20 45,47 45,47 85,70 55,99 12,88"),
    Form(3, "flat top", "15,2 80,2 80,2 42,42 42,42 85,65 60,98 12,90"),
    Form(3, "looped", "18,10 55,0 80,20 50,48 35,50 45,40 85,68 55,99 10,90"),
    Form(4, "open", "25,0 10,55 10,55 90,55 / 70,10 68,55 65,100"),
    Form(4, "open, angular", "15,5 15,50 15,50 85,50 / 80,0 80,50 80,100"),
    Form(4, "open, round", "15,5 15,40 35,55 80,45 / 82,2 80,50 75,100"),
    Form(4, "closed", "70,100 70,50 70,0 70,0 5,65 5,65 95,65"),
    Form(4, "closed, crossed later", "65,0 8,62 8,62 95,62 / 65,2 65,50 65,100"),
    Form(4, "short crossing", "30,0 12,50 12,50 75,50 / 60,30 58,65 55,100"),
    Form(5, "bar apart", "25,2 20,42 20,42 65,40 85,68 60,97 12,92 / 25,2 85,2"),
    Form(5, "one stroke", "85,2 28,2 28,2 20,43 20,43 60,38 85,65 60,97 10,92"),
    Form(5, "like an S", "85,5 45,3 22,22 40,45 75,60 70,92 15,95"),
    Form(5, "high bar", "30,10 25,45 25,45 60,42 82,70 55,98 15,90 / 35,8 95,0"),
    Form(6, "curved", "70,2 30,30 15,70 40,98 78,85 75,58 45,50 18,72"),
    Form(6, "straight", "55,0 20,60 30,95 70,95 80,65 50,55 20,75"),
    Form(6, "wide loop", "45,0 15,40 15,85 50,100 85,80 70,55 35,58 15,80"),
    Form(7, "plain", "10,5 88,5 88,5 60,50 40,100"),
    Form(7, "crossed", "10,5 88,5 88,5 60,50 40,100 / 30,50 85,48"),
    Form(7, "hooked", "10,22 12,5 12,5 85,5 85,5 55,50 40,100"),
    Form(7, "hooked and crossed", "10,22 14,5 14,5 88,3 88,3 55,50 40,100 / 25,55 80,50"),
    Form(7, "curved", "12,12 40,4 85,5 85,5 55,40 42,100"),
    Form(8, "one stroke", "75,12 45,2 20,20 50,48 82,75 50,99 18,78 50,48 80,22 72,8"),
    Form(8, "two rings", "50,2 22,20 50,46 78,22 50,2 / 50,46 15,75 50,99 85,75 50,46"),
    Form(8, "open top", "85,5 50,35 20,72 45,99 78,80 55,45 25,18 45,2 75,12"),
    Form(9, "straight", "78,15 45,2 20,25 45,48 78,20 78,20 76,60 72,100"),
    Form(9, "hooked", "78,15 45,2 20,25 45,48 78,20 78,20 80,70 60,98 20,92"),
    Form(9, "curved", "75,20 40,2 22,30 55,45 78,15 75,50 50,100"),
    Form(9, "open loop", "75,10 40,4 20,28 42,46 75,30 / 78,10 76,60 72,100"),
]

_STEPS = 6  # spline points between two control points


def parse(strokes: str) -> list[np.ndarray]:
    """A form's text → one float32 (points, 2) in 0..1 a stroke."""
    return [np.array([point.split(",") for point in stroke.split()], np.float32) / 100 for stroke in strokes.split("/")]


def smooth(points: np.ndarray) -> np.ndarray:
    """A Catmull-Rom spline through the points (E. Catmull, R. Rom, *A class of local interpolating splines*, 1974)."""
    if len(points) < 3:
        return points
    around = np.concatenate([points[:1], points, points[-1:]])
    before, start, end, after = around[:-3], around[1:-2], around[2:-1], around[3:]
    t = np.arange(_STEPS, dtype=np.float32)[:, None, None] / _STEPS
    curve = 0.5 * (
        2 * start
        + (end - before) * t
        + (2 * before - 5 * start + 4 * end - after) * t**2
        + (3 * start - before - 3 * end + after) * t**3
    )
    corner = (start == end).all(1)  # a point written twice: nothing to draw between, and no tangent across
    return np.concatenate([curve[:, ~corner].swapaxes(0, 1).reshape(-1, 2), points[-1:]])


def affine(random: np.random.Generator) -> np.ndarray:
    """(2, 2): rotation up to 15°, slant up to 0.25, each axis scaled by up to a fifth."""
    turn, slant = random.uniform(-1, 1, 2) * (np.radians(15), 0.25)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return rotation @ np.array([[1, slant], [0, 1]]) @ np.diag(np.exp(random.uniform(-0.2, 0.2, 2)))


def written(strokes: list[np.ndarray], random: np.random.Generator) -> list[np.ndarray]:
    """As a hand would write the strokes: each control point off by a few hundredths, the whole turned and slanted."""
    unsteadiness = random.uniform(0.01, 0.045)
    matrix = affine(random).T.astype(np.float32)
    hand = []
    for stroke in strokes:
        _, place = np.unique(stroke, axis=0, return_inverse=True)  # both writings of a corner move together
        moved = stroke + random.normal(0, unsteadiness, stroke.shape).astype(np.float32)[place.ravel()]
        hand.append(smooth(moved) @ matrix)
    return hand


def pen(random: np.random.Generator) -> float:
    """A pen's width in the frame: half the time the page's own, else 1.5 to 4.5 of the picture's pixels."""
    return float(FRAME_PEN if random.random() < 0.5 else random.uniform(1.5, 4.5) * 5)


def digit_picture(random: np.random.Generator) -> tuple[np.ndarray, int]:
    """A form at random, written and reduced as the page would: float32 (28, 28) and its digit."""
    digit = random.integers(10)
    forms = [form for form in FORMS if form.digit == digit]
    form = forms[random.integers(len(forms))]
    return picture(written(parse(form.strokes), random), random), form.digit


def picture(strokes: list[np.ndarray], random: np.random.Generator) -> np.ndarray:
    made = picture_of_strokes(strokes, pen(random))
    assert made is not None
    return made
