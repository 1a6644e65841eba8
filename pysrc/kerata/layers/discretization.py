"""Discretization: which of the bins between ascending boundaries each number falls into."""

from collections.abc import Sequence

import numpy as np

from ..errors import UnsupportedError
from ..node import Config, Node, Shape, of_keras2
from .common.category_encoding_modes import encoded, encoded_shape, mode_of, number_type, type_in_keras2
from .registry import Call, register_layer


def _mode(config: Config) -> str:
    return mode_of(config, "int", "one_hot", "multi_hot", "count", default="int")


def _boundaries(config: Config) -> np.ndarray:
    boundaries = np.asarray(config.get("bin_boundaries"), np.float32)  # of None, a number that is none
    if boundaries.ndim != 1 or np.any(boundaries[1:] < boundaries[:-1]):
        raise UnsupportedError(
            f"Layer {config.get('name')!r}: expected bin_boundaries to be ascending numbers, as Keras saves them once "
            f"the layer was adapted, received {config.get('bin_boundaries')!r}."
        )
    return boundaries


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    return encoded_shape(_mode(config), len(_boundaries(config)) + 1, inputs[0])


@register_layer("Discretization", shape=output_shape, floats=False)
def build(node: Node) -> Call:
    mode, boundaries = _mode(node.config), _boundaries(node.config)
    dtype = np.dtype(np.int32) if mode == "int" else number_type(node.config)
    if of_keras2(node.config):
        dtype = type_in_keras2(node.config, mode)

    def call(x: np.ndarray) -> np.ndarray:
        bins = np.searchsorted(boundaries, np.asarray(x, np.float32), side="right")
        return encoded(bins, mode, len(boundaries) + 1, dtype)

    return call
