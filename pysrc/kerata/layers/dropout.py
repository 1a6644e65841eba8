"""Dropout: drops nothing outside training."""

import numpy as np

from ..node import Node
from .registry import Call, register_layer


@register_layer("Dropout")
def build(node: Node) -> Call:
    def call(x: np.ndarray) -> np.ndarray:
        return x

    return call
