"""Activation: any of Keras's activation functions as a layer."""

from .. import activations
from ..node import Node
from .registry import Call, register_layer


@register_layer("Activation")
def build(node: Node) -> Call:
    return activations.get(node.config.get("activation"))
