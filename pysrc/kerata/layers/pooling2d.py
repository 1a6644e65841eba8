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
        return _reduced(np.maximum, windows, windows.padded(x, -np.inf))  # the border never wins

    return call


@register_layer("AveragePooling2D", shape=shape)
def build_average(node: Node) -> Call:
    windows = pool_windows(node.config)

    def call(x: np.ndarray) -> np.ndarray:
        total = _reduced(np.add, windows, windows.padded(x, 0))
        inside = windows.padded(np.ones((1, *x.shape[1:3], 1), np.float32), 0)  # the border does not count
        return total / _reduced(np.add, windows, inside)

    return call


def _reduced(function: np.ufunc, windows: Windows, x: np.ndarray) -> np.ndarray:
    """`function` of all elements of each window of x, which is padded already: first down, then across."""
    columns = reduce(function, windows.down.views(x))
    return reduce(function, windows.across.views(columns))
