"""PReLU: x above zero, alpha · x below it, alpha being learned for each place, or for all along the shared axes."""

from collections.abc import Sequence

import numpy as np

from ..node import Config, Node, Shape
from .registry import Call, register_layer, same_mask


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    sizes = list(inputs[0][1:])
    shared = config.get("shared_axes") or []
    for axis in [shared] if isinstance(shared, int) else shared:
        sizes[axis - 1] = 1
    return {"alpha": tuple(sizes)}


@register_layer("PReLU", weights=weight_shapes, mask=same_mask)
def build(node: Node) -> Call:
    alpha = node.weights["alpha"]

    def call(x: np.ndarray) -> np.ndarray:
        return np.where(x < 0, alpha * x, x)

    return call
