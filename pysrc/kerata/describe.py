"""What a model's file says of it, before any weight is read."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import NamedTuple

from . import formats, graph
from .backends import kernels_for
from .errors import DAMAGED_CONFIG, loading
from .graph.deserialize import flatten
from .layers import find
from .node import Node, Shape

_LARGEST = 1 << 27  # bytes


class LayerDescription(NamedTuple):
    """kernels: the backends that have one for it; on the others, and where there are none, it runs on NumPy."""

    name: str
    kind: str
    shape: Shape
    parameters: int
    kernels: tuple[str, ...]


class Description(NamedTuple):
    """missing: of layers that Kerata does not run, by their names, why; the rest is then empty."""

    name: str
    inputs: Mapping[str, Shape]
    outputs: Mapping[str, Shape]
    layers: list[LayerDescription]
    missing: Mapping[str, str]

    @property
    def parameters(self) -> int:
        return sum(layer.parameters for layer in self.layers)


def describe(source: formats.Source) -> Description:
    """Of a model's file, or of the JSON of a model without its weights.

    Raises ModelFileError, UnsupportedError for an option that a layer does not have, or OSError when a path cannot be
    read.
    """
    with loading(DAMAGED_CONFIG):
        config = formats.read_config(source)
        if missing := graph.missing(config):
            return Description("", {}, {}, [], missing)
        return _described(graph.read(config, None))


def _check(node: Node, inputs: Sequence[Shape]) -> None:
    """Builds the layer as `load_model` does, on zeros for its weights, to refuse what that refuses.

    Left out are layers with lists of text or numbers, which would have to be read, and those with weights too large to
    be copied just for this.
    """
    layer = find(node.kind, node.name)
    has_lists = not layer.floats and (None,) in layer.weight_shapes(node.config, inputs, node.call_kwargs).values()
    if node.inputs and not has_lists and sum(weight.nbytes for weight in node.weights.values()) < _LARGEST:
        layer.build(node)


def _described(model: graph.Graph) -> Description:
    shapes = {name: shape for node in model.nodes for name, shape in zip(node.outputs, node.shapes, strict=True)}
    kernels, counted = kernels_for(model.nodes), set[str]()
    described = []
    for node in model.nodes:
        _check(node, [shapes[name] for name in node.inputs])
        # A layer that is used twice has its weights once.
        parameters = 0 if node.layer in counted else sum(prod(weight.shape) for weight in node.weights.values())
        counted.add(node.layer)
        described.append(LayerDescription(node.name, node.kind, node.shape, parameters, kernels[node.name]))
    inputs, outputs = ({name: shapes[name] for name in flatten(ends)} for ends in (model.inputs, model.outputs))
    return Description(model.name, inputs, outputs, described, {})
