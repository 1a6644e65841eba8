"""A model's config and weights → nodes in the order in which they run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import NamedTuple

import numpy as np

from . import calls, layers
from .calls import Call, Structure
from .errors import KerataError, ModelFileError, UnsupportedError
from .layers.registry import NOT_TRAINED
from .node import Config, Node, Shape, Weights, value_name


@dataclass(frozen=True)
class Graph:
    name: str
    nodes: tuple[Node, ...]
    inputs: Structure
    outputs: Structure


def read(config: Config, weights: Weights) -> Graph:
    """The graph of `config` ({"class_name": "Sequential" or "Functional", "config": …}) with its weights in place.

    Raises ModelFileError for a config that does not hold together and for a missing or misshapen weight,
    UnsupportedError for a kind of model or layer that Kerata does not run.
    """
    try:
        kind, body = config["class_name"], config["config"]
        if kind not in calls.MODELS:
            raise UnsupportedError(
                f"Model: expected a Sequential or Functional model, received {kind!r}; "
                "a subclassed model keeps its computation in Python code, which is not in the file."
            )
        name = "sequential" if isinstance(body, list) else body.get("name", "model")
        listed, inputs, outputs = calls.read(kind, body)
        ordered = _in_run_order(listed)
        shapes = _shapes(ordered)
        placed = _placed(listed, shapes, weights)
        return Graph(name, tuple(_node(call, shapes, placed[call.layer]) for call in ordered), inputs, outputs)
    except KerataError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
        # A config is somebody else's data: whatever shape it has, the reader gets a sentence.
        sentence = " ".join(str(error).split())
        raise ModelFileError(f"The model's config is damaged: {type(error).__name__} {sentence}.") from error


def _node(call: Call, shapes: Mapping[str, "_Shapes"], weights: Weights) -> Node:
    first, *more = shapes[call.name].outputs
    return Node(call.name, call.kind, call.inputs, call.config, weights, first, tuple(more), call.layer)


class _Shapes(NamedTuple):
    inputs: list[Shape]
    outputs: list[Shape]


def _shapes(ordered: Sequence[Call]) -> dict[str, _Shapes]:
    """Of each call, by its name."""
    made: dict[str, _Shapes] = {}
    values: dict[str, Shape] = {}
    for call in ordered:
        inputs = [values[name] for name in call.inputs]
        outputs = layers.find(call.kind, call.layer).shapes(call.config, inputs)
        made[call.name] = _Shapes(inputs, outputs)
        values |= {value_name(call.name, place): shape for place, shape in enumerate(outputs)}
    return made


# Order


def _in_run_order(listed: Sequence[Call]) -> list[Call]:
    """Every call after those that it takes its inputs from, otherwise in the file's order."""
    places = {call.name: place for place, call in enumerate(listed)}
    sources = [_sources(call, places) for call in listed]
    if len(places) < len(listed):
        names = [call.name for call in listed]
        raise ModelFileError(f"Layer {max(names, key=names.count)!r} is in the model twice.")
    readers: dict[int, list[int]] = {}
    for place, those in enumerate(sources):
        for source in those:
            readers.setdefault(source, []).append(place)
    waits = [len(those) for those in sources]
    ready = [place for place, count in enumerate(waits) if not count]
    heapify(ready)
    ordered: list[Call] = []
    while ready:
        place = heappop(ready)
        ordered.append(listed[place])
        for reader in readers.get(place, []):
            waits[reader] -= 1
            if not waits[reader]:
                heappush(ready, reader)
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


# Weights


class _Wanted(NamedTuple):
    """A weight as its layer knows it."""

    layer: str
    name: str
    shape: Shape
    trained: bool


_Found = dict[_Wanted, np.ndarray]


def _placed(listed: Sequence[Call], shapes: Mapping[str, _Shapes], weights: Weights) -> dict[str, Weights]:
    """Each layer's weights by their names, by the layer's."""
    wanted: dict[str, list[_Wanted]] = {}  # by the layer of the whole model that they are in
    placed: dict[str, dict[str, np.ndarray]] = {}
    for call in listed:
        if call.layer not in placed:
            placed[call.layer] = {}
            wanted.setdefault(call.top, []).extend(_wanted(call, shapes[call.name].inputs))
    for top, those in wanted.items():
        found = _by_name(those, weights)
        if len(found) < len(those):
            found = _in_order(top, those, weights) or found
        for each in those:
            placed[each.layer][each.name] = _checked(each, found.get(each))
    return placed  # type: ignore[return-value]


def _wanted(call: Call, inputs: Sequence[Shape]) -> list[_Wanted]:
    shapes = layers.find(call.kind, call.layer).weights(call.config, inputs)
    return [
        _Wanted(call.layer, name, tuple(shape), not call.frozen and name.rpartition("/")[2] not in NOT_TRAINED)
        for name, shape in shapes.items()
    ]


def _by_name(wanted: Sequence[_Wanted], weights: Weights) -> _Found:
    """Each under its name, or under its place among those that stand in the same part of the layer."""
    found: _Found = {}
    places: dict[str, int] = {}
    for each in wanted:
        path = f"{each.layer}/{each.name}"
        part = path.rpartition("/")[0]
        place = places[part] = places.get(part, -1) + 1
        for key in (path, f"{part}/{place}"):
            if key in weights:
                found[each] = weights[key]
                break
    return found


def _in_order(top: str, wanted: Sequence[_Wanted], weights: Weights) -> _Found | None:
    """In an `.h5` all weights of a layer, and of a model within the model, stand in one row: first those that Keras
    trains, each kind in the order of the layers. None where the row does not fit.
    """
    row = [key for key in weights if key.startswith(f"{top}/")]
    ordered = sorted(wanted, key=lambda each: not each.trained)
    fits = len(row) == len(ordered) and all(
        key.rpartition("/")[2] == each.name.rpartition("/")[2] for key, each in zip(row, ordered, strict=True)
    )
    return {each: weights[key] for each, key in zip(ordered, row, strict=True)} if fits else None


def _checked(wanted: _Wanted, weight: np.ndarray | None) -> np.ndarray:
    of = f"Weight {wanted.name!r} of layer {wanted.layer!r}: expected shape {wanted.shape}"
    if weight is None:
        raise ModelFileError(f"{of}, but the file has no such weight.")
    sizes = zip(wanted.shape, weight.shape, strict=False)
    if len(weight.shape) != len(wanted.shape) or any(size not in (None, actual) for size, actual in sizes):
        raise ModelFileError(f"{of}, received {weight.shape}.")
    return weight if weight.dtype == np.uint8 else np.asarray(weight, np.float32)  # bytes are a file's text
