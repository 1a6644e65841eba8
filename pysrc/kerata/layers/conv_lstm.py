"""ConvLSTM1D, ConvLSTM2D and ConvLSTM3D: LSTM whose products are convolutions, with an image, say, as each step.

That of the input has the layer's strides, padding and dilation; that of the state keeps its size.
"""

from collections.abc import Sequence

import numpy as np

from ..activations import Activation
from ..node import Config, Node, Shape
from .common.data_format import channels_first
from .common.rnn import Cell, States, cell_activations, register_recurrent
from .common.windows import Windows, kernel_windows, output_shape
from .conv import bias_shape
from .lstm import advance, gates, prepared
from .registry import Call, Inner, Layer, find, no_mask


class _ConvCell(Inner):
    """Keras has no public layer for this cell."""

    @property
    def layer(self) -> Layer:
        return Layer(build, shape, weight_shapes, no_mask, takes_mask=False, keywords={"states"}, floats=True)


def shape(config: Config, inputs: Sequence[Shape]) -> list[Shape]:
    source = _channels_last(config, inputs[0])
    batch, *sizes, filters = output_shape(config, _windows(config, source), source, config["filters"])
    return [(batch, filters, *sizes) if channels_first(config) else (batch, *sizes, filters)] * 3


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    source = _channels_last(config, inputs[0])
    size, filters = _windows(config, source).size, config["filters"]
    kernels: dict[str, Shape] = {
        "kernel": (*size, source[-1], 4 * filters),
        "recurrent_kernel": (*size, filters, 4 * filters),
    }
    return kernels | bias_shape(config, 4 * filters)


def _channels_last(config: Config, shape: Shape) -> Shape:
    batch, *others = shape
    return (batch, *others[1:], others[0]) if channels_first(config) else shape


def _windows(config: Config, source: Shape) -> Windows:
    return kernel_windows(config, len(source) - 2)


def build(node: Node) -> Cell:
    """States have the layer's format of data, while all that happens between has channels in the last axis."""
    first = channels_first(node.config)
    activation, gate = (
        _seeing_channels_first(function) if first else function for function in cell_activations(node.config)
    )
    activate, scale = gates(activation, gate)
    weights = {name: prepared(weight, scale) for name, weight in node.weights.items()}
    over_input = _convolution(node, weights["kernel"], weights.get("bias"), node.config)
    over_state = _convolution(node, weights["recurrent_kernel"], None, {"padding": "same"})

    def project(x: np.ndarray) -> np.ndarray:
        return over_input(np.moveaxis(x, 1, -1) if first else x)

    def start(projected: np.ndarray) -> list[np.ndarray]:
        *others, channels = projected.shape
        return outwards([np.zeros((*others, channels // 4), np.float32)] * 2)

    def step(projected: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        h, c = (np.moveaxis(state, 1, -1) for state in states) if first else states
        sums = over_state(h)
        sums += projected
        _, after = advance(activate(sums), c, activation)
        after = outwards(after)
        return after[0], after

    def outwards(states: States) -> list[np.ndarray]:
        return [np.moveaxis(state, -1, 1) if first else state for state in states]

    return Cell(2, project, start, step)


def _seeing_channels_first(activation: Activation) -> Activation:
    return lambda x: np.moveaxis(activation(np.moveaxis(x, -1, 1)), 1, -1)


def _convolution(node: Node, kernel: np.ndarray, bias: np.ndarray | None, config: Config) -> Call:
    """As the layer of that rank does it."""
    rank = kernel.ndim - 2
    options = {key: config[key] for key in ("strides", "padding", "dilation_rate") if key in config}
    options |= {"name": node.name, "kernel_size": kernel.shape[:rank], "filters": kernel.shape[-1]}
    weights = {"kernel": kernel} if bias is None else {"kernel": kernel, "bias": bias}
    kind = f"Conv{rank}D"
    return find(kind, node.name).build(Node(node.name, kind, (), options, weights, (None,) * (rank + 2)))


for _rank in (1, 2, 3):
    register_recurrent(f"ConvLSTM{_rank}D", lambda config: _ConvCell("cell", "ConvLSTMCell", config))
