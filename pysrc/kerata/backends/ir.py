"""What the planners work with: a node, or several fused into one, as something that kernels can do.

An operation knows its inputs and its output by name, what it computes, and which of its neighbours it can take over.
Operations are data classes without methods that nobody calls: Python compiles each when the page starts.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

ACTIVATIONS = ("linear", "relu", "relu6")  # that every kernel can apply to a value before it stores it

# Longer ones, which take a pass of their own; `gelu_by_tanh` is the approximate gelu.
CURVES = ("elu", "gelu", "gelu_by_tanh", "hard_sigmoid", "hard_silu", "sigmoid", "silu", "swish", "tanh")

Margin = tuple[int, int, int, int]  # top, bottom, left, right
NO_MARGIN = (0, 0, 0, 0)


@dataclass(eq=False, repr=False)
class Operation:
    """Of one or more nodes; `shape` is the output's, without the batch."""

    inputs: list[str]
    output: str
    shape: tuple[int, ...]
    margin: Margin = field(default=NO_MARGIN, kw_only=True)  # of zeros around the first input

    def fuse_activation(self, name: str) -> bool:
        """Whether the activation that follows is now part of this operation."""
        return False

    def fuse_scale(self, scale: np.ndarray, offset: np.ndarray) -> bool:
        """Whether x · scale + offset, which follows for each channel, is now part of this operation."""
        return False

    def fuse_padding(self, margin: Margin) -> bool:
        """Whether the zeros that are put around the input before are now part of this operation."""
        return False


@dataclass(eq=False, repr=False)
class _Activating(Operation):
    activation: str = field(default="linear", kw_only=True)

    def fuse_activation(self, name: str) -> bool:
        if self.activation != "linear":
            return False
        self.activation = name
        return True


@dataclass(eq=False, repr=False)
class Convolution(_Activating):
    """Windows of `kernel` (height, width, channels of a group, filters) over the input and its margin."""

    kernel: np.ndarray
    bias: np.ndarray
    strides: tuple[int, int]
    dilation: tuple[int, int]
    groups: int = 1
    pooled: bool = False  # the largest of 2×2 follows

    def fuse_scale(self, scale: np.ndarray, offset: np.ndarray) -> bool:
        return not self.pooled and _scaled(self, scale, offset)

    def fuse_padding(self, margin: Margin) -> bool:
        return _with_margin(self, margin)


@dataclass(eq=False, repr=False)
class Depthwise(_Activating):
    """A window of `kernel` (height, width, channels) for each channel, `border` (top, left) beyond the input."""

    kernel: np.ndarray
    bias: np.ndarray
    strides: tuple[int, int]
    dilation: tuple[int, int]
    border: tuple[int, int]

    def fuse_scale(self, scale: np.ndarray, offset: np.ndarray) -> bool:
        return _scaled(self, scale, offset)

    def fuse_padding(self, margin: Margin) -> bool:
        self.border = (self.border[0] + margin[0], self.border[1] + margin[2])
        return True


@dataclass(eq=False, repr=False)
class Pooling(Operation):
    size: tuple[int, int]
    strides: tuple[int, int]
    average: bool

    def fuse_padding(self, margin: Margin) -> bool:
        return _with_margin(self, margin)


@dataclass(eq=False, repr=False)
class GlobalPooling(Operation):
    average: bool


@dataclass(eq=False, repr=False)
class Affine(_Activating):
    """x · scale + offset, of which each channel has its own."""

    scale: np.ndarray
    offset: np.ndarray


@dataclass(eq=False, repr=False)
class MatMul(_Activating):
    """Rows times `kernel` (inputs, units)."""

    kernel: np.ndarray
    bias: np.ndarray

    def fuse_scale(self, scale: np.ndarray, offset: np.ndarray) -> bool:
        return _scaled(self, scale, offset)


@dataclass(eq=False, repr=False)
class Add(_Activating):
    """Of one or more inputs; of one, it is the activation alone, or a copy."""


@dataclass(eq=False, repr=False)
class Softmax(Operation):
    """Softmax over the last axis."""


@dataclass(eq=False, repr=False)
class LayerNorm(Operation):
    """x · scale / √(mean of x² + epsilon) + offset over the last axis, where `centred` with x less its mean for x."""

    scale: np.ndarray
    offset: np.ndarray
    epsilon: float
    centred: bool


class Direction(NamedTuple):
    """A recurrent layer's recurrent kernel (blocks, units in blocks, gates · BLOCK) and recurrent bias, both packed as
    `gates` does it, and how it goes through the steps: `backwards`, and if so, whether its outputs come in that order.
    """

    units: int
    recurrent: np.ndarray
    bias: np.ndarray
    backwards: bool
    reversed: bool


@dataclass(eq=False, repr=False)
class Recurrent(Operation):
    """An LSTM, a GRU or a SimpleRNN of Keras's default activations, or two, whose outputs stand side by side: of all
    steps, or of the last. The input (steps, …) is x · kernel + bias, packed.
    """

    kind: str
    directions: list[Direction]


@dataclass(eq=False, repr=False)
class Attention(Operation):
    """softmax(query · keyᵀ / √key_dim) · value for each head, of inputs (steps, heads · features): query, key, value.

    `heads` of the query; as many of them, one after another, share each of `key_heads`.
    """

    heads: int
    key_heads: int


@dataclass(eq=False, repr=False)
class Flatten(Operation):
    """All of an image as one vector: its own memory under another shape, where channels are not padded."""


@dataclass(eq=False, repr=False)
class Fallback(Operation):
    """What no kernel does: the layer's NumPy code."""

    call: Callable[..., np.ndarray]


@dataclass(eq=False, repr=False)
class Padding(Fallback):
    """Zeros around an image, `border` of them, where what follows could not reach into a margin instead."""

    border: Margin


def _scaled(operation: Convolution | Depthwise | MatMul, scale: np.ndarray, offset: np.ndarray) -> bool:
    """Weights are scaled instead of outputs, where nothing is between the two."""
    if operation.activation != "linear":
        return False
    operation.kernel = (operation.kernel * scale).astype(np.float32)
    operation.bias = (operation.bias * scale + offset).astype(np.float32)
    return True


def _with_margin(operation: Convolution | Pooling, margin: Margin) -> bool:
    top, bottom, left, right = (sum(pair) for pair in zip(operation.margin, margin, strict=True))
    operation.margin = top, bottom, left, right
    return True
