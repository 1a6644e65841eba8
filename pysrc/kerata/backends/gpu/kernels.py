"""The kernel that computes an operation: a shader's name, the constants that make it this one, and its weights."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..ir import (
    ACTIVATIONS,
    Add,
    Affine,
    Convolution,
    Depthwise,
    Flatten,
    GlobalPooling,
    MatMul,
    Operation,
    Padding,
    Pooling,
    Softmax,
)
from .layout import BLOCK, Layout, blocks_of, kernel_blocks, to_blocks

_THREADS = 1024  # that keep a device busy
_MIN_SLICE = 64  # blocks of a dense layer's inputs, for which a thread of its own pays


@dataclass(eq=False, repr=False)
class Total(Operation):
    """The sum of slices (slices, units) that a product was cut into."""

    activation: str


@dataclass(frozen=True)
class Kernel:
    """`sources` are the shader's names of the operation's inputs, `weights` flat arrays of blocks by its names of them.

    threads: of an image, on WebGPU; None where there is one for each block of the target, as always on WebGL.
    """

    shader: str
    constants: dict[str, int]
    sources: tuple[str, ...] = ("x",)
    weights: dict[str, np.ndarray] = field(default_factory=dict)
    threads: int | None = None


def supports(operation: Operation) -> bool:
    """Whether there is a kernel for it."""
    known = getattr(operation, "activation", "linear") in ACTIVATIONS
    return type(operation) in _KERNELS and known and not (isinstance(operation, Convolution) and operation.groups > 1)


def kernel_of(operation: Operation, source: Layout, target: Layout) -> Kernel:
    """source: of the first input."""
    kernel = _KERNELS[type(operation)](operation, source, target)
    activation = ACTIVATIONS.index(getattr(operation, "activation", "linear"))
    return replace(kernel, constants=kernel.constants | {"ACTIVATION": activation})


def split(operations: Sequence[Operation]) -> Iterator[Operation]:
    """The same, of operations that have kernels: a sum of many by pairs, a product of many inputs by slices."""
    for operation in operations:
        if isinstance(operation, Add):
            yield from _in_pairs(operation)
        elif isinstance(operation, MatMul):
            yield from _in_slices(operation)
        else:
            yield operation


def _in_pairs(total: Add) -> Iterator[Add]:
    first, *others = total.inputs
    for place, other in enumerate(others[:-1]):
        partial = f"{total.output}/{place}"
        yield Add([first, other], partial, total.shape)
        first = partial
    yield replace(total, inputs=[first, *others[-1:]])


def _in_slices(product: MatMul) -> Iterator[Operation]:
    inputs, units = map(blocks_of, product.kernel.shape)
    slices = min(-(-inputs // _MIN_SLICE), -(-_THREADS // units))
    if slices == 1:
        yield product
    else:
        sliced = f"{product.output}/slices"
        yield replace(product, output=sliced, shape=(slices, *product.shape), activation="linear")
        yield Total([sliced], product.output, product.shape, product.activation)


def _sizes(source: Layout, target: Layout) -> dict[str, int]:
    return {
        "SOURCE_HEIGHT": source.height,
        "SOURCE_WIDTH": source.width,
        "HEIGHT": target.height,
        "WIDTH": target.width,
        "BLOCKS": target.depth,
    }


def _steps(operation: Convolution | Depthwise) -> dict[str, int]:
    return {
        "KERNEL_HEIGHT": operation.kernel.shape[0],
        "KERNEL_WIDTH": operation.kernel.shape[1],
        "STRIDE_DOWN": operation.strides[0],
        "STRIDE_ACROSS": operation.strides[1],
        "DILATION_DOWN": operation.dilation[0],
        "DILATION_ACROSS": operation.dilation[1],
    }


def _convolution(convolution: Convolution, source: Layout, target: Layout) -> Kernel:
    top, _, left, _ = convolution.margin
    tiles = target.pixels if convolution.pooled else -(-target.height // 2) * -(-target.width // 2)
    return Kernel(
        "conv2d",
        _sizes(source, target)
        | _steps(convolution)
        | {
            "SOURCE_BLOCKS": source.depth,
            "LANES": min(source.channels, BLOCK),
            "TOP": top,
            "LEFT": left,
            "PADDED": int(any(convolution.margin)),
            "POOL": 2 if convolution.pooled else 1,
        },
        weights={"kernel": kernel_blocks(convolution.kernel), "bias": to_blocks(convolution.bias)},
        threads=tiles * target.depth,
    )


def _depthwise(depthwise: Depthwise, source: Layout, target: Layout) -> Kernel:
    top, left = depthwise.border
    return Kernel(
        "depthwise_conv2d",
        _sizes(source, target) | _steps(depthwise) | {"TOP": top, "LEFT": left},
        weights={"kernel": to_blocks(depthwise.kernel), "bias": to_blocks(depthwise.bias)},
    )


def _pooling(pooling: Pooling, source: Layout, target: Layout) -> Kernel:
    top, _, left, _ = pooling.margin
    return Kernel(
        "pooling2d",
        _sizes(source, target)
        | {
            "POOL_HEIGHT": pooling.size[0],
            "POOL_WIDTH": pooling.size[1],
            "STRIDE_DOWN": pooling.strides[0],
            "STRIDE_ACROSS": pooling.strides[1],
            "TOP": top,
            "LEFT": left,
            "AVERAGE": int(pooling.average),
        },
    )


def _global_pooling(pooling: GlobalPooling, source: Layout, target: Layout) -> Kernel:
    constants = {"PIXELS": source.pixels, "BLOCKS": target.depth, "AVERAGE": int(pooling.average)}
    return Kernel("global_pooling2d", constants)


def _padding(padding: Padding, source: Layout, target: Layout) -> Kernel:
    top, _, left, _ = padding.border
    return Kernel("zero_padding2d", _sizes(source, target) | {"TOP": top, "LEFT": left})


def _matmul(product: MatMul, source: Layout, target: Layout) -> Kernel:
    slices = target.pixels
    return Kernel(
        "dense",
        {
            "SOURCE_BLOCKS": source.depth,
            "BLOCKS": target.depth,
            "SLICES": slices,
            "SLICE": -(-source.depth // slices),
        },
        weights={"kernel": kernel_blocks(product.kernel), "bias": to_blocks(product.bias)},
    )


def _total(total: Total, source: Layout, target: Layout) -> Kernel:
    return Kernel("total", {"SLICES": source.pixels, "BLOCKS": target.depth})


def _affine(scaling: Affine, source: Layout, target: Layout) -> Kernel:
    weights = {"scale": to_blocks(scaling.scale), "offset": to_blocks(scaling.offset)}
    return Kernel("scale", {"BLOCKS": target.depth}, weights=weights)


def _add(total: Add, source: Layout, target: Layout) -> Kernel:
    return Kernel("add", {}, ("x", "other")) if len(total.inputs) == 2 else Kernel("activation", {})


def _softmax(exponentials: Softmax, source: Layout, target: Layout) -> Kernel:
    return Kernel("softmax", {"CHANNELS": target.channels, "BLOCKS": target.depth})


def _flatten(flattened: Flatten, source: Layout, target: Layout) -> Kernel:
    constants = {"PIXELS": source.pixels, "CHANNELS": source.channels}
    return Kernel("flatten", constants | {"SOURCE_BLOCKS": source.depth, "BLOCKS": target.depth})


_KERNELS: dict[type[Operation], Callable[[Any, Layout, Layout], Kernel]] = {
    Convolution: _convolution,
    Depthwise: _depthwise,
    Softmax: _softmax,
    Flatten: _flatten,
    GlobalPooling: _global_pooling,
    Padding: _padding,
    Pooling: _pooling,
    MatMul: _matmul,
    Affine: _affine,
    Add: _add,
    Total: _total,
}
