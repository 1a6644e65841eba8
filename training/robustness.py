"""How the network's accuracy falls as digits are moved, scaled, turned, and drawn with other pens."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from scipy import ndimage

from digits.preprocessing import SIZE, picture_of_ink

from .augment import FIELD, centre_line_distance
from .data import Mnist

DIGITS = 1000  # of the test set's
SHIFTS = (0, 1, 2, 3, 4, 6)  # pixels
SCALES = (0.5, 0.7, 0.85, 1.0, 1.15, 1.3)
TURNS = (-30, -20, -12, -6, 0, 6, 12, 20, 30)  # degrees
PENS = (1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0)  # pixels of the picture

Picture = np.ndarray


def curves(network: keras.Model, mnist: Mnist) -> dict[str, Any]:
    """{change: {"values", "network": accuracies of the network alone, "page": and after the page's reduction}}"""
    images = mnist.x_test[:DIGITS].astype(np.float32) / 255
    labels = mnist.y_test[:DIGITS]
    distances = [centre_line_distance(image) for image in mnist.x_test[:DIGITS]]
    angles = np.radians(np.arange(8) * 45)

    def moved(index: int, by: float) -> Picture:
        angle = angles[index % 8]
        return ndimage.shift(images[index], (by * np.sin(angle), by * np.cos(angle)), order=1)

    def scaled(index: int, by: float) -> Picture:
        return _about_the_middle(images[index], np.eye(2) / by)

    def turned(index: int, by: float) -> Picture:
        c, s = np.cos(np.radians(by)), np.sin(np.radians(by))
        return _about_the_middle(images[index], np.array([[c, s], [-s, c]]))

    def drawn(index: int, by: float) -> Picture:
        ink = np.clip(by + 0.5 - distances[index].astype(np.float32), 0, 1)
        return ink.reshape(SIZE, FIELD // SIZE, SIZE, FIELD // SIZE).mean((1, 3))

    changes: dict[str, tuple[tuple[float, ...], Callable[[int, float], Picture]]] = {
        "shift": (SHIFTS, moved),
        "scale": (SCALES, scaled),
        "turn": (TURNS, turned),
        "pen": (PENS, drawn),
    }
    return {name: _curve(network, labels, values, change) for name, (values, change) in changes.items()}


def _about_the_middle(image: Picture, matrix: np.ndarray) -> Picture:
    middle = np.full(2, (SIZE - 1) / 2)
    return ndimage.affine_transform(image, matrix, middle - matrix @ middle, order=1)


def _curve(
    network: keras.Model, labels: np.ndarray, values: tuple[float, ...], change: Callable[[int, float], Picture]
) -> dict[str, Any]:
    alone, reduced = [], []
    for value in values:
        pictures = [change(index, value) for index in range(len(labels))]
        alone.append(_accuracy(network, pictures, labels))
        reduced.append(_accuracy(network, [_reduced(picture) for picture in pictures], labels))
    return {"values": list(values), "network": alone, "page": reduced}


def _reduced(picture: Picture) -> Picture:
    again = picture_of_ink(picture)
    return picture if again is None else again


def _accuracy(network: keras.Model, pictures: list[Picture], labels: np.ndarray) -> float:
    x = np.stack(pictures).astype(np.float32)[..., None]
    return float(np.mean(network.predict(x, verbose=0).argmax(1) == labels))
