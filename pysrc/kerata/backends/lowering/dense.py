"""Lowering of dense layers."""

import numpy as np

from ...layers.common.quantized import mode_of
from ...node import Node
from ..ir import Operation
from .lowerer import Lowerer, Shapes, bias_of, product, with_activation


def _dense(node: Node, shapes: Shapes) -> list[Operation] | None:
    if mode_of(node.config):
        return None
    bias = bias_of(node, node.config["units"])
    made = product(node.inputs[0], node.name, shapes[node.name], node.weights["kernel"], bias)
    return with_activation(made, node.config.get("activation"))


def _einsum_dense(node: Node, shapes: Shapes) -> list[Operation] | None:
    """Where it is a dense layer: the sum over the last axis, in whose place come the units."""
    x, kernel, output = node.config["equation"].replace("->", ",").split(",")
    units = output[-1]
    if kernel != x[-1] + units or output != x[:-1] + units or units in x or mode_of(node.config):
        return None
    count = node.weights["kernel"].shape[1]
    if node.weights.get("bias", np.zeros(count)).size != count:
        return None
    made = product(node.inputs[0], node.name, shapes[node.name], node.weights["kernel"], bias_of(node, count))
    return with_activation(made, node.config.get("activation"))


LOWERERS: dict[str, Lowerer] = {"Dense": _dense, "EinsumDense": _einsum_dense}
