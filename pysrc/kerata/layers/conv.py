"""Conv1D, Conv2D and Conv3D: each output pixel is activation(window · kernel + bias)."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from ..errors import UnsupportedError
from ..node import Config, Node, Shape
from .common import matmul, winograd
from .common.accelerator import Accelerator
from .common.data_format import in_format, register_spatial
from .common.windows import Windows, blocks, can_be_copied, kernel_windows, output_shape, rank
from .registry import Call, activation_of


def shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    return output_shape(config, kernel_windows(config, rank(inputs[0])), inputs[0], config["filters"])


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    channels, filters, groups = inputs[0][-1], config["filters"], config.get("groups", 1)
    if filters % groups or (channels or 0) % groups:
        raise UnsupportedError(
            f"Layer {config.get('name')!r}: expected {filters} filters and {channels} channels in {groups} equal parts."
        )
    size = kernel_windows(config, rank(inputs[0])).size
    return {"kernel": (*size, channels and channels // groups, filters)} | bias_shape(config, filters)


def bias_shape(config: Config, channels: int | None) -> dict[str, Shape]:
    """The weight of that name, where the layer has it."""
    return {"bias": (channels,)} if config.get("use_bias", True) else {}


def finished(node: Node, convolve: Call) -> Call:
    """The layer's call: a convolution of channels in the last axis, with what follows it in all such layers."""
    bias = node.weights.get("bias", np.float32(0))
    activation = activation_of(node.config, outer=node)

    def biased(x: np.ndarray) -> np.ndarray:
        y = convolve(x)
        y += bias
        return y

    linear = in_format(node.config, biased)
    return lambda x: activation(linear(x))  # which sees the axes in the layer's format, as softmax's last


@register_spatial("Conv1D", shape=shape, weights=weight_shapes)
@register_spatial("Conv2D", shape=shape, weights=weight_shapes)
@register_spatial("Conv3D", shape=shape, weights=weight_shapes)
def build(node: Node) -> Call:
    kernel = node.weights["kernel"]  # (*size, channels of a group, filters)
    windows = kernel_windows(node.config, kernel.ndim - 2)
    convolutions = [
        _convolution(windows, part, node.accelerator())
        for part in np.split(kernel, node.config.get("groups", 1), axis=-1)
    ]

    def convolve(x: np.ndarray) -> np.ndarray:
        padded = windows.padded(x, 0)
        groups = [padded] if len(convolutions) == 1 else np.split(padded, len(convolutions), axis=-1)
        parts = [convolve(group) for convolve, group in zip(convolutions, groups, strict=True)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)

    return finished(node, convolve)


def _convolution(windows: Windows, kernel: np.ndarray, accelerator: Accelerator | None) -> Call:
    """Of one group, whose inputs (n, …, channels) are padded already, in the way that is fastest here."""
    has_products = matmul.HAS_BLAS or accelerator
    if kernel.ndim == 4 and not has_products and winograd.pays(windows, kernel):
        return partial(winograd.convolve, windows=windows, kernel=winograd.transformed_kernel(kernel))
    filters = np.ascontiguousarray(kernel.reshape(-1, kernel.shape[-1]).T)  # a filter a row
    multiply, axes = matmul.prepared_matmul_nt(filters, accelerator), kernel.ndim - 1

    def products(patches: np.ndarray) -> np.ndarray:
        return multiply(patches.reshape(-1, filters.shape[1])).reshape(*patches.shape[:axes], -1)

    def convolve(x: np.ndarray) -> np.ndarray:
        patches = windows.over(x)  # (n, *places, *size, channels)
        if can_be_copied(patches):
            return products(patches)
        y = np.empty((*patches.shape[:axes], len(filters)), np.float32)
        for block in blocks(patches):
            y[block] = products(patches[block])
        return y

    return convolve
