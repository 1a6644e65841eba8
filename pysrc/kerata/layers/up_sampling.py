"""UpSampling1D, 2D, 3D: each spatial axis so many times as long, by repetition; images also by interpolation."""

from collections.abc import Sequence

import numpy as np

from ..node import Config, Node, Shape, option
from .common.data_format import in_format, register_spatial
from .common.resampling import INTERPOLATIONS, check_taps, resample
from .common.windows import numbers
from .registry import Call


def factors_of(config: Config, axes: int) -> list[int]:
    return list(numbers(config, "size", config.get("size", 2), axes))


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    batch, *sizes, channels = inputs[0]
    factors = factors_of(config, len(sizes))
    made = [size and size * factor for size, factor in zip(sizes, factors, strict=True)]
    for old, new in zip(sizes, made, strict=True):
        if new is not None and config.get("interpolation", "nearest") != "nearest":
            check_taps(f"Layer {config.get('name')!r}", str(config["interpolation"]), old, new)
    return batch, *made, channels


def build(node: Node) -> Call:
    interpolation = option(node.config, "interpolation", *INTERPOLATIONS, default="nearest")
    factors = factors_of(node.config, len(node.shape) - 2)

    def repeat(x: np.ndarray) -> np.ndarray:
        for axis, factor in enumerate(factors, start=1):
            x = np.repeat(x, factor, axis)
        return x

    def interpolate(x: np.ndarray) -> np.ndarray:
        y = x
        for axis, factor in enumerate(factors, start=1):
            y = resample(y, axis, x.shape[axis] * factor, interpolation)
        return y if x.dtype == np.float32 else _rounded(y, x.dtype)

    return in_format(node.config, repeat if interpolation == "nearest" else interpolate)


def _rounded(x: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Integers stay such."""
    limits = np.iinfo(dtype)
    return np.clip(np.rint(x), limits.min, limits.max).astype(dtype)


for _kind in ("UpSampling1D", "UpSampling2D", "UpSampling3D"):
    register_spatial(_kind, shape=output_shape)(build)
