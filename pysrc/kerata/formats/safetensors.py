"""Kerata's own format: safetensors, with the Keras config in `__metadata__`.

The format (https://huggingface.co/docs/safetensors): the length of the header as 8 little-endian bytes, the header as
JSON ({name: {dtype, shape, data_offsets}}), the data. An int8 weight `layer/kernel` has its scales beside it as
`layer/kernel.scale`. The self-test's arrays stand in the metadata as base64 of little-endian float32, or of the
integers that their `dtype` names; those of text as lists.
"""

import base64
import json
import math
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import InputError, ModelFileError
from ..node import MAX_AXES, Config
from ..quantization import Stored, restore
from ..self_test import SelfTest
from .base import Saved, parse_config, parse_json

FORMAT = "kerata 1"
SCALE = ".scale"
_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1", "U8": "u1"}
_OWN = ("format", "config", "self_test")  # entries of the metadata; all others are notes
_CODES = {np.dtype(dtype): code for code, dtype in _DTYPES.items()}


def write(
    config: Mapping[str, Any], weights: Mapping[str, Stored], self_test: SelfTest | None, notes: Mapping[str, Any]
) -> bytes:
    """The file's bytes. `notes` are further entries of the metadata, each kept as JSON."""
    if own := sorted({*notes} & {*_OWN}):
        raise InputError(f"notes: expected names other than {', '.join(_OWN)}, received {own[0]!r}.")
    tensors: dict[str, np.ndarray] = {}
    for name, stored in weights.items():
        tensors[name] = stored.values
        if stored.scale is not None:
            tensors[name + SCALE] = stored.scale
    metadata = {"format": FORMAT, "config": json.dumps(config)}
    if self_test is not None:
        pair = {field: [_encode(array) for array in arrays] for field, arrays in self_test._asdict().items()}
        metadata["self_test"] = json.dumps(pair)
    metadata |= {key: json.dumps(value) for key, value in notes.items()}
    return _pack(tensors, metadata)


def read_config(data: bytes) -> Config:
    """The model's config alone."""
    return parse_config(_opened(data)[1]["config"])


def read(data: bytes) -> Saved:
    """Raises ModelFileError when the bytes are not such a file, or not one that Kerata wrote."""
    header, metadata = _opened(data)
    weights = {name: restore(stored) for name, stored in _stored(header, data).items()}
    return Saved(parse_config(metadata["config"]), weights, _self_test(metadata), _notes(metadata))


def read_stored(data: bytes) -> dict[str, Stored]:
    """The weights alone, as they lie in `data`. Raises as `read`."""
    return _stored(_opened(data)[0], data)


def head_size(data: bytes) -> int:
    """Bytes before the weights."""
    return 8 + _header_size(data)


def _stored(header: Mapping[str, Any], data: bytes) -> dict[str, Stored]:
    body = memoryview(data)[head_size(data) :]
    tensors = {name: _tensor(name, entry, body) for name, entry in header.items()}
    if sum(tensor.nbytes for tensor in tensors.values()) > len(body):  # the same bytes for several
        raise ModelFileError(f"The .safetensors file: expected weights of {len(body)} B in all, received more.")
    return {
        name: _checked(name, Stored(tensor, tensors.get(name + SCALE)))
        for name, tensor in tensors.items()
        if not name.endswith(SCALE)
    }


def _opened(data: bytes) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """The entries of the header, and its metadata."""
    header = _header(data)
    metadata = header.pop("__metadata__", None)
    if (
        not isinstance(metadata, dict)
        or metadata.get("format") != FORMAT
        or not isinstance(metadata.get("config"), str)
    ):
        raise ModelFileError(
            f"The .safetensors file: expected format {FORMAT!r} in its metadata, received none of that; "
            "make one with `kerata convert`."
        )
    return header, metadata


def _pack(tensors: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> bytes:
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    chunks, offset = [], 0
    # Widest elements first keeps every tensor aligned to its own element size.
    for name, tensor in sorted(tensors.items(), key=lambda item: (-item[1].itemsize, item[0])):
        chunk = np.ascontiguousarray(tensor, tensor.dtype.newbyteorder("<")).tobytes()
        code = _CODES[np.dtype(tensor.dtype.newbyteorder("<"))]
        header[name] = {"dtype": code, "shape": tensor.shape, "data_offsets": (offset, offset + len(chunk))}
        chunks.append(chunk)
        offset += len(chunk)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the data starts on a multiple of 8
    return struct.pack("<Q", len(text)) + text + b"".join(chunks)


def _header_size(data: bytes) -> int:
    return int(struct.unpack_from("<Q", data)[0])


def _header(data: bytes) -> dict[str, Any]:
    size = _header_size(data) if len(data) >= 8 else 0
    if not 2 <= size <= len(data) - 8:
        raise ModelFileError(f"The .safetensors file is truncated: its header has {size} B, the file {len(data)} B.")
    header = parse_json(data[8 : 8 + size], "The .safetensors header")
    if not isinstance(header, dict):
        raise ModelFileError(f"The .safetensors header: expected a JSON object, received {type(header).__name__}.")
    return header


def _tensor(name: str, entry: Any, body: memoryview) -> np.ndarray:
    try:
        dtype = np.dtype(_DTYPES[entry["dtype"]])
        shape = tuple(int(size) for size in entry["shape"][: MAX_AXES + 1])
        start, end = (int(offset) for offset in entry["data_offsets"])
    except (LookupError, TypeError, ValueError, OverflowError) as error:
        raise ModelFileError(f"Weight {name!r}: expected dtype, shape and data_offsets, received {entry!r}.") from error
    if (
        len(shape) > MAX_AXES
        or min((*shape, start)) < 0
        or end > len(body)
        or end - start != math.prod(shape) * dtype.itemsize
    ):
        raise ModelFileError(
            f"Weight {name!r}: expected {shape} {dtype} within {len(body)} B of data, received bytes {start} to {end}."
        )
    try:
        return np.frombuffer(body[start:end], dtype).reshape(shape)
    except ValueError as error:  # sizes beyond what an array can have, beside a size of 0
        raise ModelFileError(f"Weight {name!r}: expected the shape of an array, received {shape}.") from error


def _checked(name: str, stored: Stored) -> Stored:
    """A scale stands for axes of the weight, and must not make it larger."""
    tensor, scale = stored
    if scale is not None:
        ranks = tensor.ndim - scale.ndim
        if ranks < 0 or any(size not in (1, own) for size, own in zip(scale.shape, tensor.shape[ranks:], strict=True)):
            raise ModelFileError(f"Weight {name!r}: expected scales for {tensor.shape}, received {scale.shape}.")
    return stored


def _self_test(metadata: Mapping[str, Any]) -> SelfTest | None:
    if "self_test" not in metadata:
        return None
    pair = parse_json(metadata["self_test"], "The self-test")
    try:
        return SelfTest(*([_decode(entry) for entry in pair[field]] for field in SelfTest._fields))
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ModelFileError(f"The self-test is damaged: {error}.") from error


def _notes(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {name: parse_json(text, f"The note {name!r}") for name, text in metadata.items() if name not in _OWN}


def _encode(array: np.ndarray) -> dict[str, Any]:
    if array.dtype == object:
        return {"shape": array.shape, "text": [_text(value) for value in array.flat]}
    code = _CODES.get(array.dtype.newbyteorder("<"), "F32")
    dtype = {} if code == "F32" else {"dtype": code}
    return {"shape": array.shape, "data": base64.b64encode(array.astype(_DTYPES[code]).tobytes()).decode(), **dtype}


def _text(value: str | bytes) -> str:
    """Bytes that are no UTF-8 as Python's surrogates, which JSON has an escape for."""
    return value if isinstance(value, str) else value.decode(errors="surrogateescape")


def _decode(entry: Any) -> np.ndarray:
    if "text" in entry:
        text = [str(value).encode(errors="surrogateescape") for value in entry["text"]]
        return np.array([*text, None], object)[:-1].reshape(entry["shape"])
    dtype = _DTYPES[entry.get("dtype", "F32")]
    return np.frombuffer(base64.b64decode(entry["data"], validate=True), dtype).reshape(entry["shape"])
