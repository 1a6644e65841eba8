"""A network in its fastest form for the peers: normalisation and activations folded, nothing left of dropout.

It is what TensorFlow.js's converter and ONNX Runtime make of it, too; done once here, both get the same.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from kerata.layers.batch_normalization import scale_and_offset
from kerata.node import Node

KERNELS = {"Conv2D", "DepthwiseConv2D", "Dense"}


def folded(nodes: Sequence[Node]) -> list[Node]:
    """The nodes that are left, in run order; the last one gives the output."""
    uses = Counter(name for node in nodes for name in node.inputs)
    stands_for: dict[str, str] = {}
    kept: dict[str, Node] = {}
    for node in nodes:
        node = replace(node, inputs=tuple(stands_for.get(name, name) for name in node.inputs))
        before = kept.get(node.inputs[0]) if node.inputs else None
        merged = _merged(before, node) if before is not None and uses[before.name] <= 1 else None
        if node.kind == "Dropout":
            stands_for[node.name] = node.inputs[0]
            uses[node.inputs[0]] += uses[node.name] - 1
        elif merged is not None:
            kept[merged.name] = merged
            stands_for[node.name] = merged.name
            uses[merged.name] = uses[node.name]
        else:
            kept[node.name] = node
    return list(kept.values())


def activation_of(node: Node) -> str | None:
    """Of a layer that is an activation and nothing else."""
    if node.kind == "Activation":
        return str(node.config["activation"])
    if node.kind == "ReLU":
        return {None: "relu", 6: "relu6"}[node.config.get("max_value")]
    return None


def _merged(before: Node, node: Node) -> Node | None:
    if before.kind not in KERNELS or before.config.get("activation", "linear") != "linear":
        return None
    if node.kind == "BatchNormalization":
        return _scaled(before, *scale_and_offset(node))
    if activation := activation_of(node):
        return replace(before, config={**before.config, "activation": activation})
    return None


def _scaled(node: Node, scale: np.ndarray, offset: np.ndarray) -> Node:
    kernel = node.weights["kernel"]
    along = scale[:, None] if node.kind == "DepthwiseConv2D" else scale
    weights = {"kernel": kernel * along, "bias": node.weights.get("bias", 0) * scale + offset}
    return replace(node, weights={name: weight.astype(np.float32) for name, weight in weights.items()})


def bias_of(node: Node) -> np.ndarray:
    """Zeros where the layer has none; of a depthwise kernel (h, w, channels, 1) one for each channel."""
    channels = node.weights["kernel"].shape[2 if node.kind == "DepthwiseConv2D" else -1]
    return node.weights.get("bias", np.zeros(channels, np.float32))
