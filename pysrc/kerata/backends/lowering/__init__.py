"""From nodes to operations: each kind of layer that there are kernels for, and what is fused with what follows."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from itertools import chain
from typing import NamedTuple

from ... import layers
from ...errors import UnsupportedError
from ...layers import dropout
from ...layers.batch_normalization import axes_of, scale_and_offset
from ...layers.common.data_format import channels_first
from ...layers.common.windows import Windows, pool_windows
from ...node import Node
from ..ir import ACTIVATIONS, CURVES, Add, Convolution, Fallback, Operation, Padding
from . import dense, images, operators
from .lowerer import Lowerer, Shapes, Size

__all__ = ["KINDS", "Abilities", "Shapes", "Size", "has_kernel", "is_known_operator", "known_shapes", "lower"]

_LOWERERS: dict[str, Lowerer] = dense.LOWERERS | images.LOWERERS | operators.LOWERERS

# In files that are imported when a model has such a layer: most have none, and start sooner without.
_IN_FILES = {
    "recurrent": ("Bidirectional", "GRU", "LSTM", "SimpleRNN"),
    "sequences": (
        *("GroupQueryAttention", "GroupedQueryAttention", "LayerNormalization"),
        *("MultiHeadAttention", "RMSNormalization"),
    ),
}

KINDS = frozenset([*_LOWERERS, *chain(*_IN_FILES.values())])  # of layers that there are kernels for


def _lowerer(kind: str) -> Lowerer | None:
    for file, kinds in _IN_FILES.items():
        if kind in kinds:
            return import_module(f"{__name__}.{file}").LOWERERS[kind]
    return _LOWERERS.get(kind)


class KernelSupport(NamedTuple):
    """Whether a backend's kernel of a convolution can take the largest of 2×2, too; whether it has a kernel that can do
    this operation.
    """

    fuses_pool: Callable[[Convolution], bool]
    supports: Callable[[Operation], bool]


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
    nodes: Sequence[Node], shapes: Shapes, outputs: Iterable[str], support: KernelSupport
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
        if alone and _fused(alone, node, support):
            del made[alone.output]
            alone.output, alone.shape = node.name, shapes[node.name]
            made[node.name] = alone
            continue
        operations = _lowered(node, shapes, support)
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
        return config["activation"] if config.get("activation") in (*ACTIVATIONS, *CURVES) else None
    if node.kind == "ReLU" and not config.get("negative_slope") and not config.get("threshold"):
        ceiling = config.get("max_value")
        return "relu" if ceiling is None else "relu6" if ceiling == 6 else None
    return operators.activation_of(node)


def _fused(before: Operation, node: Node, support: KernelSupport) -> bool:
    """Whether the operation before now does the node's work as well."""
    name = _activation_of(node)
    if name in ACTIVATIONS:
        return before.fuse_activation(name)
    if node.kind == "BatchNormalization" and axes_of(node.config, len(node.shape)) == [len(node.shape) - 1]:
        return before.fuse_scale(*scale_and_offset(node))
    if node.kind == "MaxPooling2D" and isinstance(before, Convolution) and not channels_first(node.config):
        return _pooled(before, pool_windows(node.config), support)
    return False


def _pooled(before: Convolution, windows: Windows, support: KernelSupport) -> bool:
    """Whether the convolution before now takes the largest of these windows, too."""
    if before.pooled or any(images.margin_of(windows, before.shape)) or not windows.size == windows.strides == (2, 2):
        return False
    before.pooled = support.fuses_pool(before)
    return before.pooled


def _lowered(node: Node, shapes: Shapes, support: KernelSupport) -> list[Operation]:
    made = _on_kernels(node, shapes, support)
    if made is not None:
        return made
    layer = layers.find(node.kind, node.name)
    call = layer.build(node)
    if layer.takes_mask:
        call = partial(call, mask=None if len(node.inputs) == 1 else [None] * len(node.inputs))
    return [Fallback(list(node.inputs), node.name, shapes[node.name], call)]


def _on_kernels(node: Node, shapes: Shapes, support: KernelSupport) -> list[Operation] | None:
    lowerer = None if channels_first(node.config) else _lowerer(node.kind)
    made = lowerer(node, shapes) if lowerer else None
    if made is None and (name := _activation_of(node)):
        made = [Add(list(node.inputs), node.name, shapes[node.name], activation=name)]
    return made if made is not None and all(map(support.supports, made)) else None


def has_kernel(node: Node, shapes: Shapes, support: KernelSupport) -> bool:
    """Whether a supported node runs on a backend's kernels, by itself or as a part of another."""
    return not node.inputs or _on_kernels(node, shapes, support) is not None


def is_known_operator(node: Node, shapes: Shapes) -> bool:
    """Whether it is an operator that does to arrays of floats what a layer does that there are kernels for."""
    lowerer = operators.LOWERERS.get(node.kind)
    return bool(operators.activation_of(node) or (lowerer and lowerer(node, shapes)))
