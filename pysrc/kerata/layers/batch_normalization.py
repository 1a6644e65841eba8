"""BatchNormalization, as it is after training: (x − mean) / √(variance + epsilon) · gamma + beta for each channel.

In Keras 2, for each place along several axes, too.
"""

from collections.abc import Sequence

import numpy as np

from ..node import Config, Node, Shape, option
from .registry import Call, Mask, register_layer, same_mask

_STATISTICS = ("moving_mean", "moving_variance")
_RENORM = ("moving_stddev", "renorm_mean", "renorm_stddev")  # only training needs them


def axes_of(config: Config, rank: int) -> list[int]:
    """Counted from the first. Keras 2 saved a list of them, mostly of one."""
    option(config, "virtual_batch_size", None, default=None)
    axis = config.get("axis", -1)
    return [each % rank for each in ([axis] if isinstance(axis, int) else axis)]


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    options = {"gamma": "scale", "beta": "center"}
    names = [name for name, used in options.items() if config.get(used, True)]
    statistics = _STATISTICS + _RENORM if config.get("renorm") else _STATISTICS
    axes = axes_of(config, len(inputs[0]))
    aligned = tuple(size if axis in axes else 1 for axis, size in enumerate(inputs[0]))
    return dict.fromkeys([*names, *statistics], aligned if len(axes) > 1 else (inputs[0][axes[0]],))


def scale_and_offset(node: Node) -> tuple[np.ndarray, np.ndarray]:
    """The layer as x · scale + offset, in float64 from float32 weights."""
    weights = {name: weight.astype(np.float64) for name, weight in node.weights.items()}
    scale = weights.get("gamma", 1.0) / np.sqrt(weights["moving_variance"] + node.config.get("epsilon", 1e-3))
    return scale, weights.get("beta", 0.0) - weights["moving_mean"] * scale


@register_layer("BatchNormalization", weights=weight_shapes, mask=same_mask, takes_mask=True)
def build(node: Node) -> Call:
    axes = axes_of(node.config, len(node.shape))
    scale, offset = (array.astype(np.float32) for array in scale_and_offset(node))
    if len(axes) == 1:
        along = [-1 if axis in axes else 1 for axis in range(len(node.shape))]
        scale, offset = scale.reshape(along), np.reshape(offset, along)

    def call(x: np.ndarray, mask: Mask = None) -> np.ndarray:
        """Only training heeds the mask."""
        return np.asarray(x, np.float32) * scale + offset

    return call
