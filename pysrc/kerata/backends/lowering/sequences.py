"""Lowering of what stands beside dense layers in models of sequences: normalisation and attention."""

import numpy as np

from ...layers.layer_normalization import axes_of
from ...layers.multi_head_attention import Heads
from ...node import Node
from ..ir import Attention, LayerNorm, Operation
from .lowerer import Lowerer, Shapes, bias_of, product


def _goes_over_channels(node: Node) -> bool:
    return axes_of(node.config) in ((-1,), (len(node.shape) - 1,))


def _layer_normalization(node: Node, shapes: Shapes) -> list[Operation] | None:
    if not _goes_over_channels(node) or node.config.get("rms_scaling"):
        return None
    channels = shapes[node.name][-1]
    scale = node.weights.get("gamma", np.ones(channels, np.float32))
    epsilon = node.config.get("epsilon", 1e-3)
    offset = bias_of(node, channels, "beta")
    return [LayerNorm(list(node.inputs), node.name, shapes[node.name], scale, offset, epsilon, centred=True)]


def _rms_normalization(node: Node, shapes: Shapes) -> list[Operation] | None:
    if not _goes_over_channels(node):
        return None
    scale, epsilon = node.weights["scale"], node.config.get("epsilon", 1e-6)
    none = np.zeros_like(scale)
    return [LayerNorm(list(node.inputs), node.name, shapes[node.name], scale, none, epsilon, centred=False)]


def _attention(node: Node, shapes: Shapes) -> list[Operation] | None:
    """Projections of query, key and value, what the heads find, and a projection of that."""
    config, heads = node.config, Heads.of(node.config)
    query, value, *_ = node.inputs
    key = node.inputs[-1]
    of_steps = len(shapes[query]) == len(shapes[value]) == 2 and config.get("attention_axes") in (None, [1], (1,), 1)
    if not of_steps or len(shapes[node.name]) > 2 or config.get("sliding_window") or config.get("use_gate"):
        return None

    def projected(source: str, part: str, width: int) -> Operation:
        kernel = node.weights[f"{part}_dense/kernel"].reshape(-1, width)
        bias = bias_of(node, width, f"{part}_dense/bias")
        return product(source, f"{node.name}/{part}", (shapes[source][0], width), kernel, bias)

    parts = [
        projected(query, "query", heads.queries * heads.key_dim),
        projected(key, "key", heads.keys * heads.key_dim),
        projected(value, "value", heads.keys * heads.value_dim),
    ]
    found = f"{node.name}/found"
    sought = (shapes[query][0], heads.queries * heads.value_dim)
    attention = Attention([part.output for part in parts], found, sought, heads.queries, heads.keys)
    width = shapes[node.name][-1]
    kernel = node.weights["output_dense/kernel"].reshape(-1, width)
    bias = bias_of(node, width, "output_dense/bias")
    return [*parts, attention, product(found, node.name, shapes[node.name], kernel, bias)]


LOWERERS: dict[str, Lowerer] = {
    "GroupQueryAttention": _attention,
    "GroupedQueryAttention": _attention,
    "LayerNormalization": _layer_normalization,
    "MultiHeadAttention": _attention,
    "RMSNormalization": _rms_normalization,
}
