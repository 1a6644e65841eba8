"""Seeded changes of bytes and of JSON."""

import copy
import json
import random
from typing import Any

Random = random.Random


# Changes of bytes


def _flip(data: bytearray, chance: Random) -> None:
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _overwrite(data: bytearray, chance: Random) -> None:
    for _ in range(chance.choice((1, 2, 8))):
        data[chance.randrange(len(data))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))


def _lie(data: bytearray, chance: Random) -> None:
    """A size or an address, of whatever width, that is not true."""
    width = chance.choice((1, 2, 4, 8))
    values = (0, 1, len(data), len(data) - 1, 2 ** (8 * width) - 1, 2 ** (8 * width - 1), chance.randrange(len(data)))
    place = chance.randrange(max(1, len(data) - width)) & -chance.choice((1, 2, 4, 8))
    data[place : place + width] = (chance.choice(values) % 2 ** (8 * width)).to_bytes(
        width, chance.choice(("little", "big"))
    )


def _cut(data: bytearray, chance: Random) -> None:
    del data[chance.randrange(len(data)) :]


def _splice(data: bytearray, chance: Random) -> None:
    """A piece of the file over another place."""
    size = min(len(data), chance.choice((4, 8, 16, 64, 512, 4096)))
    source, target = (chance.randrange(len(data) - size + 1) & -chance.choice((1, 8)) for _ in range(2))
    data[target : target + size] = data[source : source + size]


def _move(data: bytearray, chance: Random) -> None:
    """Bytes that are left out, or too many."""
    place, size = chance.randrange(len(data)), chance.choice((1, 8, 100))
    if chance.random() < 0.5:
        del data[place : place + size]
    else:
        data[place:place] = chance.randbytes(size)


_CHANGES = (_flip, _flip, _overwrite, _lie, _lie, _cut, _splice, _move)


def damaged(data: bytes, chance: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 3))):
        if changed:
            chance.choice(_CHANGES)(changed, chance)
    return bytes(changed)


# Changes of JSON

_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2, 3, 2**31, 2**63, -(2**63), 10**30, 0.5, 1e308, float("nan"), float("inf")),
    *("", "x", "linear", "channels_first", "Dense", "Functional", "x" * 10_000),
    *([], {}, [[]], [None], [-1, -1], [0, 0], [1] * 1000, [2**31, 2**31], {"class_name": "Dense", "config": {}}),
)


def hostile(config: Any, chance: Random) -> Any:
    """A config with a value or a few replaced, moved, doubled or gone."""
    config = copy.deepcopy(config)
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        all_places = list(places(config))
        if not all_places:
            break
        holder, key = chance.choice(all_places)
        other, from_key = chance.choice(all_places)
        match chance.randrange(8):
            case 0:
                del holder[key]
            case 1 | 2:
                holder[key] = copy.deepcopy(other[from_key])
            case 3 if isinstance(holder, list):
                holder.insert(key, copy.deepcopy(holder[key]))
            case 4 if isinstance(holder[key], str):
                holder[key] = chance.choice(_words(config))
            case 5:
                holder[key] = [holder[key]]
            case _:
                holder[key] = copy.deepcopy(chance.choice(_VALUES))
    if chance.random() < 0.1:
        wrap_one(config, chance)
    if chance.random() < 0.01:
        config = json.loads("[" * 400 + "]" * 400)
    return config


def places(value: Any) -> Any:
    """Every (container, key) in it."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in list(keys):
        yield value, key
        yield from places(value[key])


def _words(config: Any) -> list[str]:
    return ["", *sorted({str(holder[key]) for holder, key in places(config) if isinstance(holder[key], str)})]


def hostile_text(text: str | bytes, chance: Random) -> bytes:
    return json.dumps(hostile(json.loads(text), chance)).encode()


# Changes of options, as alike to what was there as a reader may expect

SIZES = (
    0,
    -1,
    1,
    2,
    3,
    7,
    64,
    10**3,
    10**5,
    10**6,
    10**7,
    10**8,
    10**9,
    2**31 - 1,
    2**31,
    2**62,
    2**63 - 1,
    2**64,
    10**30,
)
_NUMBERS = (*SIZES, 0.5, -2.5, 1e-30, 1e308, float("nan"), float("inf"), float("-inf"))
_WORDS = (
    *("valid", "same", "causal", "channels_first", "channels_last", "relu", "softmax", "glu", "tanh", "int", "count"),
    *("one_hot", "multi_hot", "tf_idf", "sum", "concat", "dot", "nearest", "bicubic", "lanczos5", "area", "reflect"),
    *("float16", "int8", "string", "complex64", "int8_from_float32", "int4_from_float32", "float8_from_float32"),
    *("ab,bc->ac", "...a,ab->...b", "a,a->a", "", "\x1b[2J", "x" * 1000),
)


def hostile_option(old: Any, chance: Random) -> Any:
    """A value of the type that was there, mostly, and hostile."""
    if chance.random() < 0.1:
        return copy.deepcopy(chance.choice(_VALUES))
    if isinstance(old, bool) or old is None:
        return chance.choice((True, False, None, chance.choice(_NUMBERS), chance.choice(_WORDS), [1, 1]))
    if isinstance(old, int):
        size = chance.choice(SIZES)
        return [size] * chance.randrange(1, 5) if chance.random() < 0.2 else size
    if isinstance(old, float):
        return chance.choice(_NUMBERS)
    if isinstance(old, str):
        return chance.choice(_WORDS)
    if isinstance(old, list):
        changed = copy.deepcopy(old)
        match chance.randrange(5):
            case 0:
                return changed * chance.choice((0, 2, 3, 50))
            case 1:
                return changed[1:]
            case 2 if changed:
                return [hostile_option(changed[0], chance)] * len(changed)
            case _ if changed:
                place = chance.randrange(len(changed))
                changed[place] = hostile_option(changed[place], chance)
        return changed
    return copy.deepcopy(chance.choice(_VALUES))


def wrap_one(config: Any, chance: Random) -> None:
    """Puts a layer into layers of layers, a few or many deep."""
    entries = [holder[key] for holder, key in places(config)
               if isinstance(holder[key], dict) and isinstance(holder[key].get("config"), dict)
               and "class_name" in holder[key]]  # fmt: skip
    if not entries:
        return
    entry = chance.choice(entries)
    for _ in range(chance.choice((1, 1, 2, 3, 8, 20, 40))):
        layer = {"class_name": entry["class_name"], "config": entry["config"]}
        name = layer["config"].get("name", "w")
        kind = chance.choice(
            ("TimeDistributed", "Bidirectional", "SpectralNormalization", "RNN", "StackedRNNCells", "Sequential")
        )
        wrapped = {
            "RNN": {"cell": layer},
            "StackedRNNCells": {"cells": [layer] * chance.choice((1, 2))},
            "Sequential": {
                "layers": [{"class_name": "InputLayer", "config": {"name": "i", "batch_shape": [None, 4]}}, layer]
            },
        }.get(kind, {"layer": layer})
        entry["class_name"], entry["config"] = kind, {"name": name, **wrapped}
