"""Dense: activation(x · kernel + bias) over the last axis."""

from collections.abc import Sequence

import numpy as np

from .. import activations
from ..node import Config, Node, Shape
from .product import rows_times_columns
from .registry import Call, register_layer


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    return *inputs[0][:-1], config["units"]


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    bias: dict[str, Shape] = {"bias": (config["units"],)} if config.get("use_bias", True) else {}
    return {"kernel": (inputs[0][-1], config["units"])} | bias


@register_layer("Dense", shape=output_shape, weights=weight_shapes)
def build(node: Node) -> Call:
    kernel = node.weights["kernel"]  # (inputs, units)
    bias = node.weights.get("bias", np.float32(0))
    activation = activations.get(node.config.get("activation"))

    def call(x: np.ndarray) -> np.ndarray:
        flat = x.reshape(-1, x.shape[-1])  # (rows, inputs)
        y = rows_times_columns(flat, kernel)  # (rows, units)
        y += bias
        return activation(y.reshape(*x.shape[:-1], -1))

    return call
