"""Add: the sum of all inputs, which broadcast against each other."""

from collections.abc import Sequence

import numpy as np

from ..node import Config, Node, Shape
from .registry import Call, register_layer


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    batch = inputs[0][0]
    sizes = [[1 if size is None else size for size in shape[1:]] for shape in inputs]
    unknown = [any(shape[axis] is None for shape in inputs) for axis in range(1, len(inputs[0]))]
    joined = np.broadcast_shapes(*map(tuple, sizes))
    return batch, *(None if open_ and size == 1 else int(size) for open_, size in zip(unknown, joined, strict=True))


@register_layer("Add", shape=output_shape)
def build(node: Node) -> Call:
    def call(first: np.ndarray, *others: np.ndarray) -> np.ndarray:
        for other in others:
            first = first + other
        return first

    return call
