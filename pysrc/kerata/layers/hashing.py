"""Hashing: each word or number in a bin, its hash modulo their count; HashedCrossing: each combination of several.

The hashes are TensorFlow's: FarmHash, SipHash where there is a salt, and FarmHash's fingerprints joined for crossings.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..node import Config, Node, Shape, of_keras2
from .common.category_encoding_modes import checked, encoded, encoded_shape, mode_of, number_type, type_in_keras2
from .common.hash_functions import farm_hash, joined, sip_hash
from .registry import Call, register_layer

_MAX_BINS = (1 << 63) - 1
_CROSS_KEY = 0xDECAFCAFFE  # TensorFlow's, in sparse_ops.cross_hashed


def as_bytes(value: Any) -> bytes:
    """A word as bytes, an integer as its digits."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


def hash_of(config: Config) -> Callable[[bytes], int]:
    """FarmHash, or, with the config's `salt`, SipHash."""
    salt = config.get("salt")
    if salt is None:
        return farm_hash
    pair = [salt, salt] if isinstance(salt, int) else salt
    if not isinstance(pair, list | tuple) or len(pair) != 2 or not all(isinstance(part, int) for part in pair):
        raise UnsupportedError(
            f"Layer {config.get('name')!r}: expected salt to be an integer or two, received {salt!r}."
        )
    low, high = pair
    return lambda text: sip_hash(text, (low, high))


def _mode(config: Config) -> str:
    return mode_of(config, "int", "one_hot", "multi_hot", "count", default="int")


def _crossing_mode(config: Config) -> str:
    return mode_of(config, "int", "one_hot", default="int")


def _bins(config: Config, mode: str) -> int:
    """Indices alone take no more room the more bins there are."""
    return checked(config, "num_bins", _MAX_BINS) if mode == "int" else checked(config, "num_bins")


def _dtype(config: Config, mode: str) -> np.dtype:
    if of_keras2(config):
        return type_in_keras2(config, mode)
    return number_type(config, "int64" if mode == "int" else "float32")


def _shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    hash_of(config)  # what it cannot do is said here
    mode = _mode(config)
    return encoded_shape(mode, _bins(config, mode), inputs[0])


def _crossing_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    mode = _crossing_mode(config)
    return encoded_shape(mode, _bins(config, mode), inputs[0])


def _integers(x: np.ndarray) -> np.ndarray:
    """Numbers as Keras hashes them; words stay what they are."""
    return x if x.dtype == object else x.astype(np.int64)


@register_layer("Hashing", shape=_shape, floats=False)
def build(node: Node) -> Call:
    mode, hashed, masked = _mode(node.config), hash_of(node.config), node.config.get("mask_value")
    dtype, bins = _dtype(node.config, mode), _bins(node.config, mode)
    kept = int(masked is not None and bins > 1)  # the first bin is what is masked's

    def bin_of(value: Any) -> int:
        return kept + hashed(as_bytes(value)) % (bins - kept)

    def call(x: np.ndarray) -> np.ndarray:
        found = [bin_of(value) for value in _integers(x).ravel().tolist()]
        indices = np.array(found, np.int64).reshape(x.shape)
        if kept:
            indices[_equal(x, masked)] = 0
        return encoded(indices, mode, bins, dtype)

    return call


def _equal(x: np.ndarray, value: Any) -> np.ndarray:
    if x.dtype != object:
        return np.equal(x, value)
    wanted = as_bytes(value)
    return np.array([as_bytes(each) == wanted for each in x.ravel().tolist()], bool).reshape(x.shape)


@register_layer("HashedCrossing", shape=_crossing_shape, floats=False)
def build_crossing(node: Node) -> Call:
    mode = _crossing_mode(node.config)
    dtype, bins = _dtype(node.config, mode), _bins(node.config, mode)

    def bin_of(values: Sequence[Any]) -> int:
        result = _CROSS_KEY
        for value in values:
            result = joined(result, value % (1 << 64) if isinstance(value, int) else farm_hash(as_bytes(value)))
        return result % bins

    def call(*features: np.ndarray) -> np.ndarray:
        columns = [_integers(feature).ravel().tolist() for feature in features]
        indices = np.array([bin_of(values) for values in zip(*columns, strict=True)], np.int64)
        return encoded(indices.reshape(features[0].shape), mode, bins, dtype)

    return call
