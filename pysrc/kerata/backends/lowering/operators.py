"""Lowering of operators: functions of `keras.ops` that mean what a layer means, on arrays of floats."""

from ...node import Node, Ref
from ..operations import GlobalPooling, Operation, Sum
from .lowerer import Lowerer, Shapes


def _add(node: Node, shapes: Shapes) -> list[Operation] | None:
    """Of arrays alike, each given as an input, no constant among them."""
    if len({shapes[name] for name in node.inputs}) > 1 or node.keywords != {"args": [Ref(0), Ref(1)]}:
        return None
    return [Sum(list(node.inputs), node.name, shapes[node.name])]


def _mean(node: Node, shapes: Shapes) -> list[Operation] | None:
    """Of all steps of a sequence."""
    steps = len(shapes[node.inputs[0]]) == 2 and node.config.get("axis") in (1, -2, [1], [-2])
    if not steps or node.keywords != {"args": [Ref(0)]}:
        return None
    return [GlobalPooling(list(node.inputs), node.name, shapes[node.name], average=True)]


def activation_of(node: Node) -> str | None:
    """The name of the activation that this operator is."""
    if node.keywords != {"args": [Ref(0)]}:
        return None
    if node.kind == "ops.Gelu":
        return "gelu_by_tanh" if node.config.get("approximate", True) else "gelu"
    return _ACTIVATIONS.get(node.kind)


LOWERERS: dict[str, Lowerer] = {"ops.Add": _add, "ops.Mean": _mean}

_ACTIVATIONS = {
    "ops.HardSigmoid": "hard_sigmoid",
    "ops.HardSilu": "hard_silu",
    "ops.Relu": "relu",
    "ops.Relu6": "relu6",
    "ops.Sigmoid": "sigmoid",
    "ops.Silu": "silu",
    "ops.Tanh": "tanh",
}
