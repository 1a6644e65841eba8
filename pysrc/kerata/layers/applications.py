"""Layers that `keras.applications` has for its own networks.

ConvNeXt's LayerScale: x · gamma; its StochasticDepth drops nothing outside training. InceptionResNetV2's
CustomScaleLayer: x + y · scale.
"""

from collections.abc import Sequence

import numpy as np

from ..node import Config, Node, Shape
from . import dropout
from .registry import Call, always, register_layer

register_layer("StochasticDepth", returns_input=always)(dropout.build)


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    return {"gamma": (config["projection_dim"],)}


@register_layer("LayerScale", weights=weight_shapes)
def build_layer_scale(node: Node) -> Call:
    gamma = node.weights["gamma"]

    def call(x: np.ndarray) -> np.ndarray:
        return x * gamma

    return call


@register_layer("CustomScaleLayer")
def build_custom_scale(node: Node) -> Call:
    scale = float(node.config["scale"])

    def call(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return x + y * scale

    return call
