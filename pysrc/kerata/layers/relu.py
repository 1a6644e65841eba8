"""ReLU: max(x, 0), with a slope below the threshold and a ceiling where asked for."""

import numpy as np

from .. import activations
from ..node import Node
from .registry import Call, register_layer


@register_layer("ReLU")
def build(node: Node) -> Call:
    negative_slope = float(node.config.get("negative_slope") or 0)
    threshold = float(node.config.get("threshold") or 0)
    max_value = node.config.get("max_value")

    def call(x: np.ndarray) -> np.ndarray:
        return activations.relu(x, negative_slope, max_value, threshold)

    return call
