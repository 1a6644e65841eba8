"""Reshape: the same numbers, in another shape."""

import math
from collections.abc import Sequence

import numpy as np

from ..errors import UnsupportedError
from ..node import Config, Node, Shape
from .registry import Call, register_layer


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    batch, *sizes = inputs[0]
    target = tuple(config["target_shape"])
    known = [size for size in sizes if size is not None]
    if len(known) < len(sizes):
        return batch, *(None if size == -1 else size for size in target)
    count, rest = math.prod(known), math.prod(size for size in target if size != -1)
    inferred = (count // rest if rest else None) if -1 in target else 1  # nothing can be cut into any number of parts
    if target.count(-1) > 1 or (inferred or 0) * rest != count:
        raise UnsupportedError(
            f"Layer {config.get('name')!r}: expected target_shape for {count} numbers, received {list(target)}."
        )
    return batch, *(inferred if size == -1 else size for size in target)


@register_layer("Reshape", shape=output_shape)
def build(node: Node) -> Call:
    target = tuple(node.config["target_shape"])

    def call(x: np.ndarray) -> np.ndarray:
        return x.reshape(len(x), *target)

    return call
