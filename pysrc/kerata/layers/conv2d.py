"""Conv2D: each output pixel is activation(window · kernel + bias)."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from .. import activations
from ..node import Config, Node, Shape
from . import product, winograd
from .product import rows_times_rows
from .registry import Call, register_layer
from .windows import Windows, kernel_windows, output_shape, pair


def shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    return output_shape(kernel_windows(config), inputs, config["filters"])


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    channels, filters = inputs[0][-1], config["filters"]
    group = channels and channels // config.get("groups", 1)
    bias: dict[str, Shape] = {"bias": (filters,)} if config.get("use_bias", True) else {}
    return {"kernel": (*pair(config["kernel_size"]), group, filters)} | bias


@register_layer("Conv2D", shape=shape, weights=weight_shapes)
def build(node: Node) -> Call:
    windows = kernel_windows(node.config)
    kernel = node.weights["kernel"]  # (kh, kw, channels of a group, filters)
    bias = node.weights.get("bias", np.float32(0))
    activation = activations.get(node.config.get("activation"))
    convolutions = [_convolution(windows, part) for part in np.split(kernel, node.config.get("groups", 1), axis=-1)]

    def call(x: np.ndarray) -> np.ndarray:
        padded = windows.padded(x, 0)
        groups = [padded] if len(convolutions) == 1 else np.split(padded, len(convolutions), axis=-1)
        parts = [convolve(group) for convolve, group in zip(convolutions, groups, strict=True)]
        y = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)
        y += bias
        return activation(y)

    return call


def _convolution(windows: Windows, kernel: np.ndarray) -> Call:
    """Of one group, whose inputs (n, h, w, channels) are padded already, in the way that is fastest here."""
    if not product.HAS_BLAS and winograd.pays(windows, kernel):
        return partial(winograd.convolve, windows=windows, kernel=winograd.transformed_kernel(kernel))
    filters = np.ascontiguousarray(kernel.reshape(-1, kernel.shape[-1]).T)  # a filter a row

    def convolve(x: np.ndarray) -> np.ndarray:
        patches = windows.over(x)  # (n, rows, columns, kh, kw, channels)
        y = rows_times_rows(patches.reshape(-1, filters.shape[1]), filters)
        return y.reshape(*patches.shape[:3], -1)

    return convolve
