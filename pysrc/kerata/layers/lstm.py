"""LSTM and its cell. Of gates i, f, o and candidates g, activations of x · kernel + bias + h · recurrent_kernel:
c' = f · c + i · g, and h' = o · activation(c'), which is the output. The states are h and c.
"""

from collections.abc import Callable, Sequence

import numpy as np

from ..activations import Activation
from ..node import Config, Node, Shape
from .common.matmul import prepared_matmul_nt
from .common.rnn import Cell, States, cell_activations, register_recurrent, transposed, zeros
from .common.rnn_accelerated import accelerated_cell, are_default
from .registry import Inner, register_layer


def shape(config: Config, inputs: Sequence[Shape]) -> list[Shape]:
    return [(inputs[0][0], config["units"])] * 3


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    units = config["units"]
    bias: dict[str, Shape] = {"bias": (4 * units,)} if config.get("use_bias", True) else {}
    return {"kernel": (inputs[0][-1], 4 * units), "recurrent_kernel": (units, 4 * units)} | bias


@register_layer("LSTMCell", shape=shape, weights=weight_shapes, keywords={"states"})
def build(node: Node) -> Cell:
    activation, gate = cell_activations(node.config)
    kernel, recurrent = node.weights["kernel"], node.weights["recurrent_kernel"]
    none = np.zeros(recurrent.shape[1], np.float32)
    bias = node.weights.get("bias", none)
    accelerator = node.accelerator()
    if accelerator and are_default(activation, gate):
        return accelerated_cell(accelerator, "LSTM", kernel, recurrent, bias, none, states=2)
    activate, scale = gates(activation, gate)
    by_kernel, by_recurrent = (
        prepared_matmul_nt(transposed(prepared(weight, scale)), accelerator) for weight in (kernel, recurrent)
    )
    bias = prepared(bias, scale)

    def project(x: np.ndarray) -> np.ndarray:
        return by_kernel(x) + bias

    def step(projected: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        sums = by_recurrent(states[0])
        sums += projected
        return advance(activate(sums), states[1], activation)

    return Cell(2, project, zeros(len(recurrent), 2), step)


def prepared(weight: np.ndarray, scale: float) -> np.ndarray:
    """Columns in the order i, f, o, g, where Keras has i, f, g, o; those of gates scaled."""
    i, f, g, o = np.split(weight, 4, axis=-1)
    return np.concatenate([i * scale, f * scale, o * scale, g], axis=-1)


def gates(activation: Activation, gate: Activation) -> tuple[Callable[[np.ndarray], np.ndarray], float]:
    """What makes sums (…, i f o g) gates and candidates, in place, and by what it expects those of gates scaled.

    Since sigmoid(x) = ½ tanh(½ x) + ½, one tanh over all of them does for Keras's default.
    """

    def by_tanh(sums: np.ndarray) -> np.ndarray:
        np.tanh(sums, out=sums)
        ifo = sums[..., : sums.shape[-1] // 4 * 3]
        ifo *= 0.5
        ifo += 0.5
        return sums

    def one_by_one(sums: np.ndarray) -> np.ndarray:
        for part, function in zip(np.split(sums, 4, axis=-1), (gate, gate, gate, activation), strict=True):
            part[...] = function(part)
        return sums

    return (by_tanh, 0.5) if are_default(activation, gate) else (one_by_one, 1.0)


def advance(activated: np.ndarray, c: np.ndarray, activation: Activation) -> tuple[np.ndarray, States]:
    """From i, f, o, g, which it overwrites, and the state c: the output and the states after."""
    size = c.shape[-1]
    i, c = activated[..., :size], activated[..., size : 2 * size] * c
    i *= activated[..., 3 * size :]
    c += i
    h = activation(c) * activated[..., 2 * size : 3 * size]
    return h, [h, c]


register_recurrent("LSTM", lambda config: Inner("cell", "LSTMCell", config))
