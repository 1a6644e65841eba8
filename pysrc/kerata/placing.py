"""Which of a file's weights is which of a model's.

A `.keras` file and Kerata's own tell by their names; in an `.h5` it takes the order in which each Keras wrote them.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from . import layers
from .calls import Call, Level
from .errors import ModelFileError
from .layers.registry import NOT_TRAINED
from .node import Shape, Weights

_MOST_SLASHES = 8  # in a layer's name; Keras 3 allows none


def zeros(listed: Sequence[Call], inputs: Mapping[str, Sequence[Shape]]) -> dict[str, Weights]:
    """As `placed`, for a model whose weights are not there: they take no memory."""
    made: dict[str, dict[str, np.ndarray]] = {call.layer: {} for call in listed}
    for wanted in (each for call in listed for each in wanted_by(call, inputs[call.name])):
        sizes = [1 if size is None else size for size in wanted.shape]
        made[wanted.layer][wanted.name] = np.broadcast_to(np.float32(0), sizes)
    return made  # type: ignore[return-value]


class Wanted(NamedTuple):
    """A weight as its layer knows it."""

    layer: str
    name: str
    shape: Shape
    trained: bool  # by its layer, if that is trained
    levels: tuple[Level, ...]


_Found = dict[Wanted, np.ndarray]


def placed(listed: Sequence[Call], inputs: Mapping[str, Sequence[Shape]], weights: Weights) -> dict[str, Weights]:
    """Each layer's weights by their names, by the layer's; from its calls in the file's order and the shapes of their
    inputs. Raises ModelFileError for a missing or misshapen one.
    """
    wanted: dict[str, list[Wanted]] = {}  # by the layer of the whole model that they are in
    made: dict[str, dict[str, np.ndarray]] = {}
    for call in listed:
        if call.layer not in made:
            made[call.layer] = {}
            wanted.setdefault(call.top, []).extend(wanted_by(call, inputs[call.name]))
    rows = _rows(weights, wanted)
    for top, those in wanted.items():
        found = _by_name(those, weights)
        if len(found) < len(those):
            row = rows.get(top, {})
            found = _in_order(those, row) or _by_last_name(those, row) or found | _by_own_name(top, those, weights)
        for each in those:
            made[each.layer][each.name] = _checked(each, found.get(each))
    return made  # type: ignore[return-value]


def _rows(weights: Weights, tops: Collection[str]) -> dict[str, dict[str, np.ndarray]]:
    """The weights in the file's order, by those layers of the whole model whose names they begin with."""
    rows: dict[str, dict[str, np.ndarray]] = {}
    for key, weight in weights.items():
        *parts, _ = key.split("/", _MOST_SLASHES)
        names = ("/".join(parts[:count]) for count in range(len(parts), 0, -1))
        if owner := next((name for name in names if name in tops), None):  # the longest, for names may hold slashes
            rows.setdefault(owner, {})[key] = weight
    return rows


def wanted_by(call: Call, inputs: Sequence[Shape]) -> list[Wanted]:
    shapes = layers.find(call.kind, call.layer).weights(call.config, inputs)
    return [
        Wanted(call.layer, name, tuple(shape), _is_trained(name, shapes), call.levels) for name, shape in shapes.items()
    ]


def _is_trained(name: str, shapes: Mapping[str, Shape]) -> bool:
    """What has a scale beside it is quantised."""
    return name.rpartition("/")[2] not in NOT_TRAINED and f"{name}_scale" not in shapes


def _by_name(wanted: Sequence[Wanted], weights: Weights) -> _Found:
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


def _by_own_name(top: str, wanted: Sequence[Wanted], weights: Weights) -> _Found:
    """Each under the name of its own layer: what two models within a layer share, an `.h5` holds once."""
    keys = {each: f"{top}/{each.levels[-1].name}/{each.name}" for each in wanted}
    return {each: weights[key] for each, key in keys.items() if key in weights}


def _by_last_name(wanted: Sequence[Wanted], row: Weights) -> _Found:
    """Where the row names nothing twice: a layer may hold a weight twice that an `.h5` holds once."""
    keys = {key.rpartition("/")[2]: key for key in row}
    names = {each: each.name.rpartition("/")[2] for each in wanted}
    if len(keys) < len(row) or set(names.values()) != set(keys):
        return {}
    return {each: row[keys[name]] for each, name in names.items()}


def _in_order(wanted: Sequence[Wanted], row: Weights) -> _Found | None:
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


def _keras3_order(wanted: Sequence[Wanted]) -> list[Wanted]:
    """A weight knows whether it is trained; but of a layer of the whole model that is frozen, none is."""
    if any(each.levels[0].frozen for each in wanted):
        return list(wanted)
    return sorted(wanted, key=lambda each: not each.trained or each.levels[-1].frozen)


def _keras2_order(wanted: Sequence[Wanted]) -> list[Wanted]:
    """A model knows what it trains: a frozen one nothing, but its own order is by what its layers say."""
    trained, others = _trained_and_others(wanted, 0)
    return trained + others


def _trained_and_others(wanted: Sequence[Wanted], depth: int) -> tuple[list[Wanted], list[Wanted]]:
    """Of one layer at this depth."""
    levels = wanted[0].levels
    trained: list[Wanted] = []
    others: list[Wanted] = []
    if depth == len(levels) - 1:
        trained = [each for each in wanted if each.trained]
        others = [each for each in wanted if not each.trained]
    else:
        for _, part in groupby(wanted, key=lambda each: each.levels[depth + 1].name):
            first, second = _trained_and_others(list(part), depth + 1)
            trained += first
            others += second
    return ([], trained + others) if levels[depth].frozen else (trained, others)


def _agree(wanted: Wanted, key: str) -> int:
    """How far a key of the file tells of this weight."""
    *layers, name = key.split("/")
    return (name == wanted.name.rpartition("/")[2]) + (wanted.levels[-1].name in layers)


def _fits(wanted: Wanted, weight: np.ndarray) -> bool:
    sizes = zip(wanted.shape, weight.shape, strict=False)
    return len(weight.shape) == len(wanted.shape) and all(size in (None, actual) for size, actual in sizes)


def _checked(wanted: Wanted, weight: np.ndarray | None) -> np.ndarray:
    of = f"Weight {wanted.name!r} of layer {wanted.layer!r}: expected shape {wanted.shape}"
    if weight is None:
        raise ModelFileError(f"{of}, but the file has no such weight.")
    if not _fits(wanted, weight):
        raise ModelFileError(f"{of}, received {weight.shape}.")
    return weight if weight.dtype == np.uint8 else np.asarray(weight, np.float32)  # bytes are a file's text
