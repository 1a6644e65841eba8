"""Loads damaged and hostile files, of one format, in a process of its own: `python -m tests.fuzz h5 1000 7`.

Each file is made from a good one with a seeded change. Whatever it is, loading may fail with a KerataError alone, in
five seconds, and within 1 GiB of memory for the whole process. What is found is printed with the seed that makes it.
"""

import copy
import io
import json
import random
import resource
import signal
import struct
import sys
import time
import traceback
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kerata
from kerata.formats import kerasjs
from tests.bench.export_kerasjs import field

MOST_MEMORY = 1 << 30
MOST_SECONDS = 5

ROOT = Path(__file__).parent.parent
MODELS = Path(__file__).parent / "golden" / "models"

GOOD = {
    "h5": sorted(MODELS.glob("*.h5")),
    "keras": sorted(MODELS.glob("*.keras")),
    "safetensors": [MODELS / "kerata_small.safetensors"],
    "bin": [MODELS / "kerasjs_small.bin"],
    "json": [MODELS / "keras3_nested_small.h5", MODELS / "keras1_small.h5"],
}

Random = random.Random


class Hang(BaseException):
    """Too much time has passed. Not an Exception, lest a reader take it for one of its own."""


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
        places = list(_places(config))
        if not places:
            break
        holder, key = chance.choice(places)
        other, from_key = chance.choice(places)
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
    if chance.random() < 0.01:
        config = json.loads("[" * 400 + "]" * 400)
    return config


def _places(value: Any) -> Any:
    """Every (container, key) in it."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in list(keys):
        yield value, key
        yield from _places(value[key])


def _words(config: Any) -> list[str]:
    return ["", *sorted({str(holder[key]) for holder, key in _places(config) if isinstance(holder[key], str)})]


def _hostile_text(text: str | bytes, chance: Random) -> bytes:
    return json.dumps(hostile(json.loads(text), chance)).encode()


# Changes of formats: in part of the bytes as they are, in part of what they hold, packed again as it should be


def _h5(data: bytes, chance: Random) -> bytes:
    return damaged(data, chance)


def _keras(data: bytes, chance: Random) -> bytes:
    if chance.random() < 0.3:
        return damaged(data, chance)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice(("config.json", "config.json", "model.weights.h5", "metadata.json"))
    change = _hostile_text if name.endswith("json") and chance.random() < 0.8 else damaged
    members[name] = change(members[name], chance)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        for each, content in members.items():
            archive.writestr(each, content)
    return packed.getvalue()


def _safetensors(data: bytes, chance: Random) -> bytes:
    if chance.random() < 0.3:
        return damaged(data, chance)
    size = struct.unpack_from("<Q", data)[0]
    header = json.loads(data[8 : 8 + size])
    if chance.random() < 0.5:
        entry = chance.choice(("config", "self_test"))
        header["__metadata__"][entry] = _hostile_text(header["__metadata__"][entry], chance).decode()
        text = json.dumps(header).encode()
    else:
        text = _hostile_text(json.dumps(header), chance)
    return struct.pack("<Q", len(text)) + text + data[8 + size :]


def _bin(data: bytes, chance: Random) -> bytes:
    if chance.random() < 0.5:
        return damaged(data, chance)
    message = b""
    for number, content in kerasjs._fields(memoryview(data)):
        changed = bytes(content)
        if number == 5:
            changed = _hostile_text(changed, chance)
        elif chance.random() < 0.1:
            changed = damaged(changed, chance)
        message += field(number, changed)
    return message


_FORMATS: dict[str, Callable[[bytes, Random], bytes]] = {
    "h5": _h5,
    "keras": _keras,
    "safetensors": _safetensors,
    "bin": _bin,
}


def load(kind: str, seed: int) -> None:
    """Makes the file of this seed and loads it."""
    chance = Random(seed)
    path = chance.choice(GOOD[kind])
    if kind == "json":
        import h5py

        with h5py.File(path) as file:
            config = json.loads(file.attrs["model_config"])
        version = "1.2.2" if path.name.startswith("keras1") else "3.15.1"
        text = json.dumps({"keras_version": version, **config}).encode()
        text = damaged(text, chance) if chance.random() < 0.2 else _hostile_text(text, chance)
        kerata.load_model(text, "numpy", weights=path)
    else:
        kerata.load_model(_FORMATS[kind](path.read_bytes(), chance), "numpy")


def check(kind: str, seed: int) -> str | None:
    """What went wrong, None where nothing did."""
    start = time.process_time()
    try:
        signal.alarm(MOST_SECONDS)
        load(kind, seed)
    except kerata.KerataError as error:
        signal.alarm(0)
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, MemoryError):
                return f"took more than {MOST_MEMORY} B: {error}"
            cause = cause.__cause__
        if "\n" in str(error):
            return f"is no sentence: {str(error)[:300]!r}"
    except Hang:
        return f"took more than {MOST_SECONDS} s: {''.join(traceback.format_exc(limit=-3))}"
    except Exception:
        return "".join(traceback.format_exc(limit=-4))
    finally:
        signal.alarm(0)
    return None if time.process_time() - start < MOST_SECONDS else "took too long"


def _hung(*_: Any) -> None:
    raise Hang


def main(kind: str, count: int, seed: int) -> int:
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, _hung)
    load_all = [kerata.load_model(path, "numpy") for path in GOOD[kind]]  # whole, so that all is imported
    assert load_all
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    found: dict[int, str] = {}
    for each in range(seed, seed + count):
        wrong = check(kind, each)
        if wrong:
            found[each] = wrong
    for each, wrong in found.items():
        print(f"{kind} {each}: {wrong}")
    print(f"{count} files, {len(found)} of them wrong")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
