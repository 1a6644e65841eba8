"""Flatten: all axes but the batch become one. With channels first, they still come last in it."""

import math
from collections.abc import Sequence

import numpy as np

from ..node import Config, Node, Shape
from .common.data_format import channels_first
from .registry import Call, register_layer


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    batch, *rest = inputs[0]
    known = [size for size in rest if size is not None]
    return batch, (math.prod(known) if len(known) == len(rest) else None)


@register_layer("Flatten", shape=output_shape)
def build(node: Node) -> Call:
    moved = channels_first(node.config)

    def call(x: np.ndarray) -> np.ndarray:
        if moved and x.ndim > 1:
            x = np.moveaxis(x, 1, -1)
        return x.reshape(len(x), math.prod(x.shape[1:]))

    return call
