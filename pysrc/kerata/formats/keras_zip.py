"""`.keras`, Keras 3's own format: a zip of `metadata.json`, `config.json` and `model.weights.h5`.

Files that layers have beside their weights, as vocabularies are, stand in `assets`, in folders named as their groups.
"""

import io
import zipfile
import zlib
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from ..errors import ModelFileError
from ..node import Config, Weights
from . import foreign
from . import keras3_weights as tree
from .base import Saved, check_size, parse_config, parse_json

_ASSETS = "assets/"
_MEMBER = b"PK\x01\x02"  # how the archive's entry of each begins
_MAX_MEMBERS = 10_000

T = TypeVar("T")


def read(data: bytes) -> Saved:
    """Raises ModelFileError when the archive is damaged or is not a Keras model."""
    config, packed, assets = _opened(
        data, lambda archive: (_config(archive, len(data)), _weights(archive, len(data)), _assets(archive, len(data)))
    )
    return Saved(config, tree.read(packed, config, assets))


def read_config(data: bytes) -> Config:
    """The model's config alone."""
    return _opened(data, lambda archive: _config(archive, len(data)))


def read_weights(data: bytes, config: Config) -> Weights:
    """Those in the archive, for the model with this config, whose layers may have other names."""
    packed, assets = _opened(data, lambda archive: (_weights(archive, len(data)), _assets(archive, len(data))))
    return tree.read(packed, config, assets, apart=True)


def _opened(data: bytes, use: Callable[[zipfile.ZipFile], T]) -> T:
    if data.count(_MEMBER) > _MAX_MEMBERS:
        raise ModelFileError(f"The .keras archive: expected at most {_MAX_MEMBERS:,} members, received more.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return use(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(f"The .keras archive is damaged or truncated: {error}.") from error


def _config(archive: zipfile.ZipFile, file_size: int) -> Config:
    if "config.json" not in archive.namelist():
        raise ModelFileError(foreign.of_members(archive.namelist()))
    config = parse_config(_member(archive, "config.json", file_size))
    if "metadata.json" not in archive.namelist():
        return config
    metadata = parse_json(_member(archive, "metadata.json", file_size), "metadata.json")
    version = metadata.get("keras_version") if isinstance(metadata, dict) else None
    return {"keras_version": version, **config}


def _weights(archive: zipfile.ZipFile, file_size: int) -> bytes:
    if "model.weights.npz" in archive.namelist():
        raise ModelFileError(
            "The .keras archive: expected weights in HDF5, received a NumPy archive of Python objects, which only code "
            "that is trusted can read; save the model again with a newer Keras."
        )
    return _member(archive, "model.weights.h5", file_size)


def _assets(archive: zipfile.ZipFile, file_size: int) -> dict[str, dict[str, np.ndarray]]:
    """As bytes, by name and by folder."""
    members = [each for each in archive.infolist() if each.filename.startswith(_ASSETS) and not each.is_dir()]
    check_size("The .keras archive's assets", sum(each.file_size for each in members), file_size)
    assets: dict[str, dict[str, np.ndarray]] = {}
    for each in members:
        folder, _, name = each.filename.removeprefix(_ASSETS).rpartition("/")
        assets.setdefault(folder, {})[name] = np.frombuffer(_unpacked(archive, each), np.uint8)
    return assets


def _member(archive: zipfile.ZipFile, name: str, file_size: int) -> bytes:
    if name not in archive.namelist():
        raise ModelFileError(f"The .keras archive: expected a member {name}, received none of that name.")
    check_size(name, archive.getinfo(name).file_size, file_size)
    return _unpacked(archive, archive.getinfo(name))


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """No more than the size that it declares, whatever is packed; of the ways to pack, only some can be held to it."""
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ModelFileError(f"The .keras archive: expected {member.filename} stored or deflated, received neither.")
    with archive.open(member) as file:
        return file.read(member.file_size)
