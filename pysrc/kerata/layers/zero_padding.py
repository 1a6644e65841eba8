"""ZeroPadding1D, 2D, 3D: zeros before and after each spatial axis."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..node import Config, Node, Shape
from .common.data_format import in_format, register_spatial
from .registry import Call


def ends(value: Any, axes: int) -> list[tuple[int, int]]:
    """(before, after) of each axis: Keras takes one number for all, one for each axis, or one for each end.

    The ends of a single axis stand in no outer list.
    """
    if isinstance(value, int):
        return [(value, value)] * axes
    pairs = [(each, each) if isinstance(each, int) else each for each in ([value] if axes == 1 else value)]
    return [(before, after) for before, after in pairs]


def border_of(config: Config, axes: int = 2) -> list[tuple[int, int]]:
    """[(top, bottom), (left, right)] of images."""
    return ends(config.get("padding", 1), axes)


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    batch, *sizes, channels = inputs[0]
    border = border_of(config, len(sizes))
    padded = [size and size + sum(pair) for size, pair in zip(sizes, border, strict=True)]
    return batch, *padded, channels


def build(node: Node) -> Call:
    border = [(0, 0), *border_of(node.config, len(node.shape) - 2), (0, 0)]

    def call(x: np.ndarray) -> np.ndarray:
        return np.pad(x, border)

    return in_format(node.config, call)


for _kind in ("ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D"):
    register_spatial(_kind, shape=output_shape)(build)
