"""AdaptiveMaxPooling and AdaptiveAveragePooling over one, two or three axes: the largest value, or the mean, of
`output_size` windows, spread evenly over each axis. Window i of m over n elements reaches from ⌊i · n / m⌋ to
⌈(i + 1) · n / m⌉.
"""

from collections.abc import Callable, Sequence

import numpy as np

from ..errors import UnsupportedError
from ..limits import check_size
from ..node import Config, Node, Shape
from .common.data_format import in_format, register_spatial
from .common.windows import numbers, rank
from .registry import Call


def shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    counts = numbers(config, "output_size", config["output_size"], rank(inputs[0]))
    if 0 in inputs[0][1:-1]:
        raise UnsupportedError(f"Layer {config.get('name')!r}: expected something to pool, received {inputs[0]}.")
    check_size(f"Layer {config.get('name')!r}", 4 * max(counts))  # the ends of all windows, in 64 bits
    return inputs[0][0], *counts, inputs[0][-1]


@register_spatial("AdaptiveAveragePooling1D", shape=shape)
@register_spatial("AdaptiveAveragePooling2D", shape=shape)
@register_spatial("AdaptiveAveragePooling3D", shape=shape)
def build_average(node: Node) -> Call:
    return _over_windows(_means, node)


@register_spatial("AdaptiveMaxPooling1D", shape=shape)
@register_spatial("AdaptiveMaxPooling2D", shape=shape)
@register_spatial("AdaptiveMaxPooling3D", shape=shape)
def build_max(node: Node) -> Call:
    return _over_windows(lambda x, starts, ends: _reduced(np.maximum, x, starts, ends), node)


def _over_windows(function: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray], node: Node) -> Call:
    counts = numbers(node.config, "output_size", node.config["output_size"], rank(node.shape))

    def call(x: np.ndarray) -> np.ndarray:
        for axis, count in enumerate(counts, 1):
            along, places = np.moveaxis(x, axis, 0), np.arange(count)
            starts, ends = places * len(along) // count, -(-(places + 1) * len(along) // count)
            x = np.moveaxis(function(along, starts, ends), 0, axis)
        return x

    return in_format(node.config, call)


def _means(x: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    sums = _reduced(np.add, np.asarray(x, np.float32), starts, ends)
    return sums / (ends - starts).astype(np.float32).reshape(-1, *[1] * (x.ndim - 1))


def _reduced(function: np.ufunc, x: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """`function` of x[start:end] for each pair: reduceat reads every other interval between the given places."""
    longer = np.concatenate([x, x[-1:]])  # reduceat takes no place behind the last element
    return function.reduceat(longer, np.stack([starts, ends], 1).ravel(), axis=0)[::2]
