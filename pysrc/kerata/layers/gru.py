"""GRU and its cell. Of gates z and r and a candidate g, h' = z · h + (1 − z) · g, which is output and state.

All three are activations of x · kernel + bias + h · recurrent_kernel; in g's, r is multiplied either with h before that
product, or with the product after it (`reset_after`), which then has a bias of its own.
"""

from collections.abc import Sequence

import numpy as np

from ..node import Config, Node, Shape
from .common.matmul import prepared_matmul_nt
from .common.rnn import Cell, States, cell_activations, register_recurrent, transposed, zeros
from .common.rnn_accelerated import accelerated_cell, are_default
from .registry import Inner, register_layer


def shape(config: Config, inputs: Sequence[Shape]) -> list[Shape]:
    return [(inputs[0][0], config["units"])] * 2


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    units = config["units"]
    bias: dict[str, Shape] = {"bias": (2, 3 * units) if resets_after(config) else (3 * units,)}
    shapes: dict[str, Shape] = {"kernel": (inputs[0][-1], 3 * units), "recurrent_kernel": (units, 3 * units)}
    return shapes | (bias if config.get("use_bias", True) else {})


def resets_after(config: Config) -> bool:
    """Every Keras that can do so says whether it does."""
    return bool(config.get("reset_after", False))


@register_layer("GRUCell", shape=shape, weights=weight_shapes, keywords={"states"})
def build(node: Node) -> Cell:
    kernel, recurrent = node.weights["kernel"], node.weights["recurrent_kernel"]
    units = len(recurrent)
    activation, gate = cell_activations(node.config)
    bias, beside_state = biases(node.weights.get("bias", np.zeros(3 * units, np.float32)))
    inner_bias = beside_state[2 * units :]
    accelerator = node.accelerator()
    if accelerator and resets_after(node.config) and are_default(activation, gate):
        return accelerated_cell(accelerator, "GRU", kernel, recurrent, bias, beside_state)
    by_kernel, by_recurrent = (prepared_matmul_nt(transposed(each), accelerator) for each in (kernel, recurrent))
    by_gates, by_candidate = (
        prepared_matmul_nt(part, accelerator) for part in np.split(transposed(recurrent), [2 * units])
    )

    def project(x: np.ndarray) -> np.ndarray:
        return by_kernel(x) + bias

    def gated(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return gate(sums[:, :units]), gate(sums[:, units:])

    def mixed(z: np.ndarray, h: np.ndarray, g: np.ndarray) -> tuple[np.ndarray, States]:
        h = h - g
        h *= z
        h += g
        return h, [h]

    def step(projected: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        h = states[0]
        z, r = gated(by_gates(h) + projected[:, : 2 * units])
        g = by_candidate(r * h)
        g += projected[:, 2 * units :]
        return mixed(z, h, activation(g))

    def step_resetting_after(projected: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        h = states[0]
        sums = by_recurrent(h)
        g = sums[:, 2 * units :] + inner_bias
        z, r = gated(np.add(sums, projected, out=sums)[:, : 2 * units])
        g *= r
        g += projected[:, 2 * units :]
        return mixed(z, h, activation(g))

    return Cell(1, project, zeros(units), step_resetting_after if resets_after(node.config) else step)


def biases(bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of a layer's bias, what stands beside the inputs' product, and beside the state's: zeros but for candidates."""
    if bias.ndim == 1:
        return bias, np.zeros_like(bias)
    beside_input, beside_state = bias
    is_gate = np.arange(len(beside_state)) < len(beside_state) // 3 * 2
    return beside_input + np.where(is_gate, beside_state, 0), np.where(is_gate, 0, beside_state)


register_recurrent("GRU", lambda config: Inner("cell", "GRUCell", config))
