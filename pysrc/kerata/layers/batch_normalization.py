"""BatchNormalization, as it is after training: (x − mean) / √(variance + epsilon) · gamma + beta for each channel."""

from collections.abc import Sequence

import numpy as np

from ..errors import UnsupportedError
from ..node import Config, Node, Shape
from .registry import Call, Mask, register_layer, same_mask

_STATISTICS = ("moving_mean", "moving_variance")
_RENORM = ("moving_stddev", "renorm_mean", "renorm_stddev")  # only training needs them


def axis_of(config: Config) -> int:
    """Keras 2 saved the axis as a list of one."""
    axis = config.get("axis", -1)
    if isinstance(axis, int):
        return axis
    if len(axis) > 1:
        raise UnsupportedError(f"Layer {config.get('name')!r}: expected axis to be one, received {axis}.")
    return int(axis[0])


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    options = {"gamma": "scale", "beta": "center"}
    names = [name for name, option in options.items() if config.get(option, True)]
    statistics = _STATISTICS + _RENORM if config.get("renorm") else _STATISTICS
    return dict.fromkeys([*names, *statistics], (inputs[0][axis_of(config)],))


def scale_and_offset(node: Node) -> tuple[np.ndarray, np.ndarray]:
    """The layer as x · scale + offset, in float64 from float32 weights."""
    weights = {name: weight.astype(np.float64) for name, weight in node.weights.items()}
    scale = weights.get("gamma", 1.0) / np.sqrt(weights["moving_variance"] + node.config.get("epsilon", 1e-3))
    return scale, weights.get("beta", 0.0) - weights["moving_mean"] * scale


@register_layer("BatchNormalization", weights=weight_shapes, mask=same_mask, takes_mask=True)
def build(node: Node) -> Call:
    along = [1] * len(node.shape)
    along[axis_of(node.config)] = -1
    scale, offset = (array.astype(np.float32).reshape(along) for array in scale_and_offset(node))

    def call(x: np.ndarray, mask: Mask = None) -> np.ndarray:
        """Only training heeds the mask."""
        return np.asarray(x, np.float32) * scale + offset

    return call
