"""Lowering of the layers of images, which go over sequences in the same way, and of those of any array."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ... import layers
from ...layers.batch_normalization import axes_of, scale_and_offset
from ...layers.common.windows import Windows, kernel_windows, pair, pool_windows
from ...layers.zero_padding import border_of
from ...node import Config, Node
from ..ir import (
    Add,
    Affine,
    Convolution,
    Depthwise,
    Flatten,
    GlobalPooling,
    Margin,
    Operation,
    Padding,
    Pooling,
    Softmax,
)
from .lowerer import Lowerer, Shapes, Size, bias_of, product, with_activation


def _convolution(node: Node, shapes: Shapes) -> list[Operation] | None:
    windows = _windows(kernel_windows, node, shapes)
    convolution = Convolution(
        list(node.inputs),
        node.name,
        shapes[node.name],
        _of_plane(node.weights["kernel"]),
        bias_of(node, node.config["filters"]),
        pair(windows.strides),
        pair(windows.dilation),
        node.config.get("groups", 1),
        margin=margin_of(windows, shapes[node.inputs[0]]),
    )
    return with_activation(convolution, node.config.get("activation"))


def _windows(of: Callable[[Config, int], Windows], node: Node, shapes: Shapes) -> Windows:
    """Over a plane, where a sequence is a row."""
    axes = len(shapes[node.inputs[0]]) - 1
    windows, ones = of(node.config, axes), (1,) * (2 - axes)
    return replace(
        windows,
        size=ones + windows.size,
        strides=ones + windows.strides,
        dilation=ones + windows.dilation,
    )


def _of_plane(kernel: np.ndarray) -> np.ndarray:
    """A kernel (steps, …) over a sequence as one (1, steps, …) over a plane; one over a plane as it is."""
    return kernel[None] if kernel.ndim == 3 else kernel


def margin_of(windows: Windows, source: Size) -> Margin:
    """source: the shape of a plane, or of a sequence."""
    (top, bottom), (left, right) = windows.border(*([1] * (3 - len(source))), *source[:-1])
    return top, bottom, left, right


def _pooling(node: Node, shapes: Shapes) -> list[Operation] | None:
    windows = _windows(pool_windows, node, shapes)
    if any(margin_of(windows, shapes[node.inputs[0]])):
        return None
    size, strides, average = pair(windows.size), pair(windows.strides), node.kind.startswith("Average")
    return [Pooling(list(node.inputs), node.name, shapes[node.name], size, strides, average)]


def _depthwise(node: Node, shapes: Shapes) -> list[Operation] | None:
    kernel = _of_plane(node.weights["kernel"])
    if kernel.shape[3] != 1:
        return None
    depthwise = _channel_by_channel(node, shapes, node.name, kernel, bias_of(node, kernel.shape[2]))
    return with_activation(depthwise, node.config.get("activation"))


def _channel_by_channel(node: Node, shapes: Shapes, output: str, kernel: np.ndarray, bias: np.ndarray) -> Depthwise:
    windows, source = _windows(kernel_windows, node, shapes), shapes[node.inputs[0]]
    top, _, left, _ = margin_of(windows, source)
    shape = (*shapes[node.name][:-1], source[-1])
    strides, dilation = pair(windows.strides), pair(windows.dilation)
    return Depthwise(list(node.inputs), output, shape, kernel[..., 0], bias, strides, dilation, (top, left))


def _separable(node: Node, shapes: Shapes) -> list[Operation] | None:
    kernel, pointwise = _of_plane(node.weights["depthwise_kernel"]), node.weights["pointwise_kernel"]
    if kernel.shape[3] != 1:
        return None
    none, between = np.zeros(kernel.shape[2], np.float32), f"{node.name}/depthwise"
    bias = bias_of(node, pointwise.shape[-1])
    mixed = product(between, node.name, shapes[node.name], pointwise.reshape(pointwise.shape[-2:]), bias)
    finished = with_activation(mixed, node.config.get("activation"))
    return finished and [_channel_by_channel(node, shapes, between, kernel, none), *finished]


def _batch_normalization(node: Node, shapes: Shapes) -> list[Operation] | None:
    if axes_of(node.config, len(node.shape)) != [len(node.shape) - 1]:
        return None
    scale, offset = (array.astype(np.float32) for array in scale_and_offset(node))
    return [Affine(list(node.inputs), node.name, shapes[node.name], scale, offset)]


def _add(node: Node, shapes: Shapes) -> list[Operation] | None:
    if len({shapes[name] for name in node.inputs}) > 1:
        return None
    return [Add(list(node.inputs), node.name, shapes[node.name])]


def _global_pooling(node: Node, shapes: Shapes) -> list[Operation] | None:
    average = node.kind.startswith("GlobalAverage")
    return [GlobalPooling(list(node.inputs), node.name, shapes[node.name], average)]


def _zero_padding(node: Node, shapes: Shapes) -> list[Operation] | None:
    border = border_of(node.config, len(shapes[node.name]) - 1)
    (top, bottom), (left, right) = [(0, 0), *border][-2:]
    call = layers.find(node.kind, node.name).build(node)
    return [Padding(list(node.inputs), node.name, shapes[node.name], call, (top, bottom, left, right))]


def _softmax(node: Node, shapes: Shapes) -> list[Operation] | None:
    last = len(shapes[node.name])
    if node.config.get("axis", -1) not in (-1, last) or node.config.get("activation", "softmax") != "softmax":
        return None
    return [Softmax(list(node.inputs), node.name, shapes[node.name])]


def _flatten(node: Node, shapes: Shapes) -> list[Operation] | None:
    return [Flatten(list(node.inputs), node.name, shapes[node.name])]


_OF_PLANES_AND_SEQUENCES: dict[str, Lowerer] = {
    "AveragePooling": _pooling,
    "Conv": _convolution,
    "DepthwiseConv": _depthwise,
    "GlobalAveragePooling": _global_pooling,
    "GlobalMaxPooling": _global_pooling,
    "MaxPooling": _pooling,
    "SeparableConv": _separable,
    "ZeroPadding": _zero_padding,
}

LOWERERS: dict[str, Lowerer] = {
    "Activation": _softmax,
    "Add": _add,
    "BatchNormalization": _batch_normalization,
    "Flatten": _flatten,
    "Softmax": _softmax,
    **{f"{kind}{axes}D": lowerer for kind, lowerer in _OF_PLANES_AND_SEQUENCES.items() for axes in (1, 2)},
}
