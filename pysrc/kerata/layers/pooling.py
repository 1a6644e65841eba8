"""MaxPooling and AveragePooling over one, two or three axes: each window's largest value, or mean, by channel."""

from collections.abc import Sequence
from functools import reduce

import numpy as np

from ..node import Config, Node, Shape
from .common.data_format import in_format, register_spatial
from .common.windows import Windows, output_shape, pool_windows, rank
from .registry import Call


def shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    return output_shape(config, pool_windows(config, rank(inputs[0])), inputs[0], inputs[0][-1])


_LONG = 64  # elements: for longer windows, halves are faster than views of each element


@register_spatial("MaxPooling1D", shape=shape)
@register_spatial("MaxPooling2D", shape=shape)
@register_spatial("MaxPooling3D", shape=shape)
def build_max(node: Node) -> Call:
    windows = pool_windows(node.config, rank(node.shape))

    def call(x: np.ndarray) -> np.ndarray:
        least = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
        return _reduced(np.maximum, windows, windows.padded(x, least))  # the border never wins

    return in_format(node.config, call)


@register_spatial("AveragePooling1D", shape=shape)
@register_spatial("AveragePooling2D", shape=shape)
@register_spatial("AveragePooling3D", shape=shape)
def build_average(node: Node) -> Call:
    windows = pool_windows(node.config, rank(node.shape))

    def call(x: np.ndarray) -> np.ndarray:
        total = _reduced(np.add, windows, windows.padded(x, 0))
        inside = windows.padded(np.ones((1, *x.shape[1:-1], 1), np.float32), 0)  # the border does not count
        return total / _reduced(np.add, windows, inside)

    return in_format(node.config, call)


def _reduced(function: np.ufunc, windows: Windows, x: np.ndarray) -> np.ndarray:
    """`function` of all elements of each window of x, which is padded already: along one axis after the other."""
    for axis, along in enumerate(windows.separate, 1):
        size, stride = along.size[axis - 1], along.strides[axis - 1]
        if size < _LONG:
            x = reduce(function, along.views(x))
        else:
            x = np.moveaxis(_over_long(function, np.moveaxis(x, axis, 0), size)[::stride], 0, axis)
    return x


def _over_long(function: np.ufunc, x: np.ndarray, size: int) -> np.ndarray:
    """The same for windows next to each other along the first axis, made from those of half the size."""
    if size == 1:
        return x
    half = _over_long(function, x, size // 2)
    reach = size // 2
    both = function(half[: len(half) - reach], half[reach:])
    return function(both[:-1], x[size - 1 :]) if size % 2 else both
