"""GroupNormalization: (x − mean) / √(variance + epsilon) · gamma + beta, for each sample and group of channels."""

from collections.abc import Sequence

import numpy as np

from ..node import Config, Node, Shape
from .registry import Call, register_layer, same_mask


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    options = {"gamma": "scale", "beta": "center"}
    names = [name for name, option in options.items() if config.get(option, True)]
    return dict.fromkeys(names, (inputs[0][config.get("axis", -1)],))


@register_layer("GroupNormalization", weights=weight_shapes, mask=same_mask)
def build(node: Node) -> Call:
    """Groups of -1: each channel is one."""
    config, rank = node.config, len(node.shape)
    axis = config.get("axis", -1) % rank
    channels = node.shape[axis]
    assert channels is not None
    groups = config.get("groups", 32)
    size = 1 if groups == -1 else channels // groups
    others = tuple(place for place in range(1, rank + 1) if place != axis)
    along = [1] * rank
    along[axis] = -1
    weights = {name: weight.reshape(along) for name, weight in node.weights.items()}
    epsilon = np.float32(config.get("epsilon", 1e-3))

    def call(x: np.ndarray) -> np.ndarray:
        parts = np.asarray(x, np.float32).reshape(*x.shape[:axis], channels // size, size, *x.shape[axis + 1 :])
        centred = parts - parts.mean(others, keepdims=True)
        centred /= np.sqrt(np.square(centred).mean(others, keepdims=True) + epsilon)
        y = centred.reshape(x.shape)
        if "gamma" in weights:
            y *= weights["gamma"]
        return y + weights["beta"] if "beta" in weights else y

    return call
