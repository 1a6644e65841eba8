"""The complete backend: each layer's own NumPy code."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..layers import Layer, Mask, find
from ..node import Node, Ref, mapped
from .program import HostProgram, Values


class Step:
    """A node's call with what it takes and gives. Masks travel beside the values that carry them."""

    def __init__(self, node: Node) -> None:
        self.node, self.config, self.keywords = node, node.config, node.keywords
        self.layer: Layer = find(node.kind, node.name)
        self.call = self.layer.build(node)
        named = sum(1 for _ in _refs(node.keywords))
        self.positional = node.inputs[: len(node.inputs) - named]

    def run(self, values: dict[str, np.ndarray], masks: dict[str, Mask]) -> None:
        inputs = [values[name] for name in self.positional]
        carried = [masks.get(name) for name in self.positional] if masks else [None] * len(inputs)
        keywords = self._keywords(values) if self.keywords else {}
        given = keywords.get("mask") if self.layer.takes_mask else None
        if given is not None:
            carried = given if isinstance(given, list) else [given]
        elif self.layer.takes_mask:
            keywords["mask"] = carried[0] if len(carried) == 1 else carried
        outputs = self.call(*inputs, **keywords)
        mask = self.layer.mask(self.config, inputs, carried)
        self._keep(outputs, values)
        self._keep(mask, masks)

    def _keywords(self, values: dict[str, np.ndarray]) -> dict[str, Any]:
        def value(leaf: Any) -> Any:
            return values[self.node.inputs[leaf.place]] if isinstance(leaf, Ref) else leaf

        return mapped(self.keywords, value)

    def _keep(self, results: Any, where: dict[str, Any]) -> None:
        for name, result in zip(self.node.outputs, results if isinstance(results, list) else [results], strict=False):
            if result is not None:
                # Of integers NumPy makes float64 where Keras makes float32.
                where[name] = result.astype(np.float32) if result.dtype == np.float64 else result


def _refs(structure: Any) -> list[Ref]:
    found: list[Ref] = []
    mapped(structure, lambda leaf: found.append(leaf) if isinstance(leaf, Ref) else None)
    return found


class NumpyProgram(HostProgram):
    """Runs node after node, each value an array of its own."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._steps = [Step(node) for node in nodes if node.inputs]

    def run(self, inputs: Values) -> dict[str, np.ndarray]:
        """The output of every node, by its name, from the inputs by theirs."""
        values, masks = dict(inputs), dict[str, Mask]()
        for step in self._steps:
            step.run(values, masks)
        return values


class NumpyBackend:
    name = "numpy"
    asynchronous = False
    complete = True

    def program(self, nodes: Sequence[Node], outputs: Sequence[str]) -> NumpyProgram:
        return NumpyProgram(nodes)
