"""Which of a file's weights is which of a model's.

A `.keras` file and Kerata's own tell by their names; in an `.h5` it takes the order in which each Keras wrote them.
Where an `.h5` comes without its model, the order of layers counts as well, whatever their names are: so Keras does it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain, groupby
from typing import NamedTuple

import numpy as np

from .. import layers
from ..errors import ModelFileError
from ..layers.registry import NOT_TRAINED
from ..limits import check_size
from ..node import Row, Shape, Weights
from .deserialize import Call, Level

_MAX_SLASHES = 8  # in a layer's name; Keras 3 allows none


def zero_weights(listed: Sequence[Call], inputs: Mapping[str, Sequence[Shape]]) -> dict[str, Weights]:
    """As `assign_weights`, for a model whose weights are not there: they take no memory."""
    made: dict[str, dict[str, np.ndarray]] = {call.layer: {} for call in listed}
    for wanted in (each for call in listed for each in weight_specs(call, inputs[call.name])):
        check_size(f"Weight {wanted.name!r} of layer {wanted.layer!r}", *wanted.shape)
        sizes = [1 if size is None else size for size in wanted.shape]
        made[wanted.layer][wanted.name] = np.broadcast_to(np.float32(0), sizes)
    return made  # type: ignore[return-value]


class Rows(dict[str, np.ndarray]):
    """The weights of an `.h5` that came without its model: by "layer/weight" as the file names them, and in its order.

    listed: of each layer with weights, its name in the file and its row. keras: the major version that wrote them.
    converted: the name of a layer of the model, and the row for it → its weights by "layer/place" where today they have
    another form, else None.
    """

    def __init__(
        self,
        named: Weights,
        listed: list[tuple[str, Row]],
        keras: int,
        converted: Callable[[str, Row], Weights | None],
    ) -> None:
        super().__init__(named)
        self.listed, self.keras, self.converted = listed, keras, converted


class WeightSpec(NamedTuple):
    """A weight as its layer knows it."""

    layer: str
    name: str
    shape: Shape
    trained: bool  # by its layer, if that is trained
    levels: tuple[Level, ...]


_Found = dict[WeightSpec, np.ndarray]
_Order = Callable[[Sequence[WeightSpec]], list[WeightSpec]]


def assign_weights(
    listed: Sequence[Call], inputs: Mapping[str, Sequence[Shape]], weights: Weights
) -> dict[str, Weights]:
    """Each layer's weights by their names, by the layer's; from its calls in the file's order and the shapes of their
    inputs. Raises ModelFileError for a missing or misshapen one.
    """
    wanted: dict[str, list[WeightSpec]] = {}  # by the layer of the whole model that they are in
    made: dict[str, dict[str, np.ndarray]] = {}
    for call in listed:
        if call.layer not in made:
            made[call.layer] = {}
            wanted.setdefault(call.top, []).extend(weight_specs(call, inputs[call.name]))
    found = _from_rows(wanted, weights) if isinstance(weights, Rows) else _from_names(wanted, weights)
    for each in chain(*wanted.values()):
        made[each.layer][each.name] = _checked(each, found.get(each))
    return made  # type: ignore[return-value]


def _from_names(wanted: Mapping[str, Sequence[WeightSpec]], weights: Weights) -> _Found:
    """Each layer of the whole model has its weights under its name."""
    all_found: _Found = {}
    rows = _rows(weights, wanted)
    for top, those in wanted.items():
        found = _by_name(those, weights)
        if len(found) < len(those):
            row = rows.get(top, {})
            found = _in_order(those, row) or _by_last_name(those, row) or found | _by_own_name(top, those, weights)
        all_found |= found
    return all_found


def _rows(weights: Weights, tops: Collection[str]) -> dict[str, dict[str, np.ndarray]]:
    """The weights in the file's order, by those layers of the whole model whose names they begin with."""
    rows: dict[str, dict[str, np.ndarray]] = {}
    for key, weight in weights.items():
        *parts, _ = key.split("/", _MAX_SLASHES)
        names = ("/".join(parts[:count]) for count in range(len(parts), 0, -1))
        if owner := next((name for name in names if name in tops), None):  # the longest, for names may hold slashes
            rows.setdefault(owner, {})[key] = weight
    return rows


def _from_rows(wanted: Mapping[str, Sequence[WeightSpec]], rows: Rows) -> _Found:
    """As Keras does: the first row is for the first layer that has weights, and so on. Where that does not fit, each
    row is for the layer of its name, as in Keras's `load_weights(by_name=True)`.
    """
    tops = {top: those for top, those in wanted.items() if those}
    named = dict(rows.listed)
    ways = [[row for _, row in rows.listed]] if len(rows.listed) == len(tops) else []
    if tops.keys() <= named.keys():
        ways.append([named[top] for top in tops])
    for way in ways:
        found = _by_rows(tops, way, rows)
        if _all_fit(tops, found):
            return found
    if not ways:
        raise ModelFileError(
            f"The weights: expected those of {len(tops)} layers, in the model's order, received {len(rows.listed)}."
        )
    found = _by_rows(tops, ways[0], rows)
    for (top, those), row in zip(tops.items(), ways[0], strict=True):
        if found.keys().isdisjoint(those):
            raise ModelFileError(f"Layer {top!r}: expected weights for it, {len(those)} in all, received {len(row)}.")
    return found


def _by_rows(tops: Mapping[str, Sequence[WeightSpec]], listed: Sequence[Row], rows: Rows) -> _Found:
    """A row for each layer."""
    found: _Found = {}
    for (top, those), row in zip(tops.items(), listed, strict=True):
        converted = rows.converted(top, row)
        if converted is None:
            found |= _in_keras_order(top, those, row, rows.keras)
        else:
            found |= _from_names({top: those}, converted)
    return found


def _all_fit(tops: Mapping[str, Sequence[WeightSpec]], found: _Found) -> bool:
    return all(each in found and _fits(each, found[each]) for each in chain(*tops.values()))


def _in_keras_order(top: str, wanted: Sequence[WeightSpec], row: Row, keras: int) -> _Found:
    """In the order of the Keras that wrote the row. It depends on which layers are trained, and the model may say other
    ones than the file's did: where the weights' own names agree better with another order, that one counts.
    """
    if len(row) < len(wanted) and (firsts := _held_once(wanted, len(row))):
        once = _in_keras_order(top, [*dict.fromkeys(firsts.values())], row, keras)
        return {each: once[first] for each, first in firsts.items() if first in once}
    orders = _ORDERS if keras > 2 else (_keras2_order, _keras3_order, list)
    fitting = _fitting(wanted, row, orders, lambda each, key: int(_leaf(key) == _leaf(each.name)))
    if not fitting:
        return _paired(orders[0](wanted), row) if len(row) == len(wanted) else {}
    if any(order != fitting[0] for order in fitting) and orders[0](wanted) not in fitting:
        raise ModelFileError(
            f"The weights of layer {top!r}: expected one order that fits, received weights that fit in several; "
            "save them with the model in one file."
        )
    first = orders[0](wanted)
    return _paired(first if first in fitting else fitting[0], row)


def _held_once(wanted: Sequence[WeightSpec], count: int) -> dict[WeightSpec, WeightSpec]:
    """Each with the first that is the same weight, where that makes `count` of them: an `.h5` holds a weight once that
    models within a layer share, or that a layer keeps under two names.
    """
    for name in (str, _leaf):
        firsts: dict[tuple[str, str], WeightSpec] = {}
        same = {each: firsts.setdefault((each.levels[-1].name, name(each.name)), each) for each in wanted}
        if len(firsts) == count:
            return same
    return {}


def _paired(order: Sequence[WeightSpec], row: Row) -> _Found:
    return {each: weight for each, (_, weight) in zip(order, row, strict=True)}


def _fitting(
    wanted: Sequence[WeightSpec], row: Row, orders: Sequence[_Order], agree: Callable[[WeightSpec, str], int]
) -> list[list[WeightSpec]]:
    """Of the orders in which the row has the shapes of these weights, those that agree best with its names."""
    if len(row) != len(wanted):
        return []
    fitting = [
        order
        for order in (order(wanted) for order in orders)
        if all(_fits(each, weight) for each, (_, weight) in zip(order, row, strict=True))
    ]
    scores = [sum(agree(each, key) for each, (key, _) in zip(order, row, strict=True)) for order in fitting]
    return [order for order, score in zip(fitting, scores, strict=True) if score == max(scores)]


def weight_specs(call: Call, inputs: Sequence[Shape]) -> list[WeightSpec]:
    shapes = layers.find(call.kind, call.layer).weight_shapes(call.config, inputs, call.call_kwargs)
    return [
        WeightSpec(call.layer, name, tuple(shape), _is_trained(name, shapes), call.levels)
        for name, shape in shapes.items()
    ]


def _is_trained(name: str, shapes: Mapping[str, Shape]) -> bool:
    """What has a scale beside it is quantised."""
    return name.rpartition("/")[2] not in NOT_TRAINED and f"{name}_scale" not in shapes


def _by_name(wanted: Sequence[WeightSpec], weights: Weights) -> _Found:
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
    for part, last in places.items():
        if f"{part}/{last + 1}" in weights:
            raise ModelFileError(
                f"Layer {part!r}: expected {last + 1} weights, received more. If it was quantized as a part of another "
                "layer, Keras did not save how; save the model before it is quantized."
            )
    return found


def _by_own_name(top: str, wanted: Sequence[WeightSpec], weights: Weights) -> _Found:
    """Each under the name of its own layer: what two models within a layer share, an `.h5` holds once."""
    keys = {each: f"{top}/{each.levels[-1].name}/{each.name}" for each in wanted}
    return {each: weights[key] for each, key in keys.items() if key in weights}


def _by_last_name(wanted: Sequence[WeightSpec], row: Weights) -> _Found:
    """Where the row names nothing twice: a layer may hold a weight twice that an `.h5` holds once."""
    keys = {key.rpartition("/")[2]: key for key in row}
    names = {each: each.name.rpartition("/")[2] for each in wanted}
    if len(keys) < len(row) or set(names.values()) != set(keys):
        return {}
    return {each: row[keys[name]] for each, name in names.items()}


def _in_order(wanted: Sequence[WeightSpec], row: Weights) -> _Found | None:
    """In an `.h5` all weights of a layer, and of a model within the model, stand in one row: first those that Keras
    trains. Of the orders that versions of Keras had, the one that agrees best with the names. None where none fits.
    """
    listed = [*row.items()]
    fitting = _fitting(wanted, listed, _ORDERS, _agree)
    return _paired(fitting[0], listed) if fitting else None


def _keras3_order(wanted: Sequence[WeightSpec]) -> list[WeightSpec]:
    """A weight knows whether it is trained; but of a layer of the whole model that is frozen, none is."""
    if any(each.levels[0].frozen for each in wanted):
        return list(wanted)
    return sorted(wanted, key=lambda each: not each.trained or each.levels[-1].frozen)


def _keras2_order(wanted: Sequence[WeightSpec]) -> list[WeightSpec]:
    """A model knows what it trains: a frozen one nothing, but its own order is by what its layers say."""
    trained, others = _trained_and_others(wanted, 0)
    return trained + others


def _trained_and_others(wanted: Sequence[WeightSpec], depth: int) -> tuple[list[WeightSpec], list[WeightSpec]]:
    """Of one layer at this depth."""
    levels = wanted[0].levels
    trained: list[WeightSpec] = []
    others: list[WeightSpec] = []
    if depth == len(levels) - 1:
        trained = [each for each in wanted if each.trained]
        others = [each for each in wanted if not each.trained]
    else:
        for _, part in groupby(wanted, key=lambda each: each.levels[depth + 1].name):
            first, second = _trained_and_others(list(part), depth + 1)
            trained += first
            others += second
    return ([], trained + others) if levels[depth].frozen else (trained, others)


_ORDERS: Sequence[_Order] = (_keras3_order, _keras2_order, list)


def _agree(wanted: WeightSpec, key: str) -> int:
    """How far a key of the file tells of this weight."""
    return (_leaf(key) == _leaf(wanted.name)) + (wanted.levels[-1].name in key.split("/")[:-1])


def _leaf(key: str) -> str:
    """dense/kernel:0 → kernel"""
    return key.rpartition("/")[2].partition(":")[0]


def _fits(wanted: WeightSpec, weight: np.ndarray) -> bool:
    sizes = zip(wanted.shape, weight.shape, strict=False)
    return len(weight.shape) == len(wanted.shape) and all(size in (None, actual) for size, actual in sizes)


_ADAPTED = ("vocabulary.txt", "idf_weights")  # what a layer has adapted to its data


def _checked(wanted: WeightSpec, weight: np.ndarray | None) -> np.ndarray:
    of = f"Weight {wanted.name!r} of layer {wanted.layer!r}: expected shape {wanted.shape}"
    if weight is None and wanted.name in _ADAPTED:
        raise ModelFileError(
            f"Layer {wanted.layer!r}: expected its vocabulary, but the file has none. Keras does not write an adapted "
            "vocabulary into an .h5; save the model as .keras."
        )
    if weight is None:
        raise ModelFileError(f"{of}, but the file has no such weight.")
    if not _fits(wanted, weight):
        raise ModelFileError(f"{of}, received {weight.shape}.")
    return weight if weight.dtype == np.uint8 else np.asarray(weight, np.float32)  # bytes are a file's text
