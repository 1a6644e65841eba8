"""Weights in fewer bytes: float16, or int8 with a scale for each output channel."""

from typing import Literal, NamedTuple, get_args

import numpy as np

from .errors import UnsupportedError

Scheme = Literal["float16", "int8"]


class Stored(NamedTuple):
    """A weight as a file keeps it: its value is `values · scale`, the scale along the last axis, or `values` alone."""

    values: np.ndarray
    scale: np.ndarray | None = None


def check_scheme(scheme: str | None) -> None:
    if scheme is not None and scheme not in get_args(Scheme):
        raise UnsupportedError(f"quantize: expected None or one of {get_args(Scheme)}, received {scheme!r}.")


def store(weight: np.ndarray, scheme: Scheme | None) -> Stored:
    """The weight under the scheme. Biases and norms, vectors all, stay float32: they are few and matter most.

    int8 is symmetric, so zero stays exactly zero: scale = largest of the channel / 127, values in −127…127. The output
    channels are the last axis, as in the kernels of Keras's dense and convolution layers.
    """
    if scheme is None or weight.ndim < 2 or weight.dtype == np.uint8:
        return Stored(weight)
    if scheme == "float16":
        return Stored(weight.astype(np.float16))
    largest = np.abs(weight).max(axis=tuple(range(weight.ndim - 1)))
    scale = np.where(largest > 0, largest / np.float32(127), np.float32(1))
    return Stored(np.rint(weight / scale).astype(np.int8), scale)


def restore(stored: Stored, out: np.ndarray | None = None) -> np.ndarray:
    """float32 again, in `out` where that is given; bytes, a file's text, stay such."""
    if stored.values.dtype == np.uint8:
        return stored.values
    if stored.scale is None and out is None:
        return np.asarray(stored.values, np.float32)
    return np.multiply(stored.values, np.float32(1) if stored.scale is None else stored.scale, out, dtype=np.float32)
