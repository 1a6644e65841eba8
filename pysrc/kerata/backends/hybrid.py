"""A program for any model on a backend that supports only some layers.

Supported are layers of float arrays with known sizes, without masks and state, that give one such array. Each subgraph
of supported layers becomes a program of the backend; the layers between run on NumPy.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from .. import layers
from ..layers.registry import Mask, no_mask, same_mask
from ..limits import check_bytes
from ..node import Node, Shape, accelerated, keeps_state
from .base import Backend, Program, Values, last_uses
from .lowering import is_known_operator
from .numpy import Step, bytes_of, tensors_of

_NUMBERS = ("float16", "bfloat16", "float32", "float64")  # dtypes of an input that is taken as float32


def program(backend: Backend, nodes: Sequence[Node], outputs: Sequence[str]) -> Program:
    """The nodes as one program of a backend that is not complete, where all are supported, or as a hybrid one."""
    nodes = accelerated(nodes, backend.accelerator)
    supported = supported_nodes(nodes)
    if len(supported) == len(nodes):
        return backend.program(nodes, outputs)
    return HybridProgram(backend, nodes, outputs, supported)


class _Subgraph(NamedTuple):
    label: str
    program: Program
    inputs: list[str]
    outputs: list[str]


class HybridProgram(Program):
    def __init__(self, backend: Backend, nodes: Sequence[Node], outputs: Sequence[str], supported: set[str]) -> None:
        shapes = {name: shape for node in nodes for name, shape in zip(node.outputs, node.shapes, strict=True)}
        running = [node for node in nodes if node.inputs]
        self.asynchronous = backend.asynchronous
        tensors = tensors_of(nodes)
        self._parts: list[_Subgraph | Step] = []
        uses: list[list[str]] = []
        for is_supported, group in groupby(running, key=lambda node: node.name in supported):
            subgraph = list(group)
            if is_supported:
                names = {node.name for node in subgraph}
                others = [node for node in running if node.name not in names]
                wanted = {*outputs}.union(*(node.inputs for node in others))
                part = _subgraph(backend, subgraph, shapes, wanted)
                self._parts.append(part)
                uses.append([*part.inputs, *part.outputs])
            else:
                self._parts += [Step(node, tensors) for node in subgraph]
                uses += [[*node.inputs, *node.outputs] for node in subgraph]
        self._done = last_uses(uses, outputs)

    async def arun(self, inputs: Values) -> dict[str, np.ndarray]:
        values, masks = dict(inputs), dict[str, Mask]()
        used = bytes_of(values)
        for part, done in zip(self._parts, self._done, strict=True):
            if isinstance(part, Step):
                used += part.run(values, masks)
            else:
                made = await part.program.arun({name: values[name] for name in part.inputs})
                used += bytes_of(made)
                values |= made
            check_bytes(part.label, used)
            for name in done:
                used -= values.pop(name).nbytes
        return values


def _subgraph(backend: Backend, nodes: list[Node], shapes: Mapping[str, Shape], wanted: set[str]) -> _Subgraph:
    """These nodes with an input in place of each value that comes from outside. `wanted` is read elsewhere."""
    made = {name for node in nodes for name in node.outputs}
    inputs = list(dict.fromkeys(name for node in nodes for name in node.inputs if name not in made))
    fed = [Node(name, "InputLayer", (), {"name": name}, {}, shapes[name]) for name in inputs]
    outputs = [node.name for node in nodes if node.name in wanted]
    label = f"Layer {nodes[-1].name!r}"
    return _Subgraph(label, backend.program([*fed, *nodes], outputs), inputs, outputs)


def supported_nodes(nodes: Sequence[Node]) -> set[str]:
    """The names of those that are supported."""
    batch = nodes[0].shape[0]
    supported: set[str] = set()
    floats: set[str] = set()  # values that are float arrays with known sizes
    masked: set[str] = set()  # tensors that may carry a mask
    tensors = tensors_of(nodes)
    shapes: dict[str, Shape] = {}
    for node in nodes:
        layer = layers.find(node.kind, node.name)
        shapes |= dict(zip(node.outputs, node.shapes, strict=True))
        carries = "mask" in node.call_kwargs or any(tensors[name] in masked for name in node.inputs)
        gives_mask = (layer.mask is not no_mask and carries) or _makes_mask(node, layer, shapes)
        if gives_mask:
            masked.update(tensors[name] for name in node.outputs)
        known = [len(shape) > 1 and shape[0] == batch and None not in shape[1:] for shape in node.shapes]
        sizes = {name: tuple(size or 1 for size in shapes[name][1:]) for name in (*node.inputs, node.name)}
        operator = {*node.inputs} <= floats and is_known_operator(node, sizes)
        numbers = layer.floats and (node.inputs or node.config.get("dtype", "float32") in _NUMBERS)
        if numbers or operator:
            floats.update(name for name, is_known in zip(node.outputs, known, strict=True) if is_known)
        sees_mask = gives_mask or (carries and layer.takes_mask)
        named = node.call_kwargs and not operator
        alike = not (node.more or named or sees_mask or _mixes_rows(node) or keeps_state(node.config))
        if {*node.inputs, *node.outputs} <= floats and alike:
            supported.add(node.name)
    return supported


def _mixes_rows(node: Node) -> bool:
    """Whether it works along the batch, which backends run in parts."""
    axes = node.config.get("axis")
    axes = axes if isinstance(axes, list | tuple) else [axes]
    return bool({0, -len(node.shape)} & {axis for axis in axes if isinstance(axis, int)})


def _makes_mask(node: Node, layer: layers.Layer, shapes: Mapping[str, Shape]) -> bool:
    """Whether a mask goes out though none came in, as it turns out with a sample."""
    if layer.mask in (no_mask, same_mask) or not layer.floats or not node.inputs:
        return False
    samples = [np.zeros([1] * len(shapes[name]), np.float32) for name in node.inputs]
    return layer.mask_of(node.call_kwargs)(node.config, samples, [None] * len(samples)) is not None
