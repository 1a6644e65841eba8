"""MaxPooling2D and AveragePooling2D: the largest value, or the mean, of each window and channel."""

from collections.abc import Sequence
from functools import reduce

import numpy as np

from ..node import Config, Node, Shape
from .registry import Call, register_layer
from .windows import Windows, output_shape, pool_windows


def shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    return output_shape(pool_windows(config), inputs, inputs[0][-1])


@register_layer("MaxPooling2D", shape=shape)
def build_max(node: Node) -> Call:
    windows = pool_windows(node.config)

    def call(x: np.ndarray) -> np.ndarray:
        return reduce(np.maximum, windows.views(windows.padded(x, -np.inf)))  # the border never wins

    return call


@register_layer("AveragePooling2D", shape=shape)
def build_average(node: Node) -> Call:
    windows = pool_windows(node.config)

    def call(x: np.ndarray) -> np.ndarray:
        total = _sum(windows, x)
        inside = _sum(windows, np.ones((1, *x.shape[1:3], 1), np.float32))  # the border does not count
        return total / inside

    return call


def _sum(windows: Windows, x: np.ndarray) -> np.ndarray:
    return reduce(np.add, windows.views(windows.padded(x, 0)))
