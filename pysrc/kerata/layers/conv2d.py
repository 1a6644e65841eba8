"""Conv2D: each output pixel is activation(window · kernel + bias)."""

from collections.abc import Sequence

import numpy as np

from .. import activations
from ..node import Config, Node, Shape
from .product import rows_times_rows
from .registry import Call, register_layer
from .windows import kernel_windows, output_shape, pair


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
    # One matrix a group, a filter a row: (filters of the group, kh · kw · channels of the group)
    filters = [
        np.ascontiguousarray(part.reshape(-1, part.shape[-1]).T)
        for part in np.split(kernel, node.config.get("groups", 1), axis=-1)
    ]

    def call(x: np.ndarray) -> np.ndarray:
        patches = windows.over(windows.padded(x, 0))
        groups = [patches] if len(filters) == 1 else np.split(patches, len(filters), axis=-1)
        parts = [_convolve(*pair) for pair in zip(groups, filters, strict=True)]
        y = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)
        y += bias
        return activation(y)

    return call


def _convolve(patches: np.ndarray, filters: np.ndarray) -> np.ndarray:
    """One group's windows (n, rows, columns, kh, kw, channels) laid out as rows of a matrix, times its filters."""
    n, rows, columns = patches.shape[:3]
    y = rows_times_rows(patches.reshape(n * rows * columns, -1), filters)
    return y.reshape(n, rows, columns, -1)
