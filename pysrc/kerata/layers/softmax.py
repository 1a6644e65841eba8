"""Softmax: exponentials that sum to one over one axis or several."""

import numpy as np

from .. import activations
from ..node import Node
from .registry import Call, register_layer


@register_layer("Softmax")
def build(node: Node) -> Call:
    axis = node.config.get("axis", -1)
    axes = tuple(axis) if isinstance(axis, list | tuple) else axis

    def call(x: np.ndarray) -> np.ndarray:
        return activations.softmax(x, axes)

    return call
