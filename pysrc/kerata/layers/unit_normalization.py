"""UnitNormalization: x / ‖x‖ over one axis or several."""

import numpy as np

from ..node import Node
from .registry import Call, register_layer, same_mask

_EPSILON = 1e-12  # Keras's, of this layer


def unit(x: np.ndarray, axis: int | tuple[int, ...], epsilon: float) -> np.ndarray:
    """x / ‖x‖, where the norm is at least epsilon."""
    squares = np.sum(np.square(x), axis, keepdims=True)
    return x / np.sqrt(np.maximum(squares, np.float32(epsilon**2)))


@register_layer("UnitNormalization", mask=same_mask)
def build(node: Node) -> Call:
    axis = node.config.get("axis", -1)
    axes = tuple(axis) if isinstance(axis, list | tuple) else axis

    def call(x: np.ndarray) -> np.ndarray:
        return unit(np.asarray(x, np.float32), axes, _EPSILON)

    return call
