"""The weights of Keras.js before 1.0: `…_weights.buf` and `…_metadata.json`, beside the model's JSON from Keras 1.

The buffer is all weights one after the other, as float32 with the lowest byte first. The metadata is a list, in the
order of the model's layers: {"layer_name", "weight_name", "offset" in bytes, "length" in numbers, "shape", "type"}. So
the `encoder.py` of the npm package keras-js 0.1.0 to 0.3.0 writes them.
"""

import math
from typing import Any

import numpy as np

from ..errors import ModelFileError
from ..node import MAX_AXES, Config, Row, Weights
from . import legacy_weights
from .base import parse_json

_DTYPE = np.dtype("<f4")


def looks_like_metadata(data: bytes) -> bool:
    return data.lstrip()[:1] == b"["


def read(buffer: bytes, metadata: bytes, config: Config) -> Weights:
    """The weights for the model with this config. Raises ModelFileError where the two files do not belong together."""
    rows: dict[str, Row] = {}
    for entry in parse_json(metadata, "The metadata of Keras.js"):
        if not isinstance(entry, dict):
            raise ModelFileError(f"The metadata of Keras.js: expected entries for weights, received {entry!r:.40}.")
        layer, name = str(entry.get("layer_name")), str(entry.get("weight_name"))
        rows.setdefault(layer, []).append((name, _weight(entry, name, buffer)))
    return legacy_weights.apart(config, rows, str(config.get("keras_version") or "1"), "")


def _weight(entry: dict[str, Any], name: str, buffer: bytes) -> np.ndarray:
    start: Any = entry.get("offset")
    count: Any = entry.get("length")
    shape: Any = entry.get("shape")
    sizes = shape if isinstance(shape, list) and len(shape) <= MAX_AXES else [None]
    if (
        not all(map(_is_size, (start, count, *sizes)))
        or entry.get("type", "float32") != "float32"
        or not math.prod(sizes) == count > 0
        or start + count * _DTYPE.itemsize > len(buffer)
    ):
        raise ModelFileError(
            f"Weight {name!r:.60}: expected float32 numbers within the {len(buffer)} B of the buffer, "
            f"received {entry!r:.200}."
        )
    return np.frombuffer(buffer, _DTYPE, count, start).reshape(shape).astype(np.float32)


def _is_size(value: Any) -> bool:
    return type(value) is int and value >= 0
