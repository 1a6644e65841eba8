"""A model's config and weights → nodes in the order in which they run."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import Any, NamedTuple

from .. import layers
from ..errors import DAMAGED_CONFIG, ModelFileError, UnsupportedError, loading
from ..node import MODEL_CLASSES, Config, Node, Shape, States, Weights, value_name
from . import deserialize
from .deserialize import Call, Structure, flatten
from .weights import assign_weights, weight_specs, zero_weights


@dataclass(frozen=True)
class Graph:
    name: str
    class_name: str
    nodes: tuple[Node, ...]
    inputs: Structure
    outputs: Structure
    states: States = field(default_factory=States)


def read(config: Config, weights: Weights | None, within: Node | None = None) -> Graph:
    """The graph of `config` ({"class_name": "Sequential" or "Functional", "config": …}) with its weights in place, or
    None: then zeros that take no memory stand for them. within: the node that it is the layer of, if it is.

    Raises ModelFileError for a config that does not hold together and for a missing or misshapen weight,
    UnsupportedError for a kind of model or layer that Kerata does not run.
    """
    with loading(DAMAGED_CONFIG):
        deserialize.check_depth(config)
        kind, body = _model(config)
        name = "sequential" if isinstance(body, list) else body.get("name", "model")
        listed, ordered, shapes, inputs, outputs = _outline(kind, body)
        _check_ends(shapes, ordered, flatten(inputs), flatten(outputs))
        fed = {name: each.inputs for name, each in shapes.items()}
        placed = zero_weights(listed, fed) if weights is None else assign_weights(listed, fed, weights)
        states, path = (within.states, f"{within.layer}/") if within else (States(), "")
        nodes = (_node(call, shapes, placed[call.layer], f"{path}{call.layer}", states) for call in ordered)
        return Graph(name, kind, tuple(nodes), inputs, outputs, states)


def _check_ends(
    shapes: Mapping[str, "_Shapes"], ordered: Sequence[Call], inputs: Sequence[str], outputs: Sequence[str]
) -> None:
    values = {value_name(name, place) for name, made in shapes.items() for place in range(len(made.outputs))}
    if lost := [name for name in (*inputs, *outputs) if name not in values]:
        raise ModelFileError(f"The model's inputs and outputs name {lost[0]!r}, which is not in the model.")
    fed = {call.name for call in ordered if not call.inputs}
    if fed != set(inputs):
        raise ModelFileError(f"The model's inputs: expected {sorted(fed)}, received {sorted(inputs)}.")


def missing(config: Config) -> dict[str, str]:
    """Of the layers that Kerata does not have, by their names, why not. Raises as `read`, but for these."""
    reasons: dict[str, str] = {}
    with loading(DAMAGED_CONFIG):
        for name, kind in deserialize.listed(*_model(config)):
            try:
                layers.find(kind, name)
            except UnsupportedError as error:
                reasons[name] = str(error)
    return reasons


def _model(config: Config) -> tuple[str, Any]:
    """The class name of a model that can be read, and its own config."""
    kind = config["class_name"]
    if kind not in MODEL_CLASSES:
        raise UnsupportedError(
            f"Model: expected a Sequential or Functional model, received {kind!r}; "
            "a subclassed model keeps its computation in Python code, which is not in the file."
        )
    return kind, config["config"]


def output_shapes(kind: str, body: Any) -> list[Shape]:
    """Of a model of this class name with this config."""
    _, _, shapes, _, outputs = _outline(kind, body)
    values = {
        value_name(name, place): shape for name, made in shapes.items() for place, shape in enumerate(made.outputs)
    }
    return [values[name] for name in flatten(outputs)]


def weight_shapes(kind: str, body: Any) -> dict[str, Shape]:
    """Of all its weights, each by its name behind that of its layer, in Keras's order."""
    listed, _, shapes, _, _ = _outline(kind, body)
    return {
        f"{wanted.layer}/{wanted.name}": wanted.shape
        for call in listed
        for wanted in weight_specs(call, shapes[call.name].inputs)
    }


class _Outline(NamedTuple):
    """A model without its weights: its calls in the file's order and in that in which they run."""

    listed: list[Call]
    ordered: list[Call]
    shapes: dict[str, "_Shapes"]
    inputs: Structure
    outputs: Structure


def _outline(kind: str, body: Any) -> _Outline:
    listed, inputs, outputs = deserialize.read(kind, body)
    ordered = _in_run_order(listed)
    return _Outline(listed, ordered, _shapes(ordered), inputs, outputs)


def _node(call: Call, shapes: Mapping[str, "_Shapes"], weights: Weights, layer: str, states: States) -> Node:
    first, *more = shapes[call.name].outputs
    return Node(
        call.name,
        call.kind,
        call.inputs,
        call.config,
        weights,
        first,
        tuple(more),
        layer,
        states,
        call_kwargs=call.call_kwargs,
    )


class _Shapes(NamedTuple):
    inputs: list[Shape]
    outputs: list[Shape]


def _shapes(ordered: Sequence[Call]) -> dict[str, _Shapes]:
    """Of each call, by its name."""
    made: dict[str, _Shapes] = {}
    values: dict[str, Shape] = {}
    for call in ordered:
        if lost := [name for name in call.inputs if name not in values]:
            raise ModelFileError(f"Layer {call.layer!r} takes input from {lost[0]!r}, which is not in the model.")
        inputs = [values[name] for name in call.inputs]
        with loading(f"Layer {call.layer!r}: its config is damaged"):
            outputs = layers.find(call.kind, call.layer).shapes(call.config, inputs, call.call_kwargs)
        made[call.name] = _Shapes(inputs, outputs)
        values |= {value_name(call.name, place): shape for place, shape in enumerate(outputs)}
    return made


# Order


def _in_run_order(listed: Sequence[Call]) -> list[Call]:
    """Every call after those that it takes its inputs from, otherwise in the order in which Keras runs them."""
    places = {call.name: place for place, call in enumerate(listed)}
    sources = [_sources(call, places) for call in listed]
    if len(places) < len(listed):
        ((name, _),) = Counter(call.name for call in listed).most_common(1)
        raise ModelFileError(f"Layer {name!r} is in the model twice.")
    readers: dict[int, list[int]] = {}
    for place, those in enumerate(sources):
        for source in those:
            readers.setdefault(source, []).append(place)
    waits = [len(those) for those in sources]
    ready = [(listed[place].turn, place) for place, count in enumerate(waits) if not count]
    heapify(ready)
    ordered: list[Call] = []
    while ready:
        _, place = heappop(ready)
        ordered.append(listed[place])
        for reader in readers.get(place, []):
            waits[reader] -= 1
            if not waits[reader]:
                heappush(ready, (listed[reader].turn, reader))
    if len(ordered) < len(listed):
        stuck = next(call for call, count in zip(listed, waits, strict=True) if count)
        raise ModelFileError(f"Layer {stuck.layer!r} is part of a cycle.")
    return ordered


def _sources(call: Call, places: Mapping[str, int]) -> set[int]:
    """The places of the calls that it takes its inputs from."""
    found = set()
    for name in call.inputs:
        maker = name if name in places else name.rpartition("#")[0]
        if maker not in places:
            raise ModelFileError(f"Layer {call.layer!r} takes input from {name!r}, which is not in the model.")
        found.add(places[maker])
    return found
