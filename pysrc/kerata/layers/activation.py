"""Activation: any of Keras's activation functions as a layer."""

from collections.abc import Sequence

from ..node import Config, Node, Shape
from .registry import Call, activated, activation_of, no_weights, register_layer, same_mask, with_activation


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    return activated(config, inputs[0])


def _is_linear(config: Config) -> bool:
    return config.get("activation") in (None, "linear")


@register_layer(
    "Activation",
    shape=output_shape,
    weights=with_activation(no_weights, output_shape),
    mask=same_mask,
    returns_input=_is_linear,
)
def build(node: Node) -> Call:
    return activation_of(node.config, outer=node)
