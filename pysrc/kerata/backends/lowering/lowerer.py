"""What lowerers of layers share: a lowerer makes operations of a node, or None where kernels cannot do it."""

from collections.abc import Callable

import numpy as np

from ...node import Node
from ..ir import ACTIVATIONS, CURVES, Add, Convolution, MatMul, Operation, Softmax

Size = tuple[int, ...]  # a value's shape, without the batch
Shapes = dict[str, Size]
Lowerer = Callable[[Node, Shapes], list[Operation] | None]

_UNITS = (1, 1)  # strides and dilation of a window of one place


def product(source: str, output: str, shape: Size, kernel: np.ndarray, bias: np.ndarray) -> MatMul | Convolution:
    """x · kernel + bias over the last axis: for a vector, or for each place of an array."""
    if len(shape) == 1:
        return MatMul([source], output, shape, kernel, bias)
    return Convolution([source], output, shape, kernel[None, None], bias, _UNITS, _UNITS)


def with_activation(operation: Operation, name: str | None) -> list[Operation] | None:
    """The operation and the activation in the same node's config; None where kernels do not have it."""
    if name in (None, *ACTIVATIONS):
        operation.fuse_activation(name or "linear")
        return [operation]
    if name != "softmax" and name not in CURVES:
        return None
    output, operation.output = operation.output, operation.output + "/before"
    inputs, shape = [operation.output], operation.shape
    if name == "softmax":
        return [operation, Softmax(inputs, output, shape)]
    return [operation, Add(inputs, output, shape, activation=name)]


def bias_of(node: Node, count: int, name: str = "bias") -> np.ndarray:
    """The weight of this name as a vector; zeros where there is none."""
    return node.weights.get(name, np.zeros(count, np.float32)).reshape(count)
