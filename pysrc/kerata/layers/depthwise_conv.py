"""DepthwiseConv1D and DepthwiseConv2D: each input channel is convolved with filters of its own, `depth_multiplier` of
them.
"""

from collections.abc import Sequence

import numpy as np

from ..node import Config, Node, Shape
from .common.data_format import register_spatial
from .common.windows import Windows, kernel_windows, output_shape, rank
from .conv import bias_shape, finished
from .registry import Call


def depth(config: Config, inputs: Sequence[Shape]) -> int | None:
    """Channels of all the filters."""
    channels = inputs[0][-1]
    return channels and channels * config.get("depth_multiplier", 1)


def kernel_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    return *kernel_windows(config, rank(inputs[0])).size, inputs[0][-1], config.get("depth_multiplier", 1)


def shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    return output_shape(config, kernel_windows(config, rank(inputs[0])), inputs[0], depth(config, inputs))


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    return {"kernel": kernel_shape(config, inputs)} | bias_shape(config, depth(config, inputs))


@register_spatial("DepthwiseConv1D", shape=shape, weights=weight_shapes)
@register_spatial("DepthwiseConv2D", shape=shape, weights=weight_shapes)
def build(node: Node) -> Call:
    kernel = node.weights["kernel"]
    return finished(node, depthwise(kernel_windows(node.config, kernel.ndim - 2), kernel))


def depthwise(windows: Windows, kernel: np.ndarray) -> Call:
    """With a kernel (*size, channels, multiplier): (n, …, channels) → (n, *places, channels · multiplier)"""
    taps = kernel.reshape(-1, *kernel.shape[-2:])

    def convolve(x: np.ndarray) -> np.ndarray:
        views = windows.views(windows.padded(x, 0))
        y = views[0][..., None] * taps[0]  # (n, *places, channels, multiplier)
        for view, tap in zip(views[1:], taps[1:], strict=True):
            y += view[..., None] * tap
        return y.reshape(*y.shape[:-2], -1)

    return convolve
