"""Categories, as indices, in the forms that Keras's layers give them: the indices, one or several hot, or counts."""

import math
import re
from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...node import Config, Shape, dtype_policy

_WIDEST = 1 << 22  # columns: more than any vocabulary, and what one row takes is still megabytes
_OLD_NAMES = {"binary": "multi_hot", "tf-idf": "tf_idf"}


def number_type(config: Config, default: str = "float32") -> np.dtype:
    """What the layer's `dtype` says of its output: integers as they are, floats of any precision as float32."""
    dtype = dtype_policy(config, default).name
    return np.dtype(dtype if re.fullmatch(r"u?int(8|16|32|64)", dtype) else np.float32)


def type_in_keras2(config: Config, mode: str) -> np.dtype:
    """What Keras 2 encodes in: the layer's `dtype`; by default, and for indices that would be floats, int64 for
    indices and float32 for all else.
    """
    dtype = number_type(config)
    return np.dtype(np.int64) if mode == "int" and dtype.kind == "f" else dtype


def mode_of(config: Config, *supported: str, default: str) -> str:
    mode = config.get("output_mode", default)
    mode = _OLD_NAMES.get(mode, mode)
    if mode not in supported:
        choices = " or ".join(map(repr, supported))
        raise UnsupportedError(f"Layer {config.get('name')!r}: expected output_mode {choices}, received {mode!r}.")
    return str(mode)


def checked(config: Config, key: str, most: int = _WIDEST) -> int:
    """The option, a number that the size of what is allocated depends on."""
    return bounded(config, key, config.get(key), most)


def bounded(config: Config, key: str, value: Any, most: int = _WIDEST) -> int:
    """The value, found out to be what an option may be."""
    if not isinstance(value, int) or not 1 <= value <= most:
        raise UnsupportedError(f"Layer {config.get('name')!r}: expected {key} from 1 to {most}, received {value!r}.")
    return value


def encoded_shape(mode: str, depth: int | None, shape: Shape) -> Shape:
    """Of indices of this shape, encoded."""
    if mode == "int":
        return shape
    if mode == "one_hot":
        return *_without_last(shape), depth
    axis = _counted_axis(len(shape))
    return *shape[:axis], *shape[axis + 1 :], depth


def encoded(
    indices: np.ndarray, mode: str, depth: int, dtype: np.dtype, amounts: np.ndarray | None = None
) -> np.ndarray:
    """Indices that are no column are left out. amounts: what each counts for, by default one."""
    if mode == "int":
        return indices.astype(dtype)
    if mode == "one_hot":
        indices = indices.reshape(_without_last(indices.shape))
        return (indices[..., None] == np.arange(depth)).astype(dtype)
    counts = _counts(indices, depth, amounts)
    return (counts > 0 if mode == "multi_hot" else counts).astype(dtype)


def _without_last(shape: Shape) -> tuple[int, ...]:
    """A last axis of one is replaced by the columns, which otherwise follow it."""
    return shape[:-1] if len(shape) > 1 and shape[-1] == 1 else shape  # type: ignore[return-value]


def _counted_axis(rank: int) -> int:
    """The last of two. Of more, Keras takes the second."""
    return min(rank - 1, 1)


def _counts(indices: np.ndarray, depth: int, amounts: np.ndarray | None) -> np.ndarray:
    """How often each column occurs along the axis that is counted: (…, depth)."""
    axis = _counted_axis(indices.ndim)
    moved = np.moveaxis(indices, axis, -1)
    count = math.prod(moved.shape[:-1])
    rows = moved.reshape(count, moved.shape[-1])  # (rows, indices)
    valid = (rows >= 0) & (rows < depth)
    places = np.nonzero(valid)[0] * depth + rows[valid].astype(np.intp)
    weights = None if amounts is None else np.moveaxis(amounts, axis, -1).reshape(rows.shape)[valid]
    return np.bincount(places, weights, count * depth).reshape(*moved.shape[:-1], depth)
