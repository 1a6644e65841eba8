"""LayerNormalization: (x − mean) / √(variance + epsilon) · gamma + beta, the mean being that over the axes.

RMSNormalization: x / √(mean of x² + epsilon) · scale.
"""

from collections.abc import Sequence

import numpy as np

from ..node import Config, Node, Shape
from .registry import Call, register_layer, same_mask


def axes_of(config: Config) -> tuple[int, ...]:
    axis = config.get("axis", -1)
    return tuple(sorted(axis)) if isinstance(axis, list | tuple) else (axis,)


def _weight(config: Config, inputs: Sequence[Shape]) -> Shape:
    return tuple(inputs[0][axis] for axis in axes_of(config))


def _spread(weight: np.ndarray, axes: tuple[int, ...], rank: int) -> np.ndarray:
    """As Keras does it: where the axes are named in another order than they stand in, number by number all the same."""
    sizes = [1] * rank
    for axis, size in zip(axes, weight.shape, strict=True):
        sizes[axis] = size
    return weight.reshape(sizes)


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    rms = config.get("rms_scaling", False)
    wanted = {"gamma": config.get("scale", True) or rms, "beta": config.get("center", True) and not rms}
    return {name: _weight(config, inputs) for name, is_wanted in wanted.items() if is_wanted}


@register_layer("LayerNormalization", weights=weight_shapes, mask=same_mask)
def build(node: Node) -> Call:
    config, axes = node.config, axes_of(node.config)
    rms, epsilon = config.get("rms_scaling", False), np.float32(config.get("epsilon", 1e-3))
    weights = {name: _spread(weight, axes, len(node.shape)) for name, weight in node.weights.items()}

    def call(x: np.ndarray) -> np.ndarray:
        x = np.asarray(x, np.float32)
        centred = x - x.mean(axes, keepdims=True)
        inverse = 1 / np.sqrt(np.square(centred).mean(axes, keepdims=True) + epsilon)
        y = (x if rms else centred) * inverse  # rms_scaling divides by the deviation, for all its name
        if "gamma" in weights:
            y *= weights["gamma"]
        return y + weights["beta"] if "beta" in weights else y

    return call


def scale_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    return {"scale": _weight(config, inputs)}


@register_layer("RMSNormalization", weights=scale_shapes)
def build_rms(node: Node) -> Call:
    axes, epsilon = axes_of(node.config), np.float32(node.config.get("epsilon", 1e-6))
    scale = node.weights["scale"]  # along the last axes of x, in Keras, whichever they were taken from

    def call(x: np.ndarray) -> np.ndarray:
        x = np.asarray(x, np.float32)
        return x / np.sqrt(np.square(x).mean(axes, keepdims=True) + epsilon) * scale

    return call
