"""RandomFourierFeatures of Keras 2: cos(x · kernel / scale + bias), whose products of two rows come near a Gaussian or
Laplacian kernel of the rows (Rahimi and Recht, *Random features for large-scale kernel machines*, 2007).
"""

from collections.abc import Sequence

import numpy as np

from ..node import Config, Node, Shape
from .common.matmul import matmul
from .registry import Call, register_layer


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    return inputs[0][0], config["output_dim"]


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    units = config["output_dim"]
    return {"kernel_scale": (1,), "unscaled_kernel": (inputs[0][-1], units), "bias": (units,)}


@register_layer("RandomFourierFeatures", shape=output_shape, weights=weight_shapes)
def build(node: Node) -> Call:
    kernel = node.weights["unscaled_kernel"] * (np.float32(1) / node.weights["kernel_scale"])
    bias, accelerator = node.weights["bias"], node.accelerator()

    def call(x: np.ndarray) -> np.ndarray:
        return np.cos(matmul(np.asarray(x, np.float32), kernel, accelerator) + bias)

    return call
