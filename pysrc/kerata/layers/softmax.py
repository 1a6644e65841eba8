"""Softmax: exponentials that sum to one over one axis or several, of what the mask does not hide."""

import numpy as np

from .. import activations
from ..node import Node
from .registry import Call, Mask, register_layer, same_mask

_HIDDEN = np.float32(-1e9)  # Keras's


@register_layer("Softmax", mask=same_mask, takes_mask=True)
def build(node: Node) -> Call:
    axis = node.config.get("axis", -1)
    axes = tuple(axis) if isinstance(axis, list | tuple) else axis

    def call(x: np.ndarray, mask: Mask = None) -> np.ndarray:
        if mask is None:
            return activations.softmax(x, axes)
        shown = mask > 0.5
        return np.where(shown, activations.softmax(np.where(shown, x, _HIDDEN), axes), np.float32(0))

    return call
