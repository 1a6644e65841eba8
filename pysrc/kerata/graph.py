"""A model's config and weights → nodes in the order in which they run."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from . import calls, layers
from .calls import Call, Level, Structure, flatten
from .errors import KerataError, ModelFileError, UnsupportedError
from .layers.registry import NOT_TRAINED
from .node import Config, Node, Shape, Weights, value_name


@dataclass(frozen=True)
class Graph:
    name: str
    nodes: tuple[Node, ...]
    inputs: Structure
    outputs: Structure


def read(config: Config, weights: Weights | None) -> Graph:
    """The graph of `config` ({"class_name": "Sequential" or "Functional", "config": …}) with its weights in place, or
    None: then zeros that take no memory stand for them.

    Raises ModelFileError for a config that does not hold together and for a missing or misshapen weight,
    UnsupportedError for a kind of model or layer that Kerata does not run.
    """
    try:
        kind, body = _model(config)
        name = "sequential" if isinstance(body, list) else body.get("name", "model")
        listed, ordered, shapes, inputs, outputs = _outline(kind, body)
        placed = _zeros(listed, shapes) if weights is None else _placed(listed, shapes, weights)
        return Graph(name, tuple(_node(call, shapes, placed[call.layer]) for call in ordered), inputs, outputs)
    except _DAMAGED as error:
        raise _damaged(error) from error


def missing(config: Config) -> dict[str, str]:
    """Of the layers that Kerata does not have, by their names, why not. Raises as `read`, but for these."""
    reasons: dict[str, str] = {}
    try:
        for name, kind in calls.listed(*_model(config)):
            try:
                layers.find(kind, name)
            except UnsupportedError as error:
                reasons[name] = str(error)
    except _DAMAGED as error:
        raise _damaged(error) from error
    return reasons


# What a config can raise: it is somebody else's data, and whatever shape it has, the reader gets a sentence.
_DAMAGED = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)


def _damaged(error: Exception) -> KerataError:
    if isinstance(error, KerataError):
        return error
    sentence = " ".join(str(error).split())
    return ModelFileError(f"The model's config is damaged: {type(error).__name__} {sentence}.")


def _model(config: Config) -> tuple[str, Any]:
    """The class name of a model that can be read, and its own config."""
    kind = config["class_name"]
    if kind not in calls.MODELS:
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
        for wanted in _wanted(call, shapes[call.name].inputs)
    }


class _Outline(NamedTuple):
    """A model without its weights: its calls in the file's order and in that in which they run."""

    listed: list[Call]
    ordered: list[Call]
    shapes: dict[str, "_Shapes"]
    inputs: Structure
    outputs: Structure


def _outline(kind: str, body: Any) -> _Outline:
    listed, inputs, outputs = calls.read(kind, body)
    ordered = _in_run_order(listed)
    return _Outline(listed, ordered, _shapes(ordered), inputs, outputs)


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

_MOST_SLASHES = 8  # in a layer's name; Keras 3 allows none


def _zeros(listed: Sequence[Call], shapes: Mapping[str, _Shapes]) -> dict[str, Weights]:
    """As `_placed`, for a model whose weights are not there."""
    placed: dict[str, dict[str, np.ndarray]] = {call.layer: {} for call in listed}
    for wanted in (each for call in listed for each in _wanted(call, shapes[call.name].inputs)):
        sizes = [1 if size is None else size for size in wanted.shape]
        placed[wanted.layer][wanted.name] = np.broadcast_to(np.float32(0), sizes)
    return placed  # type: ignore[return-value]


class _Wanted(NamedTuple):
    """A weight as its layer knows it."""

    layer: str
    name: str
    shape: Shape
    trained: bool  # by its layer, if that is trained
    levels: tuple[Level, ...]


_Found = dict[_Wanted, np.ndarray]


def _placed(listed: Sequence[Call], shapes: Mapping[str, _Shapes], weights: Weights) -> dict[str, Weights]:
    """Each layer's weights by their names, by the layer's."""
    wanted: dict[str, list[_Wanted]] = {}  # by the layer of the whole model that they are in
    placed: dict[str, dict[str, np.ndarray]] = {}
    for call in listed:
        if call.layer not in placed:
            placed[call.layer] = {}
            wanted.setdefault(call.top, []).extend(_wanted(call, shapes[call.name].inputs))
    rows = _rows(weights, wanted)
    for top, those in wanted.items():
        found = _by_name(those, weights)
        if len(found) < len(those):
            row = rows.get(top, {})
            found = _in_order(those, row) or _by_last_name(those, row) or found | _by_own_name(top, those, weights)
        for each in those:
            placed[each.layer][each.name] = _checked(each, found.get(each))
    return placed  # type: ignore[return-value]


def _rows(weights: Weights, tops: Collection[str]) -> dict[str, dict[str, np.ndarray]]:
    """The weights in the file's order, by those layers of the whole model whose names they begin with."""
    rows: dict[str, dict[str, np.ndarray]] = {}
    for key, weight in weights.items():
        *parts, _ = key.split("/", _MOST_SLASHES)
        for count in range(1, len(parts) + 1):
            name = "/".join(parts[:count])
            if name in tops:
                rows.setdefault(name, {})[key] = weight
    return rows


def _wanted(call: Call, inputs: Sequence[Shape]) -> list[_Wanted]:
    shapes = layers.find(call.kind, call.layer).weights(call.config, inputs)
    return [
        _Wanted(call.layer, name, tuple(shape), _is_trained(name, shapes), call.levels)
        for name, shape in shapes.items()
    ]


def _is_trained(name: str, shapes: Mapping[str, Shape]) -> bool:
    """What has a scale beside it is quantised."""
    return name.rpartition("/")[2] not in NOT_TRAINED and f"{name}_scale" not in shapes


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


def _by_own_name(top: str, wanted: Sequence[_Wanted], weights: Weights) -> _Found:
    """Each under the name of its own layer: what two models within a layer share, an `.h5` holds once."""
    keys = {each: f"{top}/{each.levels[-1].name}/{each.name}" for each in wanted}
    return {each: weights[key] for each, key in keys.items() if key in weights}


def _by_last_name(wanted: Sequence[_Wanted], row: Weights) -> _Found:
    """Where the row names nothing twice: a layer may hold a weight twice that an `.h5` holds once."""
    keys = {key.rpartition("/")[2]: key for key in row}
    names = {each: each.name.rpartition("/")[2] for each in wanted}
    if len(keys) < len(row) or set(names.values()) != set(keys):
        return {}
    return {each: row[keys[name]] for each, name in names.items()}


def _in_order(wanted: Sequence[_Wanted], row: Weights) -> _Found | None:
    """In an `.h5` all weights of a layer, and of a model within the model, stand in one row: first those that Keras
    trains. Of the orders that versions of Keras had, the one that agrees best with the names. None where none fits.
    """
    candidates = []
    for order in (_keras3_order, _keras2_order, list):
        pairs = list(zip(order(wanted), row.items(), strict=False))
        if len(row) == len(wanted) and all(_fits(each, weight) for each, (_, weight) in pairs):
            candidates.append(pairs)
    best = max(candidates, key=lambda pairs: sum(_agree(each, key) for each, (key, _) in pairs), default=None)
    return None if best is None else {each: weight for each, (_, weight) in best}


def _keras3_order(wanted: Sequence[_Wanted]) -> list[_Wanted]:
    """A weight knows whether it is trained; but of a layer of the whole model that is frozen, none is."""
    if any(each.levels[0].frozen for each in wanted):
        return list(wanted)
    return sorted(wanted, key=lambda each: not each.trained or each.levels[-1].frozen)


def _keras2_order(wanted: Sequence[_Wanted]) -> list[_Wanted]:
    """A model knows what it trains: a frozen one nothing, but its own order is by what its layers say."""
    trained, others = _trained_and_others(wanted, 0)
    return trained + others


def _trained_and_others(wanted: Sequence[_Wanted], depth: int) -> tuple[list[_Wanted], list[_Wanted]]:
    """Of one layer at this depth."""
    levels = wanted[0].levels
    trained: list[_Wanted] = []
    others: list[_Wanted] = []
    if depth == len(levels) - 1:
        trained = [each for each in wanted if each.trained]
        others = [each for each in wanted if not each.trained]
    else:
        for _, part in groupby(wanted, key=lambda each: each.levels[depth + 1].name):
            first, second = _trained_and_others(list(part), depth + 1)
            trained += first
            others += second
    return ([], trained + others) if levels[depth].frozen else (trained, others)


def _agree(wanted: _Wanted, key: str) -> int:
    """How far a key of the file tells of this weight."""
    *layers, name = key.split("/")
    return (name == wanted.name.rpartition("/")[2]) + (wanted.levels[-1].name in layers)


def _fits(wanted: _Wanted, weight: np.ndarray) -> bool:
    sizes = zip(wanted.shape, weight.shape, strict=False)
    return len(weight.shape) == len(wanted.shape) and all(size in (None, actual) for size, actual in sizes)


def _checked(wanted: _Wanted, weight: np.ndarray | None) -> np.ndarray:
    of = f"Weight {wanted.name!r} of layer {wanted.layer!r}: expected shape {wanted.shape}"
    if weight is None:
        raise ModelFileError(f"{of}, but the file has no such weight.")
    if not _fits(wanted, weight):
        raise ModelFileError(f"{of}, received {weight.shape}.")
    return weight if weight.dtype == np.uint8 else np.asarray(weight, np.float32)  # bytes are a file's text
