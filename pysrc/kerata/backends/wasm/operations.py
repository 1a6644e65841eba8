"""What the planner works with: a node, or several fused into one, as something that kernels can do.

An operation knows its inputs and its output by name, what margin it needs around its input, and the calls of kernels
that compute it once layouts are known.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from .assembler import Function
from .conv2d import Conv2D, panels
from .dense import Dense
from .depthwise import DepthwiseConv2D
from .elementwise import Elementwise, Scaled
from .layout import LANES, Layout, padded_channels
from .pooling import GlobalPooling2D, Pooling2D
from .softmax import Softmax
from .winograd import TILE, Winograd, weights_of

Margin = tuple[int, int, int, int]  # top, bottom, left, right
NO_MARGIN = (0, 0, 0, 0)

_LEAST_SIDE = 9  # of an image: for a smaller one, Winograd's larger weights take longer to read than it saves


class Kernel(Protocol):
    """One of the dataclasses of this package; equal ones share their code."""

    def function(self, relaxed: bool) -> Function: ...


@dataclass(frozen=True)
class KernelCall:
    """kernel(inputs…, constants…, output, images, scratch)"""

    kernel: Kernel
    constants: tuple[np.ndarray, ...] = ()
    scratch: int = 0  # float32


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

    def fuse_scale(self, scale: np.ndarray, offset: np.ndarray) -> bool:
        """Whether x · scale + offset, which follows for each channel, is now part of this operation."""
        return False

    def fuse_padding(self, margin: Margin) -> bool:
        """Whether the zeros that are put around the input before are now part of this operation."""
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
        sides = [size * 2 if self.pooled else size for size in self.shape[:2]]
        return (
            (height, width) == (3, 3)
            and self.strides == self.dilation == (1, 1)
            and min(sides) >= _LEAST_SIDE
            and channels % LANES == 0
            and min(channels, filters) >= 2 * LANES
        )

    def fuse_pooling(self) -> bool:
        """Whether the largest of 2×2, which follows, is now part of this operation."""
        rows, columns, _ = self.shape
        if self.pooled or not self.transformable or rows % TILE or columns % TILE:
            return False
        self.pooled = True
        return True

    def fuse_scale(self, scale: np.ndarray, offset: np.ndarray) -> bool:
        return not self.pooled and _scaled(self, scale, offset)

    def fuse_padding(self, margin: Margin) -> bool:
        return _with_margin(self, margin)

    def calls(self, sources: Sequence[Layout], target: Layout, relaxed: bool) -> Iterator[KernelCall]:
        (source,) = sources
        offset = _corner(self.margin, source)
        bias = padded_channels(self.bias)
        if self.transformable:
            winograd = Winograd(source, target, offset, self.activation, self.pooled)
            yield KernelCall(winograd, (weights_of(self.kernel), bias), winograd.scratch(relaxed))
        else:
            size = self.kernel.shape[:2]
            direct = Conv2D(source, target, size, self.strides, self.dilation, offset, self.activation)
            yield KernelCall(direct, (direct.pixels(relaxed), panels(self.kernel), bias))


@dataclass
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

    def calls(self, sources: Sequence[Layout], target: Layout, relaxed: bool) -> Iterator[KernelCall]:
        height, width, channels = self.kernel.shape
        weights = padded_channels(self.kernel.reshape(-1, channels)), padded_channels(self.bias)
        kernel = DepthwiseConv2D(
            sources[0], target, (height, width), self.strides, self.dilation, self.border, self.activation
        )
        yield KernelCall(kernel, weights)


@dataclass
class Pooling(Operation):
    size: tuple[int, int]
    strides: tuple[int, int]
    average: bool

    def fuse_padding(self, margin: Margin) -> bool:
        return _with_margin(self, margin)

    def calls(self, sources: Sequence[Layout], target: Layout, relaxed: bool) -> Iterator[KernelCall]:
        offset = _corner(self.margin, sources[0])
        yield KernelCall(Pooling2D(sources[0], target, self.size, self.strides, self.average, offset))


@dataclass
class GlobalPooling(Operation):
    average: bool

    def calls(self, sources: Sequence[Layout], target: Layout, relaxed: bool) -> Iterator[KernelCall]:
        yield KernelCall(GlobalPooling2D(sources[0], target, self.average))


@dataclass
class Scaling(_Activating):
    """x · scale + offset, of which each channel has its own."""

    scale: np.ndarray
    offset: np.ndarray

    def calls(self, sources: Sequence[Layout], target: Layout, relaxed: bool) -> Iterator[KernelCall]:
        yield KernelCall(
            Scaled(sources[0], target, self.activation), (padded_channels(self.scale), padded_channels(self.offset))
        )


@dataclass
class Product(_Activating):
    """Rows times `kernel` (inputs, units)."""

    kernel: np.ndarray
    bias: np.ndarray

    def fuse_scale(self, scale: np.ndarray, offset: np.ndarray) -> bool:
        return _scaled(self, scale, offset)

    def calls(self, sources: Sequence[Layout], target: Layout, relaxed: bool) -> Iterator[KernelCall]:
        inputs, units = self.kernel.shape
        dense = Dense(inputs, units, sources[0].image, self.activation)
        constants = padded_channels(self.kernel), panels(self.kernel), padded_channels(self.bias)
        yield KernelCall(dense, constants, dense.scratch)


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

    call: Callable[..., np.ndarray]


@dataclass
class Padding(Fallback):
    """Zeros around an image, `border` of them, where what follows could not reach into a margin instead."""

    border: Margin


def _scaled(operation: "Convolution | Depthwise | Product", scale: np.ndarray, offset: np.ndarray) -> bool:
    """Weights are scaled instead of outputs, where nothing is between the two."""
    if operation.activation != "linear":
        return False
    operation.kernel = (operation.kernel * scale).astype(np.float32)
    operation.bias = (operation.bias * scale + offset).astype(np.float32)
    return True


def _with_margin(operation: "Convolution | Pooling", margin: Margin) -> bool:
    top, bottom, left, right = (sum(pair) for pair in zip(operation.margin, margin, strict=True))
    operation.margin = top, bottom, left, right
    return True


def _corner(margin: Margin, source: Layout) -> int:
    """From a source's first pixel to the corner of the margin that an operation reads."""
    top, _, left, _ = margin
    return -(top * source.row + left * source.pixel)
