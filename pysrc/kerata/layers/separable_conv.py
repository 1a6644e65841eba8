"""SeparableConv1D and SeparableConv2D: a depthwise convolution, and then a product that mixes each pixel's channels:
activation(depthwise(x) · pointwise kernel + bias).
"""

from collections.abc import Sequence

import numpy as np

from ..node import Config, Node, Shape
from .common.data_format import register_spatial
from .common.matmul import prepared_matmul_nt
from .common.windows import kernel_windows, rank
from .conv import bias_shape, finished, shape
from .depthwise_conv import depth, depthwise, kernel_shape
from .registry import Call


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    filters = config["filters"]
    pointwise = (*[1] * rank(inputs[0]), depth(config, inputs), filters)
    kernels: dict[str, Shape] = {
        "depthwise_kernel": kernel_shape(config, inputs),
        "pointwise_kernel": pointwise,
    }
    return kernels | bias_shape(config, filters)


@register_spatial("SeparableConv1D", shape=shape, weights=weight_shapes)
@register_spatial("SeparableConv2D", shape=shape, weights=weight_shapes)
def build(node: Node) -> Call:
    kernel, pointwise = node.weights["depthwise_kernel"], node.weights["pointwise_kernel"]
    first = depthwise(kernel_windows(node.config, kernel.ndim - 2), kernel)
    by_filters = np.ascontiguousarray(pointwise.reshape(pointwise.shape[-2:]).T)  # a filter a row
    mix = prepared_matmul_nt(by_filters, node.accelerator())

    def convolve(x: np.ndarray) -> np.ndarray:
        y = first(x)
        return mix(y.reshape(-1, y.shape[-1])).reshape(*y.shape[:-1], -1)

    return finished(node, convolve)
