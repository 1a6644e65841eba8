"""A recurrent layer's cell that does all steps at once, on an accelerator."""

import numpy as np

from ... import activations
from ...activations import Activation
from ..registry import Mask
from .accelerator import Accelerator
from .matmul import matmul
from .rnn import Cell, States, zeros


def are_default(activation: Activation, gate: Activation) -> bool:
    """Whether these are the activations that Keras gives an LSTM and a GRU by default."""
    return activation is activations.tanh and gate is activations.sigmoid


def accelerated_cell(
    accelerator: Accelerator,
    kind: str,
    kernel: np.ndarray,
    recurrent: np.ndarray,
    bias: np.ndarray,
    recurrent_bias: np.ndarray,
    states: int = 1,
) -> Cell:
    """Of an LSTM, which has two states, a GRU or a SimpleRNN with Keras's default activations. recurrent_bias: of GRU's
    candidate, beside the state's product.
    """
    layer = accelerator.recurrent(kind, recurrent, recurrent_bias)
    kernel, bias = layer.packed(kernel), layer.packed(bias)

    def project(x: np.ndarray) -> np.ndarray:
        return matmul(x, kernel, accelerator) + bias

    def scan(projected: np.ndarray, before: States, mask: Mask) -> tuple[np.ndarray, States]:
        outputs, c = layer(projected, mask, before[0], before[1] if states > 1 else None)
        return outputs, [outputs[-1], c][:states]

    def step(projected: np.ndarray, before: States) -> tuple[np.ndarray, States]:
        outputs, after = scan(projected[None], before, None)
        return outputs[0], after

    return Cell(states, project, zeros(len(recurrent), states), step, scan)
