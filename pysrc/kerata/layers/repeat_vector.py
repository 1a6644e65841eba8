"""RepeatVector: the vector (n, features) at each of so many steps."""

from collections.abc import Sequence

import numpy as np

from ..node import Config, Node, Shape
from .common.windows import numbers
from .registry import Call, register_layer


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    batch, features = inputs[0]
    return batch, *numbers(config, "n", config["n"], 1), features


@register_layer("RepeatVector", shape=output_shape)
def build(node: Node) -> Call:
    steps = node.config["n"]

    def call(x: np.ndarray) -> np.ndarray:
        return x[:, None].repeat(steps, axis=1)

    return call
