"""Masking: a step whose features all have the mask value is none; its features become 0."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..node import Config, Node
from .registry import Call, Mask, always, register_layer, same_mask


def _value(config: Config) -> np.ndarray:
    """A number, or an array that Keras writes as a dict."""
    value = config.get("mask_value", 0.0)
    return np.asarray(value["config"]["value"] if isinstance(value, Mapping) else value, np.float32)


def output_mask(config: Config, inputs: Sequence[np.ndarray], masks: Sequence[Mask]) -> Mask:
    return np.any(inputs[0] != _value(config), axis=-1)


@register_layer("Masking", mask=output_mask)
def build(node: Node) -> Call:
    value = _value(node.config)

    def call(x: np.ndarray) -> np.ndarray:
        return np.where(np.any(x != value, axis=-1, keepdims=True), x, x.dtype.type(0))

    return call


@register_layer("kerata.Masked", mask=same_mask, takes_mask=True, returns_input=always)
def build_masked(node: Node) -> Call:
    """No layer of Keras: what goes into a model within a model that is called with `mask=`."""

    def call(x: np.ndarray, mask: Mask = None) -> np.ndarray:
        return x

    return call
