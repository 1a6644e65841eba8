"""Resizing an axis as TensorFlow does: each new element is a weighted sum of a few old neighbours.

An element is as wide as its distance to the next, so that the new one's centre lies at (i + ½) · old size / new size.
What weight an old one gets is told by a kernel of the distance between the centres (ScaleAndTranslate, ResizeBilinear,
ResizeBicubic in tensorflow/core/kernels/image); "antialias" widens the kernel where the axis shrinks. Positions are
float32 there, and so here, for they decide which neighbour is the nearest.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ...limits import check_size

_REACH = {
    "gaussian": 2,
    "bicubic": 2,
    "mitchellcubic": 2,
    "lanczos3": 3,
    "lanczos5": 5,
}  # of an old element, in elements
_ARRAYS = 6  # that are made on the way to the weights
_MAX_KEPT = 1 << 14  # new elements
_CUBIC_STEPS = 1024  # without antialias, TensorFlow looks "bicubic" up in a table of so many distances


class _Band(NamedTuple):
    """A matrix (new size, old size), of which each row has few elements that are not zero: tap by tap."""

    places: np.ndarray  # intp (taps, new size): of which old element
    weights: np.ndarray  # (taps, new size)


def resample(x: np.ndarray, axis: int, size: int, interpolation: str, antialias: bool = False) -> np.ndarray:
    """x with so many elements on that axis."""
    band = _band_of(interpolation, x.shape[axis], size, antialias)
    along = [1] * x.ndim
    along[axis] = -1
    y = np.zeros((*x.shape[:axis], size, *x.shape[axis + 1 :]), np.float32)
    for places, weights in zip(*band, strict=True):
        y += x.take(places, axis) * weights.reshape(along)
    return y


def check_taps(of: str, interpolation: str, old: int | None, new: int, antialias: bool = False) -> None:
    """Raises TooLargeError where the weights of the old elements for the new ones are above the memory limit."""
    shrinks = 1 if old is None or not (antialias or interpolation == "area") else max(1, -(-old // max(1, new)))
    check_size(of, new, (2 * _REACH.get(interpolation, 1) * shrinks + 2) * _ARRAYS)


def _band_of(interpolation: str, old: int, new: int, antialias: bool) -> _Band:
    """Kept for the next time where it is small."""
    return (_band if new <= _MAX_KEPT else _band.__wrapped__)(interpolation, old, new, antialias)


@lru_cache(maxsize=64)
def _band(interpolation: str, old: int, new: int, antialias: bool) -> _Band:
    places, weights = _RULES[interpolation](old, new, antialias)  # (new size, taps) each
    used = weights.any(axis=0)
    within = np.clip(places[:, used], 0, old - 1).astype(np.intp)
    return _Band(np.ascontiguousarray(within.T), np.ascontiguousarray(weights[:, used].T))


_Taps = tuple[np.ndarray, np.ndarray]


def _nearest(old: int, new: int, antialias: bool) -> _Taps:
    places = np.floor(_centres(new, np.float32(old) / np.float32(new)))[:, None]
    return places, np.ones_like(places)


def _area(old: int, new: int, antialias: bool) -> _Taps:
    """The mean of what the new element covers."""
    scale = np.float32(old) / np.float32(new)
    begin = np.arange(new, dtype=np.float32)[:, None] * scale
    end = np.arange(1, new + 1, dtype=np.float32)[:, None] * scale
    places = np.floor(begin) + np.arange(np.ceil(scale) + 1, dtype=np.float32)
    covered = np.minimum(places + 1, end) - np.maximum(places, begin)
    covered = np.where((places < begin) & (places + 1 > end), scale, covered)  # which the difference has less exactly
    return places, np.maximum(covered, 0) / scale


def _by_kernel(radius: float, kernel: Callable[[np.ndarray], np.ndarray], scaled: bool = False) -> Callable[..., _Taps]:
    """`scaled`: TensorFlow always uses its op ScaleAndTranslate, which rounds the scale in its own way."""

    def taps(old: int, new: int, antialias: bool) -> _Taps:
        scale = np.float32(old) / np.float32(new)
        if antialias or scaled:
            scale = np.float32(1 / float(np.float32(new) / np.float32(old)))
        centres = _centres(new, scale)
        if kernel is _cubic and not antialias:
            centres = _in_steps(centres)
        width = max(scale, np.float32(1)) if antialias else np.float32(1)
        reach = radius * width
        places = np.ceil(centres - reach - np.float32(0.5))[:, None] + np.arange(
            2 * np.ceil(reach) + 1, dtype=np.float32
        )
        weights = kernel(np.abs(places + np.float32(0.5) - centres[:, None]) / width)
        weights[(places < 0) | (places >= old)] = 0
        return places, weights / weights.sum(axis=1, keepdims=True)

    return taps


def _centres(new: int, scale: np.float32) -> np.ndarray:
    """Of the new elements, in old ones from the beginning of the axis."""
    return (np.arange(new, dtype=np.float32) + np.float32(0.5)) * scale


def _in_steps(centres: np.ndarray) -> np.ndarray:
    """Rounded to the distances in the table."""
    position = centres - np.float32(0.5)
    before = np.floor(position)
    return before + np.rint((position - before) * _CUBIC_STEPS) / np.float32(_CUBIC_STEPS) + np.float32(0.5)


def _triangle(x: np.ndarray) -> np.ndarray:
    return np.maximum(1 - x, 0)


def _cubic(x: np.ndarray) -> np.ndarray:
    """Keys's, with a = −½."""
    near = (1.5 * x - 2.5) * x * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x < 1, near, np.where(x < 2, far, np.float32(0)))


def _mitchell(x: np.ndarray) -> np.ndarray:
    """Mitchell and Netravali's, with B = C = ⅓."""
    near = (7 / 6 * x - 2) * x * x + 8 / 9
    far = ((-7 / 18 * x + 2) * x - 10 / 3) * x + 16 / 9
    return np.where(x < 1, near, np.where(x < 2, far, np.float32(0)))


def _gaussian(x: np.ndarray) -> np.ndarray:
    """With a deviation of ½."""
    return np.where(x < 1.5, np.exp(-2 * x * x), np.float32(0))


def _lanczos(radius: int) -> Callable[[np.ndarray], np.ndarray]:
    pi = np.float32(np.pi)

    def kernel(x: np.ndarray) -> np.ndarray:
        inside = np.maximum(x, np.float32(1e-3))
        wave = radius * np.sin(pi * inside) * np.sin(pi * inside / radius) / (pi * pi * inside * inside)
        return np.where(x <= 1e-3, np.float32(1), np.where(x > radius, np.float32(0), wave))

    return kernel


_RULES: dict[str, Callable[[int, int, bool], _Taps]] = {
    "nearest": _nearest,
    "area": _area,
    "bilinear": _by_kernel(1, _triangle),
    "bicubic": _by_kernel(2, _cubic),
    "lanczos3": _by_kernel(3, _lanczos(3), scaled=True),
    "lanczos5": _by_kernel(5, _lanczos(5), scaled=True),
    "gaussian": _by_kernel(1.5, _gaussian, scaled=True),
    "mitchellcubic": _by_kernel(2, _mitchell, scaled=True),
}
METHODS = tuple(_RULES)  # of `tf.image.resize`
INTERPOLATIONS = ("nearest", "area", "bilinear", "bicubic", "lanczos3", "lanczos5")  # of Keras's layers
