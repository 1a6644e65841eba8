"""Lowering of operators: functions of `keras.ops` that mean what a layer means, on arrays of floats."""

from ...node import Node, Ref
from ..ir import Add, GlobalPooling, Operation
from .lowerer import Lowerer, Shapes


def _is_called_on(node: Node, count: int) -> bool:
    """Whether its arguments are so many inputs, in their order, and no constants."""
    arguments = node.call_kwargs.get("args", ())
    in_order = all(isinstance(each, Ref) and each.place == place for place, each in enumerate(arguments))
    return [*node.call_kwargs] == ["args"] and len(arguments) == len(node.inputs) == count and in_order


def _add(node: Node, shapes: Shapes) -> list[Operation] | None:
    """Of arrays alike."""
    if not _is_called_on(node, 2) or len({shapes[name] for name in node.inputs}) > 1:
        return None
    return [Add(list(node.inputs), node.name, shapes[node.name])]


def _mean(node: Node, shapes: Shapes) -> list[Operation] | None:
    """Of all steps of a sequence."""
    steps = len(shapes[node.inputs[0]]) == 2 and node.config.get("axis") in (1, -2, [1], [-2])
    if not steps or not _is_called_on(node, 1):
        return None
    return [GlobalPooling(list(node.inputs), node.name, shapes[node.name], average=True)]


def activation_of(node: Node) -> str | None:
    """The name of the activation that this operator is."""
    if not _is_called_on(node, 1):
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
