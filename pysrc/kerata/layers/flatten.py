"""Flatten: all axes but the batch become one."""

import math
from collections.abc import Sequence

import numpy as np

from ..node import Config, Node, Shape, option
from .registry import Call, register_layer


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    batch, *rest = inputs[0]
    known = [size for size in rest if size is not None]
    return batch, (math.prod(known) if len(known) == len(rest) else None)


@register_layer("Flatten", shape=output_shape)
def build(node: Node) -> Call:
    option(node.config, "data_format", "channels_last", None, default=None)

    def call(x: np.ndarray) -> np.ndarray:
        return x.reshape(len(x), -1)

    return call
