"""AutoContrast: each channel of each image stretched, so that its values fill the range that they may have."""

from collections.abc import Sequence

import numpy as np

from ..node import Config, Node, Shape
from .registry import Call, register_layer
from .resizing import check_batch

Range = Sequence[float]
BYTE: Range = (0, 255)  # the range that Keras computes in


def to_range(x: np.ndarray, old: Range, new: Range) -> np.ndarray:
    if tuple(old) == tuple(new):
        return x
    return (x - old[0]) / (old[1] - old[0]) * (new[1] - new[0]) + new[0]


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    check_batch(config, inputs[0])
    return inputs[0]


@register_layer("AutoContrast", shape=output_shape)
def build(node: Node) -> Call:
    full = node.config.get("value_range", BYTE)

    def call(x: np.ndarray) -> np.ndarray:
        x = x.astype(np.float32, copy=False)
        y = to_range(x, full, BYTE)
        low, high = (extreme(y, axis=(1, 2), keepdims=True) for extreme in (np.min, np.max))  # channels_first, too
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = np.float32(255) / (high - low)
            y = to_range(np.clip(y * scale - low * scale, 0, 255), BYTE, full)
        return np.where(np.isnan(y), x, y)  # what has one value only stays as it is

    return call
