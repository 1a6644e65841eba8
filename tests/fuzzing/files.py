"""Hostile files of each format: in part bytes changed, in part a structure that no writer of the format makes."""

import copy
import io
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np

import kerata
from kerata.formats import kerasjs
from tests.bench.export_kerasjs import field, varint
from tests.fuzzing.changes import SIZES, Random, damaged, hostile, hostile_text
from tests.support.cases import GOLDEN

MODELS = GOLDEN / "models"
GOOD: dict[str, list[Path]] = {
    "h5": sorted(MODELS.glob("*.h5")),
    "keras": sorted(MODELS.glob("*.keras")),
    "safetensors": [MODELS / "kerata_small.safetensors"],
    "bin": [MODELS / "kerasjs_small.bin"],
    "json": [MODELS / "keras3_nested_small.h5", MODELS / "keras1_small.h5"],
}

_NAMES = ("", "/", ".", "..", "../x", "a/../..", "x" * 5000, "ü", "vars", "0", "layers", "\x1b[2J", "model_weights")


# HDF5


def _hdf5(data: bytes, chance: Random) -> bytes:
    if chance.random() < 0.3:
        return damaged(data, chance)
    file = io.BytesIO(data)
    with h5py.File(file, "r+") as root:
        items: list[Any] = []
        root.visititems(lambda name, item: items.append(item))
        for change in sorted(chance.sample(_HDF5_CHANGES, chance.choice((1, 1, 2, 3))), key=_HDF5_CHANGES.index):
            change(root, items, chance)
    return file.getvalue()


def _change_attribute(root: Any, items: list[Any], chance: Random) -> None:
    holders = [each for each in (root, *items) if len(each.attrs)]
    if not holders:
        return
    attributes = chance.choice(holders).attrs
    name = chance.choice(sorted(attributes))
    value = attributes[name]
    if name == "model_config" and chance.random() < 0.8:
        attributes[name] = hostile_text(value, chance).decode()
    elif isinstance(value, np.ndarray) and value.size and chance.random() < 0.7:
        listed = list(value)
        match chance.randrange(4):
            case 0:
                listed = listed[::-1]
            case 1:
                listed += listed
            case 2:
                listed = listed[1:] or listed * 2
            case _:
                listed[chance.randrange(len(listed))] = chance.choice(_NAMES)
        attributes[name] = [each if isinstance(each, bytes) else str(each).encode() for each in listed]
    else:
        attributes[name] = chance.choice((b"", "1", "2.1", 5, 1.5, [1, 2], np.zeros((2, 2)), "x" * 10_000))


def _change_dataset(root: Any, items: list[Any], chance: Random) -> None:
    name = chance.choice([each.name for each in items if isinstance(each, h5py.Dataset)])
    array = root[name][()]
    del root[name]
    match chance.randrange(7):
        case 0:
            size = chance.choice((2**20, 2**31, 2**40))
            root.create_dataset(name, (size, 2), "f4", chunks=(1024, 2), compression=chance.choice((None, "gzip")))
        case 1:
            root.create_dataset(name, data=np.zeros(10**6, "f4"), chunks=True, compression="gzip")
        case 2:
            root[name] = array.astype(
                chance.choice(
                    ("i8", "f2", "c8", "?", "S3", "u1"),
                )
            )
        case 3:
            root[name] = chance.choice((h5py.Empty("f4"), "text", np.zeros((0, 3), "f4"), np.float32(1)))
        case 4:
            root.create_group(name)
        case 5:
            root[name] = np.moveaxis(array, 0, -1) if array.ndim else array
        case _:
            pass


def _change_links(root: Any, items: list[Any], chance: Random) -> None:
    group = chance.choice([root, *(each for each in items if isinstance(each, h5py.Group))])
    name = chance.choice(sorted(group)) if len(group) and chance.random() < 0.7 else "added"
    if name in group:
        del group[name]
    match chance.randrange(5):
        case 0:
            group[name] = h5py.SoftLink(chance.choice(("/", ".", name, "/nowhere", f"/{name}/{name}")))
        case 1:
            group[name] = h5py.ExternalLink(chance.choice(("/dev/zero", "/dev/stdin", "model.h5")), "/")
        case 2:
            group[name] = root
        case 3:
            made = group
            for _ in range(chance.choice((3, 120, 400))):
                made = made.create_group("g")
        case _:
            made = group.create_group(name)
            for place in range(chance.choice((1, 300))):
                made.attrs[f"layer_names{place}"] = [b"x"]


# Links come last: what they make of the tree, h5py walks through without end.
_HDF5_CHANGES = (_change_attribute, _change_dataset, _change_links)


# The others


def _keras(data: bytes, chance: Random) -> bytes:
    if chance.random() < 0.2:
        return damaged(data, chance)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    place = chance.choice(
        [place for place, (name, _) in enumerate(members) for _ in range(3 if "config" in name else 2)]
    )
    name, content = members[place]
    match chance.randrange(8):
        case 0:
            members[place] = name, damaged(content, chance)
        case 1:
            members.append((name, content))
        case 2:
            members[place] = chance.choice((*_NAMES[1:-1], f"assets/{name}")), content
        case 3:
            members.append((chance.choice((name, "assets/x/vocabulary.txt")), bytes(10**7)))
        case _:
            members[place] = name, (_hdf5 if name.endswith("h5") else hostile_text)(content, chance)
    packed = io.BytesIO()
    with zipfile.ZipFile(
        packed, "w", chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA))
    ) as archive:
        for each, content in members:
            archive.writestr(each, content)
    return damaged(packed.getvalue(), chance) if chance.random() < 0.1 else packed.getvalue()


def _safetensors(data: bytes, chance: Random) -> bytes:
    if chance.random() < 0.2:
        return damaged(data, chance)
    size = struct.unpack_from("<Q", data)[0]
    header, body = json.loads(data[8 : 8 + size]), data[8 + size :]
    match chance.randrange(5):
        case 0:
            header = hostile(header, chance)
        case 1:
            header["__metadata__"]["config"] = hostile_text(header["__metadata__"]["config"], chance).decode()
        case 2:
            _change_self_test(header["__metadata__"], chance)
        case 3:
            header["__metadata__"][chance.choice(("drift", "quantization", "format", "x"))] = chance.choice(
                ("NaN", "1e999", "[" * 1000, "{}", "null", "\x1b[2J")
            )
        case _:
            entry = header[chance.choice([name for name in header if name != "__metadata__"])]
            entry[chance.choice(("shape", "data_offsets"))] = [chance.choice(SIZES) for _ in range(chance.randrange(9))]
    text = json.dumps(header).encode()
    return struct.pack("<Q", chance.choice((len(text), len(text), len(text), *map(abs, SIZES))) % 2**64) + text + body


def _change_self_test(metadata: dict[str, Any], chance: Random) -> None:
    test = json.loads(metadata["self_test"])
    part = test[chance.choice(("inputs", "outputs"))]
    match chance.randrange(5):
        case 0:
            part.append(copy.deepcopy(part[0]))
        case 1:
            part.clear()
        case 2:
            number = struct.pack("<f", chance.choice((float("nan"), float("inf"), -1e38, 0.0)))
            part[0]["data"] = kerata.formats.safetensors.base64.b64encode(
                number * int(np.prod(part[0]["shape"]))
            ).decode()
        case 3:
            part[0]["shape"] = [chance.choice(SIZES) for _ in range(chance.randrange(40))]
        case _:
            part[0] = chance.choice(
                ({"shape": [1], "text": ["x"]}, {"shape": [0], "data": ""}, hostile(part[0], chance))
            )
    metadata["self_test"] = json.dumps(test)


def _bin(data: bytes, chance: Random) -> bytes:
    if chance.random() < 0.3:
        return damaged(data, chance)
    message = b""
    for number, content in kerasjs._fields(memoryview(data), 10**6):
        changed = bytes(content)
        if number == 5 and chance.random() < 0.5:
            changed = hostile_text(changed, chance)
        elif number == 6 and chance.random() < 0.3:
            changed = _change_weight(changed, chance)
        message += field(number, changed) * chance.choice((1, 1, 1, 1, 0, 2))
    return message + chance.choice(
        (b"", b"", b"\x32\x00" * 10_000, varint(2**69), field(6, field(3, b"\x01" * 10_000)))
    )


def _change_weight(content: bytes, chance: Random) -> bytes:
    message = b""
    for number, value in kerasjs._fields(memoryview(content), 10**6):
        match number, chance.randrange(6):
            case 3, 0:
                value = b"".join(varint(abs(chance.choice(SIZES)) % 2**64) for _ in range(chance.randrange(70)))
            case 6 | 7, 0:
                value = struct.pack("<f", chance.choice((float("nan"), float("inf"), 1e38)))
            case _, 1:
                value = damaged(bytes(value), chance)
            case _, 2:
                number = chance.randrange(1, 9)
        message += (
            varint(number << 3 | 5) + value if number in (6, 7) and len(value) == 4 else field(number, bytes(value))
        )
    return message


_MAKERS = {"h5": _hdf5, "keras": _keras, "safetensors": _safetensors, "bin": _bin}


def load(kind: str, chance: Random) -> None:
    """Makes a hostile file and loads it; of some also reads what `kerata info` shows."""
    path = chance.choice(GOOD[kind])
    if kind == "json":
        _load_apart(path, chance)
        return
    data = _MAKERS[kind](path.read_bytes(), chance)
    (kerata.describe if chance.random() < 0.2 else lambda data: kerata.load_model(data, "numpy"))(data)


def _load_apart(path: Path, chance: Random) -> None:
    """A model's JSON, and its weights."""
    with h5py.File(path) as file:
        config = json.loads(file.attrs["model_config"])
    version = "1.2.2" if path.name.startswith("keras1") else "3.15.1"
    text = json.dumps({"keras_version": version, **config}).encode()
    weights = path.read_bytes()
    if chance.random() < 0.3:
        weights = _hdf5(weights, chance)
    else:
        text = damaged(text, chance) if chance.random() < 0.2 else hostile_text(text, chance)
    kerata.load_model(text, "numpy", weights=chance.choice((weights, [weights], [weights, weights])))
