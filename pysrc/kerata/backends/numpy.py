"""The complete backend: each layer's own NumPy code."""

from ..layers import Call, find
from ..node import Node


class NumpyBackend:
    name = "numpy"

    def kernel(self, node: Node) -> Call:
        return find(node.kind, node.name).build(node)


BACKEND = NumpyBackend()
