"""`.keras`, Keras 3's own format: a zip of `metadata.json`, `config.json` and `model.weights.h5`.

In the HDF5 part the weights of a layer stand under `layers/<class in snake case>_<counter>/vars/<place>`, whatever the
layer's name; the name is the attribute `name` of `vars`.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..errors import ModelFileError
from . import hdf5
from .saved import Saved, check_size, parse_config

MAGIC = b"PK\x03\x04"


def read(data: bytes) -> Saved:
    """Raises ModelFileError when the archive is damaged or is not a Keras model."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            config = parse_config(_member(archive, "config.json", len(data)))
            packed = _member(archive, "model.weights.h5", len(data))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise ModelFileError(f"The .keras archive is damaged or truncated: {error}.") from error
    return Saved(config, hdf5.with_file(packed, lambda root: dict(_weights(root, len(packed)))))


def _member(archive: zipfile.ZipFile, name: str, file_size: int) -> bytes:
    if name not in archive.namelist():
        raise ModelFileError(f"The .keras archive: expected a member {name}, received none of that name.")
    check_size(name, archive.getinfo(name).file_size, file_size)
    return archive.read(name)


def _weights(root: Any, file_size: int) -> Iterator[tuple[str, np.ndarray]]:
    layers = root.get("layers", {})
    for group in layers:
        if "vars" not in layers[group]:
            continue
        variables = layers[group]["vars"]
        name = variables.attrs.get("name", group)  # early Keras 3 wrote no names, and these then agree by default
        for place in variables:
            yield f"{name}/{place}", hdf5.read_dataset(variables[place], f"{group}/{place}", file_size)
