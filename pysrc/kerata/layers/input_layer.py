"""InputLayer: where values enter. It only states a shape; within a model in a model it passes on what that one gets."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import ModelFileError
from ..node import MAX_AXES, Config, Node, Shape
from .registry import Call, always, register_layer, same_mask

_SIZES = 1 << 31  # along one axis


def declared_shape(config: Config, inputs: Sequence[Shape] = ()) -> Shape:
    """`batch_shape` in Keras 3, `batch_input_shape` before."""
    if inputs:
        return inputs[0]
    shape = config.get("batch_shape", config.get("batch_input_shape"))
    if not isinstance(shape, list | tuple) or not 1 <= len(shape) <= MAX_AXES or not all(map(_is_size, shape)):
        raise ModelFileError(
            f"InputLayer {config.get('name')!r}: expected batch_shape to be a list of at most {MAX_AXES} sizes, "
            f"whole numbers or None, received {shape!r}."
        )
    return tuple(shape)


def _is_size(value: Any) -> bool:
    return value is None or (type(value) is int and 0 <= value < _SIZES)


@register_layer("InputLayer", shape=declared_shape, mask=same_mask, returns_input=always)
def build(node: Node) -> Call:
    def call(x: np.ndarray) -> np.ndarray:
        return x

    return call
