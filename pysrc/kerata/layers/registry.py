"""Which layers there are. A layer's file registers itself here; so can a user's own code."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import UnsupportedError
from ..node import Config, Node, Shape

Call = Callable[..., np.ndarray]  # float32 arrays in, one float32 array out, batch axis first
Build = Callable[[Node], Call]  # prepares weights and options once; what it returns runs many times
OutputShape = Callable[[Config, Sequence[Shape]], Shape]
WeightShapes = Callable[[Config, Sequence[Shape]], dict[str, Shape]]  # by Keras's names, in Keras's order


def same_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    return inputs[0]


def no_weights(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    return {}


@dataclass(frozen=True)
class Layer:
    build: Build
    shape: OutputShape
    weights: WeightShapes


_layers: dict[str, Layer] = {}


def register_layer(
    kind: str, *, shape: OutputShape = same_shape, weights: WeightShapes = no_weights
) -> Callable[[Build], Build]:
    """Decorates `build(node) -> call` as the layer of Keras class name `kind`.

    `shape(config, input shapes)` gives the output shape, `weights(config, input shapes)` the expected weight shapes
    by name. Raises ValueError when the kind has a layer already.
    """

    def register(build: Build) -> Build:
        if kind in _layers:
            raise ValueError(f"Layer {kind!r} is registered already.")
        _layers[kind] = Layer(build, shape, weights)
        return build

    return register


def find(kind: str, name: str) -> Layer:
    """The layer of this kind; raises UnsupportedError, naming the layer `name` that asked for it."""
    if kind not in _layers:
        known = ", ".join(sorted(_layers))
        raise UnsupportedError(
            f"Layer {name!r}: Kerata has no {kind!r} layer; it has {known}. "
            "Your own layers can be added with kerata.register_layer."
        )
    return _layers[kind]
