"""Activation: any of Keras's activation functions as a layer."""

from collections.abc import Sequence

from ..node import Config, Node, Shape
from .registry import Call, activation_of, register_layer, same_mask


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    *others, last = inputs[0]
    if config.get("activation") == "glu" and last is not None:
        last //= 2  # one half gates the other
    return *others, last


@register_layer("Activation", shape=output_shape, mask=same_mask)
def build(node: Node) -> Call:
    return activation_of(node.config)
