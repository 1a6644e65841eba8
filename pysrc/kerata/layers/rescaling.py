"""Rescaling: x · scale + offset."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..node import Node
from .registry import Call, register_layer, same_mask_in_keras3


def numbers(value: Any) -> np.ndarray:
    """One number, or several for the last axes: a list, or what Keras writes for a tuple or an array."""
    if isinstance(value, Mapping):
        value = value["items"] if value["class_name"] == "__tuple__" else value["config"]["value"]
    return np.asarray(value, np.float32)


@register_layer("Rescaling", mask=same_mask_in_keras3)
def build(node: Node) -> Call:
    scale, offset = numbers(node.config["scale"]), numbers(node.config.get("offset", 0))

    def call(x: np.ndarray) -> np.ndarray:
        return x.astype(np.float32, copy=False) * scale + offset

    return call
