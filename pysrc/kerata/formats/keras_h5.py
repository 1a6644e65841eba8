"""The `.h5` of Keras 1, 2 and 3: a whole model, or weights alone.

A whole model's file holds its config in the root attribute `model_config`, and its weights in `model_weights`; weights
alone stand at the root. Either way there is one group a layer, and lists of names tell the order.
"""

from collections.abc import Iterator
from typing import Any

from ..errors import ModelFileError
from ..node import Config, Row, Weights
from . import hdf5, legacy_weights
from . import keras3_weights as tree
from .base import Saved, parse_config


def read(data: bytes) -> Saved:
    """A whole model as `model.save("….h5")` writes it. Raises ModelFileError for anything else."""
    return hdf5.with_file(data, lambda root: _read_model(root))


def read_config(data: bytes) -> Config:
    """The model's config alone."""
    return hdf5.with_file(data, lambda root: _read_config(root))


def read_weights(data: bytes, config: Config) -> Weights:
    """The weights for the model with this config: from `save_weights` of any version, or from a whole model."""
    return hdf5.with_file(data, lambda root: _read_weights(root, config))


def _read_config(root: Any) -> Config:
    if "model_config" not in root.attrs or "model_weights" not in root:
        raise ModelFileError(
            "The HDF5 file: expected a whole Keras model (model_config and model_weights), received other data. "
            "If it holds weights alone, give the model's JSON as well: load_model(json, weights=file)."
        )
    return {"keras_version": _version(root["model_weights"]), **parse_config(root.attrs["model_config"])}


def _read_model(root: Any) -> Saved:
    config = _read_config(root)
    groups = root["model_weights"]
    return Saved(config, legacy_weights.modern(config, _rows(groups), _version(groups), _backend(groups)))


def _read_weights(root: Any, config: Config) -> Weights:
    groups = root.get("model_weights", root)
    if any(name.startswith("layer_names") for name in groups.attrs):
        return legacy_weights.apart(config, _rows(groups), _version(groups), _backend(groups))
    return tree.of(root, config, apart=True)


def _rows(groups: Any) -> dict[str, Row]:
    return {layer: _row(groups[layer]) for layer in _names(groups.attrs, "layer_names")}


def _row(group: Any) -> Row:
    opened = {"": group}

    def at(path: str) -> Any:
        """What stands there; of the groups on the way, each is opened once."""
        parent, _, name = path.rpartition("/")
        if parent not in opened:
            opened[parent] = at(parent)
        return opened[parent][name]

    return [(path, hdf5.read_dataset(at(path), path)) for path in _names(group.attrs, "weight_names")]


def _version(groups: Any) -> str:
    """Keras 1 did not write it here."""
    return _text(groups.attrs.get("keras_version", "1"))


def _backend(groups: Any) -> str:
    return _text(groups.attrs.get("backend", ""))


def _names(attributes: Any, key: str) -> Iterator[str]:
    """A list of names. HDF5 limits an attribute's size, so Keras splits a long list into key0, key1, …"""
    parts = [key] if key in attributes else [f"{key}{place}" for place in range(_count(attributes, key))]
    for part in parts:
        for name in attributes[part]:
            yield _text(name)


def _count(attributes: Any, key: str) -> int:
    place = 0
    while f"{key}{place}" in attributes:
        place += 1
    return place


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
