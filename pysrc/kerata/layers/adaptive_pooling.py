"""AdaptiveMaxPooling and AdaptiveAveragePooling over one, two or three axes: the largest value, or the mean, of
`output_size` windows, spread evenly over each axis. Window i of m over n elements reaches from ⌊i · n / m⌋ to
⌈(i + 1) · n / m⌉.
"""

from collections.abc import Callable, Sequence

import numpy as np

from ..node import Config, Node, Shape
from .channels import in_format, register_spatial
from .registry import Call
from .windows import numbers, rank


def shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    return inputs[0][0], *numbers(config, "output_size", config["output_size"], rank(inputs[0])), inputs[0][-1]


@register_spatial("AdaptiveAveragePooling1D", shape=shape)
@register_spatial("AdaptiveAveragePooling2D", shape=shape)
@register_spatial("AdaptiveAveragePooling3D", shape=shape)
def build_average(node: Node) -> Call:
    return _over_windows(np.mean, node)


@register_spatial("AdaptiveMaxPooling1D", shape=shape)
@register_spatial("AdaptiveMaxPooling2D", shape=shape)
@register_spatial("AdaptiveMaxPooling3D", shape=shape)
def build_max(node: Node) -> Call:
    return _over_windows(np.max, node)


def _over_windows(function: Callable[..., np.ndarray], node: Node) -> Call:
    counts = numbers(node.config, "output_size", node.config["output_size"], rank(node.shape))

    def call(x: np.ndarray) -> np.ndarray:
        for axis, count in enumerate(counts, 1):
            along = np.moveaxis(x, axis, 0)
            x = np.stack([function(along[window], 0) for window in _windows(len(along), count)], axis)
        return x

    return in_format(node.config, call)


def _windows(size: int, count: int) -> list[slice]:
    return [slice(place * size // count, -(-(place + 1) * size // count)) for place in range(count)]
