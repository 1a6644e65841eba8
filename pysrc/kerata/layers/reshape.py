"""Reshape: the same numbers, in another shape."""

import math
from collections.abc import Sequence

import numpy as np

from ..node import Config, Node, Shape
from .registry import Call, register_layer


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    batch, *sizes = inputs[0]
    target = tuple(config["target_shape"])
    if -1 not in target:
        return batch, *target
    known = [size for size in sizes if size is not None]
    inferred = math.prod(known) // -math.prod(target) if len(known) == len(sizes) and 0 not in target else None
    return batch, *(inferred if size == -1 else size for size in target)


@register_layer("Reshape", shape=output_shape)
def build(node: Node) -> Call:
    target = tuple(node.config["target_shape"])

    def call(x: np.ndarray) -> np.ndarray:
        return x.reshape(len(x), *target)

    return call
