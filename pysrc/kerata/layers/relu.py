"""ReLU, LeakyReLU, ThresholdedReLU (Keras 2) and ELU: x where it is large enough, something small elsewhere."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from .. import activations
from ..node import Config, Node
from .registry import Call, register_layer, same_mask


def _number(config: Config, key: str, default: float) -> float:
    """Keras 2.2 wrote some as {"type": "ndarray", "value": …}; None is 0."""
    value: Any = config.get(key, default)
    return float((value["value"] if isinstance(value, Mapping) else value) or 0)


@register_layer("ReLU", mask=same_mask)
def build(node: Node) -> Call:
    config = node.config
    return partial(
        activations.relu,
        negative_slope=_number(config, "negative_slope", 0),
        max_value=None if config.get("max_value") is None else _number(config, "max_value", 0),
        threshold=_number(config, "threshold", 0),
    )


@register_layer("LeakyReLU", mask=same_mask)
def build_leaky(node: Node) -> Call:
    """The slope was called alpha before Keras 3."""
    slope = _number(node.config, "negative_slope", _number(node.config, "alpha", 0.3))
    return partial(activations.relu, negative_slope=slope)


@register_layer("ThresholdedReLU", mask=same_mask)
def build_thresholded(node: Node) -> Call:
    return partial(activations.threshold, threshold=_number(node.config, "theta", 1.0), default_value=0.0)


@register_layer("ELU", mask=same_mask)
def build_elu(node: Node) -> Call:
    return partial(activations.elu, alpha=_number(node.config, "alpha", 1.0))
