"""Reads what the command line runs a model on: arrays, a table or a picture, from a file or from standard input.

The first bytes tell which: `.npy` and `.npz` as NumPy writes them, PNG and JPEG, otherwise comma-separated values.
"""

import io
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .errors import InputError, KerataError
from .model import Model
from .node import Shape

_STDIN = "-"
_ARRAYS = (b"\x93NUMPY", b"PK\x03\x04", b"PK\x05\x06")
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}  # Pillow's, by the number of channels
_GRAY = ("L", "I", "I;16")  # modes of one channel already, of 8 bits or more


def read(name: str, model: Model, divisor: float = 1) -> Any:
    """What `model.predict` takes, from the file of that name, or for "-" from standard input.

    A table has a row for each sample, with its numbers or texts in C order, or for several inputs a column for each,
    under its name; a line of names before numbers is skipped. A picture is one sample, with values from 0 to 255 that
    are divided by `divisor`. Raises InputError for anything else, or OSError where the file cannot be read.
    """
    data = sys.stdin.buffer.read() if name == _STDIN else Path(name).read_bytes()
    if data.startswith(_ARRAYS):
        return _arrays(data, name)
    if data.startswith(_PICTURES):
        return _picture(data, name, model) / np.float32(divisor)
    return _table(data, name, model)


def read_arrays(name: str) -> Any:
    """An array, a list of those that `numpy.savez` numbered, or a dict of those that it named."""
    return _arrays(Path(name).read_bytes(), name)


def _arrays(data: bytes, name: str) -> Any:
    """Neither kind may hold Python's objects, which would be run."""
    try:
        loaded = np.load(io.BytesIO(data), allow_pickle=False)
        named = dict(loaded) if isinstance(loaded, np.lib.npyio.NpzFile) else {"arr_0": loaded}
    except Exception as error:  # NumPy meets damaged files with whichever exception comes first
        raise InputError(f"{name}: expected arrays as numpy.save writes them, received something else.") from error
    numbered = [f"arr_{place}" for place in range(len(named))]
    if set(named) != set(numbered):
        return named
    listed = [named[each] for each in numbered]
    return listed[0] if len(listed) == 1 else listed


# Tables


def _table(data: bytes, name: str, model: Model) -> Any:
    import csv  # imported only here: the page's Python is without it

    try:
        rows = [row for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"{name}: expected .npy, .npz, .png, .jpg or comma-separated values, received others."
        ) from error
    if not rows or len({len(row) for row in rows}) > 1:
        raise InputError(f"{name}: expected comma-separated values, the same number in each line.")
    inputs = [*zip(model.input_names, model.input_shapes, model.input_dtypes, strict=True)]
    if len(inputs) == 1:
        _, shape, dtype = inputs[0]
        return _rows(rows, shape, dtype, name)
    heads, *samples = rows
    if missing := [each for each in model.input_names if each not in heads]:
        raise InputError(f"{name}: expected a column for each input, under its name, received no {missing[0]!r}.")
    columns = {head: [[row[place]] for row in samples] for place, head in enumerate(heads)}
    return {each: _rows(columns[each], shape, dtype, name) for each, shape, dtype in inputs}


def _rows(rows: Sequence[Sequence[str]], shape: Shape, dtype: np.dtype, name: str) -> np.ndarray:
    """As an array of the input's shape, where each row has as many values as that."""
    if dtype.hasobject:
        array = np.array(rows, object)
    else:
        kind = dtype if dtype.kind in "iu" else np.dtype(np.float32)
        array = np.array(_numbers(rows, kind, name), kind)
    if not len(array):
        raise InputError(f"{name}: expected lines of values, received names alone.")
    sizes = shape[1:]
    known = [size for size in sizes if size is not None]
    fits = len(known) == len(sizes) and math.prod(known) == array.shape[1]
    return array.reshape(len(array), *known) if fits else array


def _numbers(rows: Sequence[Sequence[str]], dtype: np.dtype, name: str) -> list[list[float]]:
    """Of all lines but a first one of names; raises InputError, naming the line, for what is no number of the dtype."""
    start = 0 if rows and all(map(_is_number, rows[0])) else 1
    return [
        [_number(value, dtype, f"{name}, line {line}") for value in row]
        for line, row in enumerate(rows[start:], start + 1)
    ]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _number(text: str, dtype: np.dtype, where: str) -> float:
    try:
        return float(text) if dtype.kind == "f" else _whole(text, dtype)
    except ValueError as error:
        wanted = "numbers" if dtype.kind == "f" else f"whole numbers of {dtype}"
        raise InputError(f"{where}: expected {wanted}, received {text!r}.") from error


def _whole(text: str, dtype: np.dtype) -> int:
    """Of 3 or 3.0; raises ValueError for others, and for what the dtype does not hold."""
    try:
        number = int(text)
    except ValueError:
        number = int(text.removesuffix(".0"))
    if not np.iinfo(dtype).min <= number <= np.iinfo(dtype).max:
        raise ValueError(text)
    return number


# Pictures


def _picture(data: bytes, name: str, model: Model) -> np.ndarray:
    """A batch of one, float32: (1, height, width, channels), or as the model's only input has it."""
    shape = model.input_shapes[0]
    sizes = shape[1:]
    axis = 0 if len(sizes) == 3 and sizes[-1] not in (None, *_MODES) else -1
    channels = (sizes[axis] or 3) if len(sizes) == 3 else 1
    if len(model.input_shapes) > 1 or not 1 <= len(sizes) <= 3 or channels not in _MODES:
        raise InputError(f"{name}: expected arrays for the model's inputs {model.input_shapes}, received a picture.")
    pixels = np.moveaxis(_pixels(data, name, channels), -1, axis)
    array = pixels if len(sizes) == 3 else pixels[..., 0] if len(sizes) == 2 else pixels.reshape(-1)
    if any(size not in (None, own) for size, own in zip(sizes, array.shape, strict=True)):
        raise InputError(f"{name}: expected a picture of shape {sizes}, received {array.shape}; resize it first.")
    return array[None]


def _pixels(data: bytes, name: str, channels: int) -> np.ndarray:
    """(height, width, channels), from 0 to 255; 16-bit pictures in gray stay such, as in Keras's `load_img`."""
    try:
        from PIL import Image
    except ImportError as error:
        raise KerataError("Pictures need the package Pillow: pip install 'kerata[pictures]'.") from error
    try:
        with Image.open(io.BytesIO(data)) as image:
            converted = image if channels == 1 and image.mode in _GRAY else image.convert(_MODES[channels])
            return np.asarray(converted, np.float32).reshape(image.height, image.width, channels)
    except Exception as error:  # Pillow meets damaged files with whichever exception comes first
        raise InputError(f"{name}: the picture is damaged ({error}).") from error
