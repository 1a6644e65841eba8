"""Concatenate: the inputs one after another along an axis."""

from collections.abc import Sequence

import numpy as np

from ..errors import UnsupportedError
from ..node import Config, Node, Shape, of_keras2
from .registry import Call, Mask, register_layer


def _axis(config: Config) -> int:
    return int(config.get("axis", -1))


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    """A size that one input leaves open is another's where that knows it."""
    axis = _axis(config) % len(inputs[0])
    sizes = list(zip(*inputs, strict=True))
    for place, those in enumerate(sizes):
        if place not in (0, axis) and len({*those} - {None}) > 1:
            raise UnsupportedError(
                f"Layer {config.get('name')!r}: expected inputs that are alike but for axis {axis}, "
                f"received shapes {', '.join(map(str, inputs))}."
            )
    joined = [next((size for size in those if size is not None), None) for those in sizes]
    along = [size for size in sizes[axis] if size is not None]
    joined[axis] = sum(along) if len(along) == len(inputs) else None
    return tuple(joined)


def output_mask(config: Config, inputs: Sequence[np.ndarray], masks: Sequence[Mask]) -> Mask:
    """As large as the inputs first, all steps of one without a mask being some; then whether any feature is one.

    In Keras 2, whether all features are.
    """
    if all(mask is None for mask in masks):
        return None
    whole = [_whole(mask, x) for mask, x in zip(masks, inputs, strict=True)]
    return (np.all if of_keras2(config) else np.any)(np.concatenate(whole, _axis(config)), axis=-1)


def _whole(mask: Mask, x: np.ndarray) -> np.ndarray:
    if mask is None:
        return np.ones(x.shape, bool)
    return np.broadcast_to(mask[..., None], x.shape) if mask.ndim < x.ndim else mask


@register_layer("Concatenate", shape=output_shape, mask=output_mask)
def build(node: Node) -> Call:
    axis = _axis(node.config)

    def call(*inputs: np.ndarray) -> np.ndarray:
        return np.concatenate(inputs, axis)

    return call
