"""The complete backend: each layer's own NumPy code."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import InputError, ModelFileError, UnsupportedError, loading, raise_as
from ..layers import Layer, Mask, find
from ..layers.common.accelerator import Accelerator
from ..limits import check_bytes, check_time
from ..node import Node, Ref, Shape, accelerated, mapped, no_accelerator
from .base import HostProgram, Values, last_uses

_MAX_REMEMBERED = 64  # shapes of inputs: text has many lengths


class Step:
    """A node's call with what it takes and gives.

    Masks lie beside the values, each under its tensor's name: see `tensors_of`.
    """

    def __init__(self, node: Node, tensors: Mapping[str, str]) -> None:
        self.node, self.config = node, node.config
        self.layer: Layer = find(node.kind, node.name)
        self.label = f"Layer {node.name!r}"
        with loading(f"{self.label}: its config is damaged"):
            self.call = self.layer.build(node)
        self._mask = self.layer.mask_of(node.call_kwargs)
        self._fitting: set[tuple[Shape, ...]] = set()  # shapes of inputs
        named = sum(1 for _ in _refs(node.call_kwargs))
        self.positional = node.inputs[: len(node.inputs) - named]
        self._names = node.outputs
        self._inputs, self._outputs = ([tensors[name] for name in names] for names in (self.positional, self._names))
        self._clears_masks = self.layer.clears_masks(self.config)

    def run(self, values: dict[str, np.ndarray], masks: dict[str, Mask]) -> int:
        """Puts its outputs among the values, and returns how many bytes they have.

        Raises InputError, naming the layer, where it cannot run on these values.
        """
        check_time()
        try:
            shapes = tuple([values[name].shape for name in self.node.inputs])
            if shapes not in self._fitting and not self.layer.probes:
                self._check(shapes)
            self._run(values, masks)
            return sum([values[name].nbytes for name in self._names])
        except Exception as error:
            raise_as(InputError, f"{self.label} cannot run on these inputs", error)

    def _check(self, shapes: tuple[Shape, ...]) -> None:
        """Raises InputError where sizes that are open in the file do not fit, or make arrays above the memory limit."""
        try:
            self.layer.shapes(self.config, shapes, self.node.call_kwargs)
        except (ModelFileError, UnsupportedError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(str(error)) from error
        if len(self._fitting) == _MAX_REMEMBERED:
            self._fitting.clear()
        self._fitting.add(shapes)

    def _run(self, values: dict[str, np.ndarray], masks: dict[str, Mask]) -> None:
        inputs = [values[name] for name in self.positional]
        carried = [masks.get(name) for name in self._inputs] if masks else [None] * len(inputs)
        keywords = self._keywords(values) if self.node.call_kwargs else {}
        given = keywords.get("mask") if self.layer.takes_mask else None
        if given is not None:
            carried = given if isinstance(given, list) else [given]
        elif self.layer.takes_mask:
            keywords["mask"] = carried[0] if len(carried) == 1 else carried
        outputs = self.call(*inputs, **keywords)
        mask = self._mask(self.config, inputs, carried)
        if self._clears_masks:
            for name in self._inputs:
                masks.pop(name, None)
        _keep(outputs, self._names, values)
        _keep(mask, self._outputs, masks)

    def _keywords(self, values: dict[str, np.ndarray]) -> dict[str, Any]:
        def value(leaf: Any) -> Any:
            return values[self.node.inputs[leaf.place]] if isinstance(leaf, Ref) else leaf

        return mapped(self.node.call_kwargs, value)


def _keep(results: Any, names: Sequence[str], where: dict[str, Any]) -> None:
    for name, result in zip(names, results if isinstance(results, list) else [results], strict=False):
        if result is not None:
            # Of integers NumPy makes float64 where Keras makes float32.
            where[name] = result.astype(np.float32) if result.dtype == np.float64 else result


def tensors_of(nodes: Sequence[Node]) -> dict[str, str]:
    """Of each value, the name that its tensor has first: some layers of Keras return the very tensor that they get."""
    tensors: dict[str, str] = {}
    for node in nodes:
        tensors |= {name: name for name in node.outputs}
        if node.inputs and find(node.kind, node.name).returns_input(node.config):
            tensors[node.name] = tensors[node.inputs[0]]
    return tensors


def bytes_of(values: Values) -> int:
    return sum([value.nbytes for value in values.values()])


def steps_of(nodes: Sequence[Node]) -> list[Step]:
    """Those of all nodes but the model's inputs."""
    tensors = tensors_of(nodes)
    return [Step(node, tensors) for node in nodes if node.inputs]


def _refs(structure: Any) -> list[Ref]:
    found: list[Ref] = []
    mapped(structure, lambda leaf: found.append(leaf) if isinstance(leaf, Ref) else None)
    return found


class NumpyProgram(HostProgram):
    """Runs node after node, each value an array of its own."""

    def __init__(self, nodes: Sequence[Node], outputs: Sequence[str] = ()) -> None:
        """outputs: the values that `arun` returns, which lets go of all others after their last use."""
        self._steps = steps_of(nodes)
        self._done = last_uses([(*step.node.inputs, *step.node.outputs) for step in self._steps], outputs)

    def run(self, inputs: Values) -> dict[str, np.ndarray]:
        """The output of every node, by its name, from the inputs by theirs."""
        return self._run(inputs, [()] * len(self._steps))

    async def arun(self, inputs: Values) -> dict[str, np.ndarray]:
        return self._run(inputs, self._done)

    def _run(self, inputs: Values, done: Sequence[Sequence[str]]) -> dict[str, np.ndarray]:
        """done: the values to let go of after each step. Raises TooLargeError where the others take too much memory."""
        values, masks = dict(inputs), dict[str, Mask]()
        used = bytes_of(values)
        for step, names in zip(self._steps, done, strict=True):
            used += step.run(values, masks)
            check_bytes(step.label, used)
            for name in names:
                used -= values.pop(name).nbytes
        return values


class NumpyBackend:
    """accelerator: what products and recurrent cells run on, if not on NumPy."""

    name = "numpy"
    asynchronous = False
    complete = True

    def __init__(self, accelerator: Callable[[], Accelerator | None] = no_accelerator) -> None:
        self.accelerator = accelerator

    def program(self, nodes: Sequence[Node], outputs: Sequence[str]) -> NumpyProgram:
        return NumpyProgram(accelerated(nodes, self.accelerator), outputs)
