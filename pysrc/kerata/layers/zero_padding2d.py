"""ZeroPadding2D: rows and columns of zeros around each image."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..node import Config, Node, Shape, option
from .registry import Call, register_layer
from .windows import pair


def border_of(config: Config) -> list[tuple[int, int]]:
    """[(top, bottom), (left, right)]: Keras takes one number for all, one for each axis, or one for each side."""
    option(config, "data_format", "channels_last", None, default=None)
    padding: Any = config.get("padding", 1)
    axes = (padding, padding) if isinstance(padding, int) else padding
    return [pair(axis) for axis in axes]


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    batch, *sizes, channels = inputs[0]
    padded = [size and size + sum(ends) for size, ends in zip(sizes, border_of(config), strict=True)]
    return batch, *padded, channels


@register_layer("ZeroPadding2D", shape=output_shape)
def build(node: Node) -> Call:
    border = border_of(node.config)

    def call(x: np.ndarray) -> np.ndarray:
        return np.pad(x, [(0, 0), *border, (0, 0)])

    return call
