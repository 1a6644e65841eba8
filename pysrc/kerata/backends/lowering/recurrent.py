"""Lowering of recurrent layers: a product of all steps' inputs, and what goes through the steps."""

from typing import NamedTuple

import numpy as np

from ...layers.bidirectional import layers_of
from ...layers.gru import biases, resets_after
from ...layers.registry import Inner
from ...node import Config, Node, Weights
from ..ir import Direction, Operation, Recurrent
from ..rnn_packing import packed, packed_recurrent
from .lowerer import Lowerer, Shapes, product

_MAX_WEIGHTS = 1 << 28  # bytes: packing takes as much memory again
_GATES = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}


class _Layer(NamedTuple):
    """One direction, and what makes its inputs of those of the layer."""

    kernel: np.ndarray
    bias: np.ndarray
    direction: Direction


def _recurrent(node: Node, shapes: Shapes) -> list[Operation] | None:
    return _lowered(node, shapes, [Inner("", node.kind, node.config)])


def _bidirectional(node: Node, shapes: Shapes) -> list[Operation] | None:
    if node.config.get("merge_mode", "concat") != "concat":
        return None
    return _lowered(node, shapes, list(layers_of(node.config)))


def _lowered(node: Node, shapes: Shapes, inner: list[Inner]) -> list[Operation] | None:
    """`inner`: the layers that go through the steps, one for each direction."""
    sequences = [layer.config.get("return_sequences", False) for layer in inner]
    alike = len({layer.kind for layer in inner}) == len(set(sequences)) == len(node.inputs) == 1
    if not alike or not all(_is_default(layer.kind, layer.config) for layer in inner):
        return None
    several = len(inner) > 1
    if sum(weight.nbytes for weight in node.weights.values()) > _MAX_WEIGHTS:
        return None
    parts = [_layer(layer, node.weights, several) for layer in inner]
    kernel, bias = (np.concatenate([part[place] for part in parts], -1) for place in (0, 1))
    (source,), projected = node.inputs, f"{node.name}/projected"
    return [
        product(source, projected, (shapes[source][0], len(bias)), kernel, bias),
        Recurrent([projected], node.name, shapes[node.name], inner[0].kind, [part.direction for part in parts]),
    ]


def _is_default(kind: str, config: Config) -> bool:
    """Whether it has the activations that Keras gives it by default, and nothing unusual."""
    activations = config.get("activation", "tanh"), config.get("recurrent_activation", "sigmoid")
    resets = kind != "GRU" or resets_after(config)
    return activations == ("tanh", "sigmoid") and resets and kind in _GATES and not config.get("time_major")


def _layer(layer: Inner, weights: Weights, in_order: bool) -> _Layer:
    """in_order: outputs go where they are read from."""
    gates, start = _GATES[layer.kind], f"{layer.path}/cell/".removeprefix("/")
    kernel, recurrent = weights[start + "kernel"], weights[start + "recurrent_kernel"]
    units, none = len(recurrent), np.zeros(recurrent.shape[1], np.float32)
    bias, beside_state = weights.get(start + "bias", none), none
    if layer.kind == "GRU":
        bias, beside_state = biases(bias)
    backwards = layer.config.get("go_backwards", False)
    packed_bias = packed(beside_state, gates)
    direction = Direction(units, packed_recurrent(recurrent, gates), packed_bias, backwards, not in_order)
    return _Layer(packed(kernel, gates), packed(bias, gates), direction)


LOWERERS: dict[str, Lowerer] = {
    "Bidirectional": _bidirectional,
    "GRU": _recurrent,
    "LSTM": _recurrent,
    "SimpleRNN": _recurrent,
}
