"""Dot: for each sample, the products of two inputs summed over an axis of each; their other axes stay."""

from collections.abc import Sequence

import numpy as np

from ..errors import UnsupportedError
from ..node import Config, Node, Shape
from .common.matmul import matmul_nt
from .registry import Call, register_layer
from .unit_normalization import unit

_EPSILON = 1e-7  # keras.config.epsilon()


def _axes(config: Config, ranks: tuple[int, int]) -> tuple[int, int]:
    axes = config["axes"]
    first, second = (axes, axes) if isinstance(axes, int) else axes
    return first % ranks[0], second % ranks[1]


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    first, second = inputs
    i, j = _axes(config, (len(first), len(second)))
    if len({first[i], second[j]} - {None}) > 1:
        raise UnsupportedError(
            f"Layer {config.get('name')!r}: expected axes {i} and {j} to be as long, "
            f"received the shapes {first} and {second}."
        )
    rest = [*first[1:i], *first[i + 1 :], *second[1:j], *second[j + 1 :]]
    return first[0], *(rest or [1])


@register_layer("Dot", shape=output_shape)
def build(node: Node) -> Call:
    config, accelerator = node.config, node.accelerator()

    def call(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        i, j = _axes(config, (x.ndim, y.ndim))
        x, y = (np.asarray(each, np.float32) for each in (x, y))
        if config.get("normalize"):
            x, y = unit(x, i, _EPSILON), unit(y, j, _EPSILON)
        x, y = np.moveaxis(x, i, -1), np.moveaxis(y, j, -1)  # (n, …, k)
        rest = (*x.shape[1:-1], *y.shape[1:-1])
        rows = zip(*(each.reshape(len(each), -1, each.shape[-1]) for each in (x, y)), strict=True)
        products = [matmul_nt(ours, theirs, accelerator) for ours, theirs in rows]
        return np.stack(products).reshape(len(x), *(rest or [1]))

    return call
