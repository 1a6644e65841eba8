"""The option `data_format`. Layers of images, signals and volumes are written for channels in the last axis; where they
come first, before the spatial axes, that axis is moved to the end and back.
"""

from collections.abc import Callable, Sequence

import numpy as np

from ...node import Config, Shape, option
from ..registry import Build, Call, OutputShape, WeightShapes, activated, no_weights, register_layer, with_activation


def channels_first(config: Config) -> bool:
    known = ("channels_last", "channels_first", None)
    return bool(option(config, "data_format", *known, default=None) == "channels_first")


def register_spatial(
    kind: str, *, shape: OutputShape, weights: WeightShapes = no_weights, takes_mask: bool = False
) -> Callable[[Build], Build]:
    """As `register_layer`, in either format from functions that know channels in the last axis alone.

    The call that is built has to be `in_format`.
    """
    shape, weights = _shape(shape), _weights(weights)
    return register_layer(kind, shape=shape, weights=with_activation(weights, shape), takes_mask=takes_mask)


def in_format(config: Config, call: Call) -> Call:
    """The call in the config's format, from one that takes and gives channels in the last axis."""
    if not channels_first(config):
        return call
    return lambda x, **keywords: np.moveaxis(call(np.moveaxis(x, 1, -1), **keywords), -1, 1)


def _shape(shape: OutputShape) -> OutputShape:
    def of(config: Config, inputs: Sequence[Shape]) -> Shape:
        made = shape(config, [_channels_last(config, each) for each in inputs])
        assert isinstance(made, tuple)
        batch, *sizes, channels = made
        return activated(config, (batch, channels, *sizes) if channels_first(config) else made)

    return of


def _weights(weights: WeightShapes) -> WeightShapes:
    return lambda config, inputs: weights(config, [_channels_last(config, each) for each in inputs])


def _channels_last(config: Config, shape: Shape) -> Shape:
    if not channels_first(config):
        return shape
    batch, channels, *sizes = shape
    return batch, *sizes, channels
