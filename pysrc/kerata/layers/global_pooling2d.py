"""GlobalAveragePooling2D and GlobalMaxPooling2D: the mean, or the largest value, of each channel of an image."""

from collections.abc import Callable, Sequence

import numpy as np

from ..node import Config, Node, Shape, option
from .registry import Call, register_layer


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    option(config, "data_format", "channels_last", None, default=None)
    batch, _, _, channels = inputs[0]
    return (batch, 1, 1, channels) if config.get("keepdims") else (batch, channels)


@register_layer("GlobalAveragePooling2D", shape=output_shape)
def build_average(node: Node) -> Call:
    return _over_images(np.mean, node)


@register_layer("GlobalMaxPooling2D", shape=output_shape)
def build_max(node: Node) -> Call:
    return _over_images(np.max, node)


def _over_images(reduce: Callable[..., np.ndarray], node: Node) -> Call:
    keepdims = bool(node.config.get("keepdims"))

    def call(x: np.ndarray) -> np.ndarray:
        return reduce(x, axis=(1, 2), keepdims=keepdims)

    return call
