"""From nodes to operations: each kind of layer that there are kernels for, and what is fused with what follows."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np

from .. import layers
from ..errors import UnsupportedError
from ..layers import dropout
from ..layers.batch_normalization import axis_of, scale_and_offset
from ..layers.channels import channels_first
from ..layers.quantized import mode_of
from ..layers.windows import Windows, kernel_windows, pair, pool_windows
from ..layers.zero_padding import border_of
from ..node import Node
from .operations import (
    ACTIVATIONS,
    Convolution,
    Depthwise,
    Exponentials,
    Fallback,
    Flattened,
    GlobalPooling,
    Margin,
    Operation,
    Padding,
    Pooling,
    Product,
    Scaling,
    Sum,
)

Size = tuple[int, ...]  # a value's shape, without the batch
Shapes = dict[str, Size]


class Abilities(NamedTuple):
    """What a backend's kernel can do of a convolution: take the largest of 2×2, too; do its groups."""

    pool: Callable[[Convolution], bool]
    group: Callable[[Convolution], bool]


def known_shapes(nodes: Sequence[Node], backend: str) -> Shapes:
    """Of each node's output; raises UnsupportedError where more than the batch is known only at run time."""
    for node in nodes:
        if None in node.shape[1:]:
            raise UnsupportedError(
                f"Backend {backend!r}: expected all sizes but the batch's to be known, received {node.shape} "
                f"of layer {node.name!r}."
            )
    return {node.name: tuple(size for size in node.shape[1:] if size is not None) for node in nodes}


def lower(
    nodes: Sequence[Node], shapes: Shapes, outputs: Iterable[str], abilities: Abilities
) -> tuple[list[Operation], dict[str, str]]:
    """The operations in run order, and for each output the value that holds it. Other values may be fused away."""
    nodes, names = _without_identities(nodes)
    wanted = {output: names.get(output, output) for output in outputs}
    uses = Counter(name for node in nodes for name in node.inputs) + Counter(wanted.values())
    made: dict[str, Operation] = {}
    for node in nodes:
        if not node.inputs:
            continue
        before = made.get(node.inputs[0])
        alone = before if before and uses[before.output] == 1 else None
        if alone and _fused(alone, node, abilities):
            del made[alone.output]
            alone.output, alone.shape = node.name, shapes[node.name]
            made[node.name] = alone
            continue
        operations = _lowered(node, shapes, abilities)
        if isinstance(alone, Padding) and operations[0].fuse_padding(alone.border):
            del made[alone.output]
            operations[0].inputs = alone.inputs
        made |= {operation.output: operation for operation in operations}
    return list(made.values()), wanted


def _without_identities(nodes: Sequence[Node]) -> tuple[list[Node], dict[str, str]]:
    """The other nodes, fed with what the identities were fed with, and that by the identities' names."""
    kept: list[Node] = []
    names: dict[str, str] = {}
    for node in nodes:
        inputs = tuple(names.get(name, name) for name in node.inputs)
        if _activation_of(node) == "linear":
            names[node.name] = inputs[0]
        else:
            kept.append(replace(node, inputs=inputs))
    return kept, names


def _activation_of(node: Node) -> str | None:
    """The name of the activation that this layer is and nothing else, where kernels have it."""
    config = node.config
    if node.kind in (*dropout.KINDS, "StochasticDepth", "Identity", "InputLayer") and node.inputs:
        return "linear"
    if node.kind == "Activation":
        return config["activation"] if config.get("activation") in ACTIVATIONS else None
    if node.kind == "ReLU" and not config.get("negative_slope") and not config.get("threshold"):
        ceiling = config.get("max_value")
        return "relu" if ceiling is None else "relu6" if ceiling == 6 else None
    return None


def _fused(before: Operation, node: Node, abilities: Abilities) -> bool:
    """Whether the operation before now does the node's work as well."""
    name = _activation_of(node)
    if name:
        return before.fuse_activation(name)
    if node.kind == "BatchNormalization" and axis_of(node.config) in (-1, len(node.shape) - 1):
        return before.fuse_scale(*scale_and_offset(node))
    if node.kind == "MaxPooling2D" and isinstance(before, Convolution) and not channels_first(node.config):
        return _pooled(before, pool_windows(node.config), abilities)
    return False


def _pooled(before: Convolution, windows: Windows, abilities: Abilities) -> bool:
    """Whether the convolution before now takes the largest of these windows, too."""
    if before.pooled or any(_margin(windows, before.shape)) or not windows.size == windows.strides == (2, 2):
        return False
    before.pooled = abilities.pool(before)
    return before.pooled


def _lowered(node: Node, shapes: Shapes, abilities: Abilities) -> list[Operation]:
    made = _on_kernels(node, shapes, abilities)
    if made is not None:
        return made
    layer = layers.find(node.kind, node.name)
    call = layer.build(node)
    if layer.takes_mask:
        call = partial(call, mask=None if len(node.inputs) == 1 else [None] * len(node.inputs))
    return [Fallback(list(node.inputs), node.name, shapes[node.name], call)]


def _on_kernels(node: Node, shapes: Shapes, abilities: Abilities) -> list[Operation] | None:
    lowerer = None if channels_first(node.config) else _LOWERERS.get(node.kind)
    made = lowerer(node, shapes) if lowerer else None
    if made is not None and all(_can(each, abilities) for each in made):
        return made
    if name := _activation_of(node):
        return [Sum(list(node.inputs), node.name, shapes[node.name], activation=name)]
    return None


def has_kernel(node: Node, shapes: Shapes, abilities: Abilities) -> bool:
    """Whether a plain node runs on a backend's kernels, by itself or as a part of another."""
    return not node.inputs or _on_kernels(node, shapes, abilities) is not None


def _can(operation: Operation, abilities: Abilities) -> bool:
    return not isinstance(operation, Convolution) or operation.groups == 1 or abilities.group(operation)


def _with_activation(operation: Operation, name: str | None) -> list[Operation] | None:
    """The operation and the activation in the same node's config; None where kernels do not have it."""
    if name in (None, *ACTIVATIONS):
        operation.fuse_activation(name or "linear")
        return [operation]
    if name != "softmax":
        return None
    output, operation.output = operation.output, operation.output + "/logits"
    return [operation, Exponentials([operation.output], output, operation.shape)]


def _conv2d(node: Node, shapes: Shapes) -> list[Operation] | None:
    windows = kernel_windows(node.config)
    convolution = Convolution(
        list(node.inputs),
        node.name,
        shapes[node.name],
        node.weights["kernel"],
        _bias(node, node.config["filters"]),
        pair(windows.strides),
        pair(windows.dilation),
        node.config.get("groups", 1),
        margin=_margin(windows, shapes[node.inputs[0]]),
    )
    return _with_activation(convolution, node.config.get("activation"))


def _margin(windows: Windows, source: Size) -> Margin:
    (top, bottom), (left, right) = windows.border(source[0], source[1])
    return top, bottom, left, right


def _bias(node: Node, count: int) -> np.ndarray:
    return node.weights.get("bias", np.zeros(count, np.float32))


def _pooling(node: Node, shapes: Shapes) -> list[Operation] | None:
    windows = pool_windows(node.config)
    if any(_margin(windows, shapes[node.inputs[0]])):
        return None
    size, strides, average = pair(windows.size), pair(windows.strides), node.kind == "AveragePooling2D"
    return [Pooling(list(node.inputs), node.name, shapes[node.name], size, strides, average)]


def _dense(node: Node, shapes: Shapes) -> list[Operation] | None:
    if len(shapes[node.name]) != 1 or mode_of(node.config):
        return None
    bias = _bias(node, node.config["units"])
    product = Product(list(node.inputs), node.name, shapes[node.name], node.weights["kernel"], bias)
    return _with_activation(product, node.config.get("activation"))


def _depthwise(node: Node, shapes: Shapes) -> list[Operation] | None:
    kernel = node.weights["kernel"]
    if kernel.shape[3] != 1:
        return None
    windows = kernel_windows(node.config)
    top, _, left, _ = _margin(windows, shapes[node.inputs[0]])
    depthwise = Depthwise(
        list(node.inputs),
        node.name,
        shapes[node.name],
        kernel[..., 0],
        _bias(node, kernel.shape[2]),
        pair(windows.strides),
        pair(windows.dilation),
        (top, left),
    )
    return _with_activation(depthwise, node.config.get("activation"))


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


_LOWERERS: dict[str, Callable[[Node, Shapes], list[Operation] | None]] = {
    "Activation": _softmax,
    "Add": _add,
    "AveragePooling2D": _pooling,
    "BatchNormalization": _batch_normalization,
    "Conv2D": _conv2d,
    "Dense": _dense,
    "DepthwiseConv2D": _depthwise,
    "Flatten": _flatten,
    "GlobalAveragePooling2D": _global_pooling,
    "GlobalMaxPooling2D": _global_pooling,
    "MaxPooling2D": _pooling,
    "Softmax": _softmax,
    "ZeroPadding2D": _zero_padding,
}

KINDS = frozenset(_LOWERERS)  # of layers that there are kernels for
