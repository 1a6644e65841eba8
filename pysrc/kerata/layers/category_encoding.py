"""CategoryEncoding: category indices as one or several hot, or as counts, each index by default counting one."""

from collections.abc import Sequence

import numpy as np

from ..node import Config, Node, Shape
from .common.category_encoding_modes import checked, encoded, encoded_shape, mode_of, number_type
from .registry import Call, register_layer


def _mode(config: Config) -> str:
    return mode_of(config, "one_hot", "multi_hot", "count", default="multi_hot")


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    return encoded_shape(_mode(config), checked(config, "num_tokens"), inputs[0])


@register_layer("CategoryEncoding", shape=output_shape, keywords=("count_weights",), floats=False)
def build(node: Node) -> Call:
    mode, depth, dtype = _mode(node.config), node.config["num_tokens"], number_type(node.config)

    def call(x: np.ndarray, count_weights: np.ndarray | None = None) -> np.ndarray:
        if count_weights is None:
            return encoded(x.astype(np.int64), mode, depth, dtype)
        amounts = np.broadcast_to(np.asarray(count_weights).astype(dtype), x.shape)
        return encoded(x.astype(np.int64), mode, depth, dtype, amounts)

    return call
