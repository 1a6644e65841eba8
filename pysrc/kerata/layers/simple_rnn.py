"""SimpleRNN and its cell: h' = activation(x · kernel + bias + h · recurrent_kernel), which is output and state."""

from collections.abc import Sequence

import numpy as np

from .. import activations
from ..node import Config, Node, Shape
from .common.matmul import prepared_matmul_nt
from .common.rnn import Cell, States, cell_activations, register_recurrent, transposed, zeros
from .common.rnn_accelerated import accelerated_cell
from .registry import Inner, register_layer


def shape(config: Config, inputs: Sequence[Shape]) -> list[Shape]:
    return [(inputs[0][0], config["units"])] * 2


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    units = config["units"]
    bias: dict[str, Shape] = {"bias": (units,)} if config.get("use_bias", True) else {}
    return {"kernel": (inputs[0][-1], units), "recurrent_kernel": (units, units)} | bias


@register_layer("SimpleRNNCell", shape=shape, weights=weight_shapes, keywords={"states"})
def build(node: Node) -> Cell:
    kernel, recurrent = node.weights["kernel"], node.weights["recurrent_kernel"]
    none = np.zeros(len(recurrent), np.float32)
    bias = node.weights.get("bias", none)
    activation, _ = cell_activations(node.config)
    accelerator = node.accelerator()
    if accelerator and activation is activations.tanh:
        return accelerated_cell(accelerator, "SimpleRNN", kernel, recurrent, bias, none)
    by_kernel, by_recurrent = (prepared_matmul_nt(transposed(each), accelerator) for each in (kernel, recurrent))

    def project(x: np.ndarray) -> np.ndarray:
        return by_kernel(x) + bias

    def step(projected: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        h = by_recurrent(states[0])
        h += projected
        h = activation(h)
        return h, [h]

    return Cell(1, project, zeros(len(recurrent)), step)


register_recurrent("SimpleRNN", lambda config: Inner("cell", "SimpleRNNCell", config))
