"""Permute: the axes but the batch in another order, counted from 1."""

from collections.abc import Sequence

import numpy as np

from ..node import Config, Node, Shape
from .registry import Call, register_layer


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    return inputs[0][0], *(inputs[0][axis] for axis in config["dims"])


@register_layer("Permute", shape=output_shape)
def build(node: Node) -> Call:
    axes = (0, *node.config["dims"])

    def call(x: np.ndarray) -> np.ndarray:
        return x.transpose(axes)

    return call
