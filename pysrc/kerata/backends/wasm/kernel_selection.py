"""The calls of kernels that compute an operation, once it is known how its arrays lie in memory.

Kernels that few models want are imported where they are wanted: the page's start would wait for them.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ...layers.common.winograd import TILE
from ..ir import (
    Add,
    Affine,
    Attention,
    Convolution,
    Depthwise,
    GlobalPooling,
    LayerNorm,
    Margin,
    MatMul,
    Operation,
    Pooling,
    Recurrent,
    Softmax,
)
from .assembler import Function
from .conv2d import Conv2D, panels
from .dense import FEW_ROWS, Dense
from .layout import LANES, Layout, padded, padded_channels
from .softmax import Softmax as SoftmaxKernel
from .winograd import Winograd, weights_of, weights_size

_MIN_SIDE = 9  # of an image: for a smaller one, Winograd's larger weights take longer to read than it saves


class Kernel(Hashable, Protocol):
    """One of the dataclasses of this package; equal ones share their code."""

    def function(self, relaxed: bool) -> Function: ...


@dataclass(frozen=True)
class LazyConstant:
    """A constant that is read, and therefore made, only in runs of `images` or more; float32, `size` of them."""

    make: Callable[[], np.ndarray]
    size: int
    images: int


@dataclass(frozen=True)
class KernelCall:
    """kernel(inputs…, constants…, output, images, scratch)"""

    kernel: Kernel
    constants: tuple[np.ndarray | LazyConstant, ...] = ()
    scratch: int = 0  # float32


def calls(operation: Operation, sources: Sequence[Layout], target: Layout, relaxed: bool) -> Iterator[KernelCall]:
    """In order; relaxed: whether kernels may use fused multiplication."""
    return _CALLS[type(operation)](operation, sources, target, relaxed)


def fuses_pool(convolution: Convolution) -> bool:
    """Whether the convolution's kernel can also take the largest of 2×2."""
    rows, columns, _ = convolution.shape
    return _transformable(convolution) and not (rows % TILE or columns % TILE)


def supports(operation: Operation) -> bool:
    """Whether there is a kernel for it: outputs that stand side by side have to be whole vectors."""
    if isinstance(operation, Convolution) and operation.groups > 1:
        return operation.kernel.shape[-1] % (LANES * operation.groups) == 0
    if isinstance(operation, Recurrent) and len(operation.directions) > 1:
        return all(direction.units % LANES == 0 for direction in operation.directions)
    return not isinstance(operation, Attention) or operation.shape[-1] % (LANES * operation.heads) == 0


def _transformable(convolution: Convolution) -> bool:
    """Whether Winograd's algorithm can do it, and is worth it."""
    height, width, channels, filters = convolution.kernel.shape
    sides = [size * 2 if convolution.pooled else size for size in convolution.shape[:2]]
    return (
        (height, width) == (3, 3)
        and convolution.strides == convolution.dilation == (1, 1)
        and convolution.groups == 1
        and min(sides) >= _MIN_SIDE
        and channels % LANES == 0
        and min(channels, filters) >= 2 * LANES
    )


def _convolution(
    convolution: Convolution, sources: Sequence[Layout], target: Layout, relaxed: bool
) -> Iterator[KernelCall]:
    (source,) = sources
    offset = _corner(convolution.margin, source)
    bias = padded_channels(convolution.bias)
    if _transformable(convolution):
        winograd = Winograd(source, target, offset, convolution.activation, convolution.pooled)
        # For the first run: until then a snapshot of memory need not hold them.
        weights = LazyConstant(lambda: weights_of(convolution.kernel), weights_size(convolution.kernel.shape), 1)
        yield KernelCall(winograd, (weights, bias), winograd.scratch(relaxed))
    else:
        direct = Conv2D(
            source,
            target,
            convolution.kernel.shape[:2],
            convolution.strides,
            convolution.dilation,
            offset,
            convolution.activation,
            convolution.groups,
        )
        kernels, biases = (np.split(array, convolution.groups, -1) for array in (convolution.kernel, bias))
        for group, (kernel, part) in enumerate(zip(kernels, biases, strict=True)):
            yield KernelCall(direct, (direct.pixels(relaxed, group), panels(kernel), part))


def _depthwise(depthwise: Depthwise, sources: Sequence[Layout], target: Layout, relaxed: bool) -> Iterator[KernelCall]:
    from .depthwise import DepthwiseConv2D

    height, width, channels = depthwise.kernel.shape
    weights = padded_channels(depthwise.kernel.reshape(-1, channels)), padded_channels(depthwise.bias)
    kernel = DepthwiseConv2D(
        sources[0],
        target,
        (height, width),
        depthwise.strides,
        depthwise.dilation,
        depthwise.border,
        depthwise.activation,
    )
    yield KernelCall(kernel, weights)


def _pooling(pooling: Pooling, sources: Sequence[Layout], target: Layout, relaxed: bool) -> Iterator[KernelCall]:
    from .pooling import Pooling2D

    offset = _corner(pooling.margin, sources[0])
    yield KernelCall(Pooling2D(sources[0], target, pooling.size, pooling.strides, pooling.average, offset))


def _global_pooling(
    pooling: GlobalPooling, sources: Sequence[Layout], target: Layout, relaxed: bool
) -> Iterator[KernelCall]:
    from .pooling import GlobalPooling2D

    yield KernelCall(GlobalPooling2D(sources[0], target, pooling.average))


def _affine(scaling: Affine, sources: Sequence[Layout], target: Layout, relaxed: bool) -> Iterator[KernelCall]:
    from .elementwise import Scaled

    constants = padded_channels(scaling.scale), padded_channels(scaling.offset)
    yield KernelCall(Scaled(sources[0], target, scaling.activation), constants)


def _matmul(product: MatMul, sources: Sequence[Layout], target: Layout, relaxed: bool) -> Iterator[KernelCall]:
    inputs, units = product.kernel.shape
    late = LazyConstant(lambda: panels(product.kernel), inputs * padded(units), FEW_ROWS)
    dense = Dense(inputs, units, sources[0].image, product.activation)
    yield KernelCall(dense, (padded_channels(product.kernel), late, padded_channels(product.bias)), dense.scratch)


def _add(total: Add, sources: Sequence[Layout], target: Layout, relaxed: bool) -> Iterator[KernelCall]:
    from .elementwise import Elementwise

    yield KernelCall(Elementwise(tuple(sources), target, total.activation))


def _softmax(exponentials: Softmax, sources: Sequence[Layout], target: Layout, relaxed: bool) -> Iterator[KernelCall]:
    yield KernelCall(SoftmaxKernel(sources[0], target))


def _layer_norm(
    normalized: LayerNorm, sources: Sequence[Layout], target: Layout, relaxed: bool
) -> Iterator[KernelCall]:
    from .normalization import Normalization

    constants = padded_channels(normalized.scale), padded_channels(normalized.offset)
    yield KernelCall(Normalization(sources[0], target, normalized.epsilon, normalized.centred), constants)


def _attention(operation: Attention, sources: Sequence[Layout], target: Layout, relaxed: bool) -> Iterator[KernelCall]:
    from . import attention

    query, key, value = sources
    kernel = attention.Attention(query, key, value, target, operation.heads, operation.key_heads)
    yield KernelCall(kernel, scratch=kernel.scratch(relaxed))


def _recurrent(operation: Recurrent, sources: Sequence[Layout], target: Layout, relaxed: bool) -> Iterator[KernelCall]:
    from .scan import Scan

    column = first = 0
    for units, recurrent, bias, backwards, is_reversed in operation.directions:
        scan = Scan(operation.kind, units, sources[0], target, column, first, backwards, is_reversed)
        yield KernelCall(scan, (recurrent, bias), scan.scratch)
        column, first = column + len(bias), first + units


def _corner(margin: Margin, source: Layout) -> int:
    """From a source's first pixel to the corner of the margin that an operation reads."""
    top, _, left, _ = margin
    return -(top * source.row + left * source.pixel)


_CALLS: dict[type[Operation], Callable[[Any, Sequence[Layout], Layout, bool], Iterator[KernelCall]]] = {
    Attention: _attention,
    Convolution: _convolution,
    Depthwise: _depthwise,
    Softmax: _softmax,
    GlobalPooling: _global_pooling,
    LayerNorm: _layer_norm,
    Pooling: _pooling,
    MatMul: _matmul,
    Recurrent: _recurrent,
    Affine: _affine,
    Add: _add,
}
