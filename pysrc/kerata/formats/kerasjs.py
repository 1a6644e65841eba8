"""Keras.js's `.bin`: a protocol buffer with Keras 2's config and the weights, which may be quantised to bytes.

The messages are those of Keras.js's model.proto:
    Model: 1 id, 2 name, 3 keras_version, 4 backend, 5 model_config (JSON), 6 model_weights (Weights, repeated)
    Weights: 1 layer_name, 2 weight_name, 3 shape (repeated), 4 type, 5 data, 6 quantize_min, 7 quantize_max
The wire format is that of Protocol Buffers (https://protobuf.dev/programming-guides/encoding/).
"""

import math
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..errors import ModelFileError
from ..node import MAX_AXES, Config, Row
from . import legacy_weights
from .base import Saved, parse_config

# Wire types.
_NUMBER, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5

# Of one message: an honest model has some weights for each layer, and a weight some axes.
_MAX_FIELDS, _MAX_FIELDS_OF_WEIGHT = 20_000, 100
_DTYPES: dict[str, np.dtype] = {"float32": np.dtype("<f4"), "uint8": np.dtype("u1")}

Field = tuple[int, Any]  # its number, and an int or the bytes


def read_config(data: bytes) -> Config:
    """The model's config alone; the file has to be read for it."""
    return read(data).config


def read(data: bytes) -> Saved:
    """Raises ModelFileError when the bytes are not such a file."""
    try:
        return _read(memoryview(data))
    except ModelFileError:
        raise
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, RecursionError, struct.error) as error:
        raise ModelFileError(f"The .bin file is damaged or not one of Keras.js: {error}.") from error


def _read(data: memoryview) -> Saved:
    texts: dict[int, str] = {}
    rows: dict[str, Row] = {}
    for number, content in _fields(data):
        if number == 6:
            layer, name, weight = _weight(content)
            rows.setdefault(layer, []).append((name, weight))
        elif number <= 5:
            texts[number] = str(content, "utf-8")
    if 5 not in texts:
        raise ModelFileError("The .bin file: expected a model_config as Keras.js writes it, received none.")
    version = texts.get(3, "2")
    config = {"keras_version": version, **parse_config(texts[5])}
    return Saved(config, legacy_weights.modern(config, rows, version, texts.get(4, "")))


def _weight(content: memoryview) -> tuple[str, str, np.ndarray]:
    texts: dict[int, str] = {}
    shape: list[int] = []
    values, bounds = memoryview(b""), {6: 0.0, 7: 0.0}
    for number, value in _fields(content, _MAX_FIELDS_OF_WEIGHT):
        if number == 3:
            shape += [value] if isinstance(value, int) else _numbers(value)
        elif number == 5:
            values = value
        elif number in bounds:
            bounds[number] = struct.unpack("<f", value)[0]
        else:
            texts[number] = str(value, "utf-8")
    name, kind = texts.get(2, ""), texts.get(4, "")
    dtype = _DTYPES.get(kind)
    if dtype is None or len(shape) > MAX_AXES or len(values) != math.prod(shape) * dtype.itemsize:
        raise ModelFileError(
            f"Weight {name!r}: expected {shape} float32 or uint8, received {len(values)} B of {kind!r}."
        )
    array = np.frombuffer(values, dtype).reshape(shape).astype(np.float32)
    if kind == "uint8":
        low, high = np.float32(bounds[6]), np.float32(bounds[7])
        array = array * ((high - low) / np.float32(255)) + low
    return texts.get(1, ""), name, array


def _fields(data: memoryview, most: int = _MAX_FIELDS) -> Iterator[Field]:
    place = count = 0
    while place < len(data):
        if (count := count + 1) > most:
            raise ModelFileError(f"The .bin file: expected at most {most:,} fields in a message, received more.")
        tag, place = _number(data, place)
        number, kind = tag >> 3, tag & 7
        if kind == _NUMBER:
            value, place = _number(data, place)
            yield number, value
            continue
        if kind == _LENGTH:
            size, place = _number(data, place)
        else:
            size = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}[kind]
        if size > len(data) - place:
            raise ModelFileError(f"The .bin file is truncated: expected {size} B, received {len(data) - place} B.")
        yield number, data[place : place + size]
        place += size


def _numbers(data: memoryview) -> list[int]:
    """Of a shape; once there are too many for one, the rest is not read."""
    place, numbers = 0, list[int]()
    while place < len(data) and len(numbers) <= MAX_AXES:
        value, place = _number(data, place)
        numbers.append(value)
    return numbers


def _number(data: memoryview, place: int) -> tuple[int, int]:
    """Seven bits a byte, the lowest first; the eighth bit says that more follow."""
    value = 0
    for shift in range(0, 70, 7):
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise ModelFileError("The .bin file is damaged: a number in it does not end.")
