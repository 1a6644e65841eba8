"""The complete backend: each layer's own NumPy code."""

from collections.abc import Sequence

import numpy as np

from ..layers import find
from ..node import Node
from .program import HostProgram, Values


class NumpyProgram(HostProgram):
    """Runs node after node, each value an array of its own."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._steps = [(node, find(node.kind, node.name).build(node)) for node in nodes]

    def run(self, inputs: Values) -> dict[str, np.ndarray]:
        """The output of every node, by its name, from the inputs by theirs."""
        values = dict(inputs)
        for node, call in self._steps:
            if node.inputs:
                values[node.name] = call(*(values[name] for name in node.inputs))
        return values


class NumpyBackend:
    name = "numpy"
    asynchronous = False

    def program(self, nodes: Sequence[Node], outputs: Sequence[str]) -> NumpyProgram:
        return NumpyProgram(nodes)
