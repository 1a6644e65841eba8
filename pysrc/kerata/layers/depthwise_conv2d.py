"""DepthwiseConv2D: each input channel is convolved with filters of its own, `depth_multiplier` of them."""

from collections.abc import Sequence

import numpy as np

from .. import activations
from ..node import Config, Node, Shape
from .registry import Call, register_layer
from .windows import kernel_windows, output_shape, pair


def _channels(config: Config, inputs: Sequence[Shape]) -> int | None:
    channels = inputs[0][-1]
    return channels and channels * config.get("depth_multiplier", 1)


def shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    return output_shape(kernel_windows(config), inputs, _channels(config, inputs))


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    kernel = (*pair(config["kernel_size"]), inputs[0][-1], config.get("depth_multiplier", 1))
    bias: dict[str, Shape] = {"bias": (_channels(config, inputs),)} if config.get("use_bias", True) else {}
    return {"kernel": kernel} | bias


@register_layer("DepthwiseConv2D", shape=shape, weights=weight_shapes)
def build(node: Node) -> Call:
    windows = kernel_windows(node.config)
    kernel = node.weights["kernel"]  # (kh, kw, channels, multiplier)
    taps = kernel.reshape(-1, *kernel.shape[2:])
    bias = node.weights.get("bias", np.float32(0))
    activation = activations.get(node.config.get("activation"))

    def call(x: np.ndarray) -> np.ndarray:
        views = windows.views(windows.padded(x, 0))
        y = views[0][..., None] * taps[0]  # (n, rows, columns, channels, multiplier)
        for view, tap in zip(views[1:], taps[1:], strict=True):
            y += view[..., None] * tap
        return activation(y.reshape(*y.shape[:3], -1) + bias)

    return call
