"""What the planner works with: a node, or several fused into one, as something that kernels can do.

An operation knows its inputs and its output by name, what margin it needs around its input, and the calls of kernels
that compute it once layouts are known.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from ...node import Node
from .assembler import Function
from .conv2d import Conv2D, padded_bias, panels
from .dense import Dense, SparseDense, padded_rows
from .elementwise import Elementwise
from .layout import LANES, Layout
from .pooling import Pooling2D
from .softmax import Softmax
from .winograd import TILE, Winograd, weights_of

Margin = tuple[int, int, int, int]  # top, bottom, left, right
NO_MARGIN = (0, 0, 0, 0)

_FEW_ROWS = 4  # from so many rows on, a dense layer's tiles are faster than skipping zeros


class Kernel(Protocol):
    """One of the dataclasses of this package; equal ones share their code."""

    def function(self, relaxed: bool) -> Function: ...


@dataclass(frozen=True)
class KernelCall:
    """kernel(inputs…, constants…, output, images, scratch), for batches of `least` images to `most`."""

    kernel: Kernel
    constants: tuple[np.ndarray, ...] = ()
    scratch: int = 0  # float32
    least: int = 1
    most: int | None = None


@dataclass
class Operation:
    """Of one or more nodes; `shape` is the output's, without the batch."""

    inputs: list[str]
    output: str
    shape: tuple[int, ...]
    margin: Margin = field(default=NO_MARGIN, kw_only=True)  # of zeros around the first input

    def fuse_activation(self, name: str) -> bool:
        """Whether the activation that follows is now part of this operation."""
        return False

    def calls(self, sources: Sequence[Layout], target: Layout, relaxed: bool) -> Iterator[KernelCall]:
        raise NotImplementedError


@dataclass
class _Activating(Operation):
    activation: str = field(default="linear", kw_only=True)

    def fuse_activation(self, name: str) -> bool:
        if self.activation != "linear":
            return False
        self.activation = name
        return True


@dataclass
class Convolution(_Activating):
    """Windows of `kernel` (height, width, channels, filters) over the input and its margin."""

    kernel: np.ndarray
    bias: np.ndarray
    strides: tuple[int, int]
    dilation: tuple[int, int]
    pooled: bool = False  # the largest of 2×2 follows

    @property
    def transformable(self) -> bool:
        """Whether Winograd's algorithm can do it, and is worth it."""
        height, width, channels, filters = self.kernel.shape
        rows, columns, _ = self.shape
        side = TILE // 2 if self.pooled else TILE
        return (
            (height, width) == (3, 3)
            and self.strides == self.dilation == (1, 1)
            and rows % side == columns % side == 0
            and channels % LANES == 0
            and min(channels, filters) >= 2 * LANES
        )

    def calls(self, sources: Sequence[Layout], target: Layout, relaxed: bool) -> Iterator[KernelCall]:
        (source,) = sources
        top, _, left, _ = self.margin
        offset = -(top * source.row + left * source.pixel)
        bias = padded_bias(self.bias)
        if self.transformable:
            winograd = Winograd(source, target, offset, self.activation, self.pooled)
            yield KernelCall(winograd, (weights_of(self.kernel), bias), winograd.scratch)
        else:
            size = self.kernel.shape[:2]
            direct = Conv2D(source, target, size, self.strides, self.dilation, offset, self.activation)
            yield KernelCall(direct, (panels(self.kernel), bias))


@dataclass
class Pooling(Operation):
    size: tuple[int, int]
    strides: tuple[int, int]
    average: bool

    def calls(self, sources: Sequence[Layout], target: Layout, relaxed: bool) -> Iterator[KernelCall]:
        yield KernelCall(Pooling2D(sources[0], target, self.size, self.strides, self.average))


@dataclass
class Product(_Activating):
    """Rows times `kernel` (inputs, units)."""

    kernel: np.ndarray
    bias: np.ndarray

    def calls(self, sources: Sequence[Layout], target: Layout, relaxed: bool) -> Iterator[KernelCall]:
        inputs, units = self.kernel.shape
        constants = padded_rows(self.kernel), padded_bias(self.bias)
        sparse = SparseDense(inputs, units, sources[0].image, self.activation)
        yield KernelCall(sparse, constants, sparse.scratch, most=_FEW_ROWS - 1)
        yield KernelCall(Dense(inputs, units, sources[0].image, self.activation), constants, least=_FEW_ROWS)


@dataclass
class Sum(_Activating):
    """Of one or more inputs; of one, it is the activation alone, or a copy."""

    def calls(self, sources: Sequence[Layout], target: Layout, relaxed: bool) -> Iterator[KernelCall]:
        yield KernelCall(Elementwise(tuple(sources), target, self.activation))


@dataclass
class Exponentials(Operation):
    """Softmax over the last axis."""

    def calls(self, sources: Sequence[Layout], target: Layout, relaxed: bool) -> Iterator[KernelCall]:
        yield KernelCall(Softmax(sources[0], target))


@dataclass
class Flattened(Operation):
    """The input's own memory under another shape, where its channels are not padded."""


@dataclass
class Fallback(Operation):
    """What no kernel does: the layer's NumPy code."""

    node: Node
    call: Callable[..., np.ndarray]
