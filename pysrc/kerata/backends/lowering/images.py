"""Lowering of the layers of images, and of those that any array may go through."""

import numpy as np

from ... import layers
from ...layers.batch_normalization import axis_of, scale_and_offset
from ...layers.windows import Windows, kernel_windows, pair, pool_windows
from ...layers.zero_padding import border_of
from ...node import Node
from ..operations import (
    Convolution,
    Depthwise,
    Exponentials,
    Flattened,
    GlobalPooling,
    Margin,
    Operation,
    Padding,
    Pooling,
    Scaling,
    Sum,
)
from .lowerer import Lowerer, Shapes, Size, bias_of, with_activation


def _conv2d(node: Node, shapes: Shapes) -> list[Operation] | None:
    windows = kernel_windows(node.config)
    convolution = Convolution(
        list(node.inputs),
        node.name,
        shapes[node.name],
        node.weights["kernel"],
        bias_of(node, node.config["filters"]),
        pair(windows.strides),
        pair(windows.dilation),
        node.config.get("groups", 1),
        margin=margin_of(windows, shapes[node.inputs[0]]),
    )
    return with_activation(convolution, node.config.get("activation"))


def margin_of(windows: Windows, source: Size) -> Margin:
    (top, bottom), (left, right) = windows.border(source[0], source[1])
    return top, bottom, left, right


def _pooling(node: Node, shapes: Shapes) -> list[Operation] | None:
    windows = pool_windows(node.config)
    if any(margin_of(windows, shapes[node.inputs[0]])):
        return None
    size, strides, average = pair(windows.size), pair(windows.strides), node.kind == "AveragePooling2D"
    return [Pooling(list(node.inputs), node.name, shapes[node.name], size, strides, average)]


def _depthwise(node: Node, shapes: Shapes) -> list[Operation] | None:
    kernel = node.weights["kernel"]
    if kernel.shape[3] != 1:
        return None
    windows = kernel_windows(node.config)
    top, _, left, _ = margin_of(windows, shapes[node.inputs[0]])
    depthwise = Depthwise(
        list(node.inputs),
        node.name,
        shapes[node.name],
        kernel[..., 0],
        bias_of(node, kernel.shape[2]),
        pair(windows.strides),
        pair(windows.dilation),
        (top, left),
    )
    return with_activation(depthwise, node.config.get("activation"))


def _batch_normalization(node: Node, shapes: Shapes) -> list[Operation] | None:
    if axis_of(node.config) not in (-1, len(node.shape) - 1):
        return None
    scale, offset = (array.astype(np.float32) for array in scale_and_offset(node))
    return [Scaling(list(node.inputs), node.name, shapes[node.name], scale, offset)]


def _add(node: Node, shapes: Shapes) -> list[Operation] | None:
    if len({shapes[name] for name in node.inputs}) > 1:
        return None
    return [Sum(list(node.inputs), node.name, shapes[node.name])]


def _global_pooling(node: Node, shapes: Shapes) -> list[Operation] | None:
    average = node.kind == "GlobalAveragePooling2D"
    return [GlobalPooling(list(node.inputs), node.name, shapes[node.name], average)]


def _zero_padding(node: Node, shapes: Shapes) -> list[Operation] | None:
    (top, bottom), (left, right) = border_of(node.config)
    call = layers.find(node.kind, node.name).build(node)
    return [Padding(list(node.inputs), node.name, shapes[node.name], call, (top, bottom, left, right))]


def _softmax(node: Node, shapes: Shapes) -> list[Operation] | None:
    last = len(shapes[node.name])
    if node.config.get("axis", -1) not in (-1, last) or node.config.get("activation", "softmax") != "softmax":
        return None
    return [Exponentials(list(node.inputs), node.name, shapes[node.name])]


def _flatten(node: Node, shapes: Shapes) -> list[Operation] | None:
    return [Flattened(list(node.inputs), node.name, shapes[node.name])]


LOWERERS: dict[str, Lowerer] = {
    "Activation": _softmax,
    "Add": _add,
    "AveragePooling2D": _pooling,
    "BatchNormalization": _batch_normalization,
    "Conv2D": _conv2d,
    "DepthwiseConv2D": _depthwise,
    "Flatten": _flatten,
    "GlobalAveragePooling2D": _global_pooling,
    "GlobalMaxPooling2D": _global_pooling,
    "MaxPooling2D": _pooling,
    "Softmax": _softmax,
    "ZeroPadding2D": _zero_padding,
}
