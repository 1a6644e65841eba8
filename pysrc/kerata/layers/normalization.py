"""Normalization: (x − mean) / √variance, each number of the kept axes with its own; or, inverted, the way back."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..node import Config, Node, Shape
from .registry import Call, register_layer, same_mask_in_keras3

_LEAST = np.float32(1e-7)  # Keras's epsilon


def _kept_axes(config: Config, rank: int) -> list[int]:
    axis = config.get("axis", -1)
    listed = [] if axis is None else [axis] if isinstance(axis, int) else list(axis)
    if not all(-rank <= each < rank for each in listed):
        raise UnsupportedError(
            f"Layer {config.get('name')!r}: expected axis from {-rank} to {rank - 1}, received {axis!r}."
        )
    return sorted(each % rank for each in listed)


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    rank = len(inputs[0])
    kept = _kept_axes(config, rank)
    if config.get("mean") is not None:  # what does not fit is found out before it runs
        shape = [inputs[0][axis] if axis in kept else 1 for axis in range(rank)]
        for given in (config["mean"], config["variance"]):
            np.broadcast_shapes([size or 1 for size in shape], _aligned(given, kept, rank).shape)
    return inputs[0]


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    if config.get("mean") is not None:
        return {}
    shape = tuple(inputs[0][axis] for axis in _kept_axes(config, len(inputs[0])))
    return {"mean": shape, "variance": shape, "count": ()}


def _aligned(given: Any, kept: Sequence[int], rank: int) -> np.ndarray:
    """With its axes where the last of the kept ones are."""
    array = np.asarray(given, np.float32)
    shape = [1] * rank
    for place in range(1, array.ndim + 1):
        shape[kept[-place]] = array.shape[-place]
    return array.reshape(shape)


@register_layer("Normalization", shape=output_shape, weights=weight_shapes, mask=same_mask_in_keras3)
def build(node: Node) -> Call:
    rank = len(node.shape)
    source = node.weights if node.weights else node.config
    mean, variance = (_aligned(source[name], _kept_axes(node.config, rank), rank) for name in ("mean", "variance"))
    deviation = np.maximum(np.sqrt(variance), _LEAST)
    inverted = node.config.get("invert", False)

    def call(x: np.ndarray) -> np.ndarray:
        x = np.asarray(x, np.float32)
        return mean + x * deviation if inverted else (x - mean) / deviation

    return call
