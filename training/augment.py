"""Other hands and other pens: each MNIST digit written anew for every epoch, and reduced by `digits.preprocessing`.

A digit is warped as a picture, or drawn again: its strokes' centre lines are followed by a round pen of any width.
"""

import multiprocessing
import os
import threading
from typing import NamedTuple

import numpy as np
from scipy import ndimage
from skimage.morphology import skeletonize

from digits.preprocessing import FRAME, SIZE, picture_of_ink

from .glyphs import affine, digit_picture, pen
from .outliers import outlier_picture

FIELD = 2 * SIZE  # digits are warped at twice the picture's resolution
NO_DIGIT = -1  # the label of an outlier

STOCK = 4  # epochs' worth of synthetic digits and outliers are drawn

SLIGHT = 0.6  # of the warp's strength

_GRID = 6  # nodes of the elastic grid, on each side
_SPREAD = ndimage.zoom(np.eye(_GRID), (FIELD / _GRID, 1), order=3).astype(
    np.float32
)  # (FIELD, _GRID): cubic between nodes
_PLACES = np.mgrid[:FIELD, :FIELD].astype(np.float32)  # (2, FIELD, FIELD): row, column


class Course(NamedTuple):
    """What an epoch is made of: shares of its digits."""

    clean: float = 0.1  # shown as they are
    bent: float = 0.35  # warped slightly and not reduced, so that MNIST's own look is not seen the same twice
    warped: float = 0.25  # the rest is drawn again with a pen
    marked: float = 0.3  # of the zeros, ones and sevens drawn again: with slash, base, flag or cross
    synthetic: float = 0.1  # added to the digits
    outliers: float = 0.07  # the same

    def extras(self, digits: int) -> tuple[int, int]:
        """How many synthetic digits and outliers an epoch shows beside so many digits."""
        return round(self.synthetic * digits), round(self.outliers * digits)

    def size(self, digits: int) -> int:
        """Pictures in an epoch made from so many digits."""
        return digits + sum(self.extras(digits))


class Epoch(NamedTuple):
    """Shuffled: uint8 (n, 28, 28) pictures and int8 (n,) labels, NO_DIGIT among them."""

    pictures: np.ndarray
    labels: np.ndarray


def centre_line_distance(image: np.ndarray) -> np.ndarray:
    """uint8 (28, 28) → float32 (FIELD, FIELD): how far each place is from the strokes' centre line, in its pixels."""
    ink = ndimage.zoom(image.astype(np.float32), 2, order=1, grid_mode=True, mode="nearest") > 127
    centre_line: np.ndarray = skeletonize(ink)
    return ndimage.distance_transform_edt(~centre_line).astype(np.float32)


class Augmentation:
    """Makes epochs from uint8 (n, 28, 28) digits and their labels; takes a minute or two to get ready.

    Synthetic digits and outliers are drawn once, several epochs' worth, for they take longest; each epoch shows others.
    """

    def __init__(self, images: np.ndarray, labels: np.ndarray, seed: int, course: Course) -> None:
        random = np.random.default_rng(seed)
        synthetic, outliers = course.extras(len(images))
        self.images, self.labels, self.seed, self.course = images, labels, seed, course
        self.distances = [centre_line_distance(image) for image in images]
        drawn = [digit_picture(random) for _ in range(STOCK * synthetic)]
        self.synthetic = _stacked([picture for picture, _ in drawn]), np.array([digit for _, digit in drawn], np.int8)
        self.outliers = _stacked([outlier_picture(random) for _ in range(STOCK * outliers)])

    def epoch(self, number: int) -> Epoch:
        """Each digit once, clean, warped or drawn again, and some of the synthetic ones and outliers; shuffled."""
        random = np.random.default_rng((self.seed, number))
        courses = random.random(len(self.images))
        digits = np.stack([self._shown(index, course, random) for index, course in enumerate(courses)])
        extra = random.choice(len(self.synthetic[0]), len(self.synthetic[0]) // STOCK, replace=False)
        outliers = self.outliers[random.choice(len(self.outliers), len(self.outliers) // STOCK, replace=False)]
        pictures = np.concatenate([digits, self.synthetic[0][extra], outliers])
        labels = np.concatenate([self.labels, self.synthetic[1][extra], np.full(len(outliers), NO_DIGIT)])
        order = random.permutation(len(pictures))
        return Epoch(pictures[order], labels[order].astype(np.int8))

    def _shown(self, index: int, course: float, random: np.random.Generator) -> np.ndarray:
        if course < self.course.clean:
            return self.images[index]
        if course < self.course.clean + self.course.bent:
            return bent(self.images[index], random)
        if course < self.course.clean + self.course.bent + self.course.warped:
            return reduced(warped(self.images[index], random), random)
        distance, digit = self.distances[index], int(self.labels[index])
        if digit in MARKED and random.random() < self.course.marked:
            distance = marked(distance, digit, random)
        return reduced(drawn_again(distance, random), random)


_augmentation: Augmentation  # of this process


def prepare(images: np.ndarray, labels: np.ndarray, seed: int, course: Course) -> None:
    """Readies this process, which is beside a training, for `make_epoch`."""
    global _augmentation
    threading.Thread(target=_end_with_training, daemon=True).start()
    _augmentation = Augmentation(images, labels, seed, course)


def _end_with_training() -> None:
    """Also when it is killed; otherwise this process would wait for ever for the next epoch that it is to make."""
    training = multiprocessing.parent_process()
    if training is not None:
        training.join()
        os._exit(1)


def make_epoch(number: int) -> Epoch:
    return _augmentation.epoch(number)


def warped(image: np.ndarray, random: np.random.Generator, strength: float = 1) -> np.ndarray:
    """uint8 (28, 28) → ink, float32 (FIELD, FIELD), turned, slanted, scaled and bent with a strength of 0 to 1."""
    places = (_bent_places(random, strength) - 0.5) / 2
    return ndimage.map_coordinates(image.astype(np.float32) / 255, places, order=1)


def bent(image: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """uint8 (28, 28) → the same, slightly warped, half of them a pixel off their place."""
    ink = warped(image, random, SLIGHT)
    return _bytes(_off_by_one(ink.reshape(SIZE, 2, SIZE, 2).mean((1, 3)), random))


def marked(distance: np.ndarray, digit: int, random: np.random.Generator) -> np.ndarray:
    """A digit's `centre_line_distance` with the strokes that some people add: slash, base, flag or cross."""
    for start, end in _MARKS[digit](distance, random):
        distance = np.minimum(distance, _distance_to_segment(start, end))
    return distance


def drawn_again(distance: np.ndarray, random: np.random.Generator, strength: float = 1) -> np.ndarray:
    """A digit's `centre_line_distance` → ink of a round pen, bent with a strength of 0 to 1."""
    bent = ndimage.map_coordinates(distance, _bent_places(random, strength), order=1, mode="nearest")
    return np.clip(pen(random) / FRAME * FIELD / 2 + 0.5 - bent, 0, 1)


def _bent_places(random: np.random.Generator, strength: float = 1) -> np.ndarray:
    """(2, FIELD, FIELD): where each place of the warped picture comes from."""
    bend = random.normal(0, random.uniform(0, 2.2), (2, _GRID, _GRID)).astype(np.float32)
    middle = (FIELD - 1) / 2
    matrix = affine(random)[::-1, ::-1].astype(np.float32)  # of (row, column): (y, x)
    moved = np.tensordot(matrix, _PLACES - middle, 1) + middle + _SPREAD @ bend @ _SPREAD.T
    return _PLACES + strength * (moved - _PLACES)


def reduced(ink: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Ink → uint8 picture, half of them a pixel off the place where the reduction puts it."""
    picture = picture_of_ink(ink)
    assert picture is not None
    return _bytes(_off_by_one(picture, random))


def _off_by_one(picture: np.ndarray, random: np.random.Generator) -> np.ndarray:
    return np.roll(picture, random.integers(-1, 2, 2), (0, 1)) if random.random() < 0.5 else picture


def _stacked(pictures: list[np.ndarray]) -> np.ndarray:
    """Pictures from 0 to 1 → uint8 (n, 28, 28), also where there are none."""
    return np.array([_bytes(picture) for picture in pictures], np.uint8).reshape(-1, SIZE, SIZE)


def _bytes(picture: np.ndarray) -> np.ndarray:
    return np.rint(picture * 255).astype(np.uint8)


Segment = tuple[np.ndarray, np.ndarray]  # (row, column) at both ends


def _box(distance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The (top, left) and (bottom, right) of the centre line."""
    line = np.argwhere(distance < 1)
    return line.min(0).astype(np.float32), line.max(0).astype(np.float32)


def _slash(distance: np.ndarray, random: np.random.Generator) -> list[Segment]:
    """Through a zero, from its upper right to its lower left, within it or beyond."""
    low, high = _box(distance)
    middle, half = (low + high) / 2, (high - low) / 2 * random.uniform(0.4, 1.15)
    tilt = half * random.uniform(0.6, 1.0, 2) * (1, random.choice([-1, -1, -1, 1]))
    return [(middle - tilt, middle + tilt)]


def _base_or_flag(distance: np.ndarray, random: np.random.Generator) -> list[Segment]:
    """Of a one: a stroke under it, a stroke down to the left from its top, or both."""
    line = np.argwhere(distance < 1).astype(np.float32)
    top, foot = line[line[:, 0].argmin()], line[line[:, 0].argmax()]
    height = foot[0] - top[0]
    kind = random.integers(3)
    marks = []
    if kind != 0:
        left, right = height * random.uniform(0.12, 0.45, 2)
        marks.append((foot - np.array([0, left]), foot + np.array([0, right])))
    if kind != 1:
        marks.append((top, top + height * np.array([random.uniform(0.05, 0.35), -random.uniform(0.15, 0.45)])))
    return marks


def _cross(distance: np.ndarray, random: np.random.Generator) -> list[Segment]:
    """A stroke through the middle of a seven's stem."""
    low, high = _box(distance)
    row = low[0] + (high - low)[0] * random.uniform(0.35, 0.65)
    on_row = np.flatnonzero(distance[int(row)] < 1)
    column = float(on_row.mean()) if len(on_row) else (low[1] + high[1]) / 2
    half = (high - low)[1] * random.uniform(0.2, 0.5)
    tilt = random.uniform(-3, 1)
    return [(np.array([row, column - half]), np.array([row + tilt, column + half]))]


_MARKS = {0: _slash, 1: _base_or_flag, 7: _cross}
MARKED = frozenset(_MARKS)


def _distance_to_segment(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """(FIELD, FIELD)"""
    start, way = np.asarray(start, np.float32)[:, None, None], np.asarray(end - start, np.float32)[:, None, None]
    along = np.clip(((_PLACES - start) * way).sum(0) / max(float((way**2).sum()), 1e-6), 0, 1)
    return np.hypot(*(_PLACES - start - along * way))
