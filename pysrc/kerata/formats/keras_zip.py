"""`.keras`, Keras 3's own format: a zip of `metadata.json`, `config.json` and `model.weights.h5`.

In the HDF5 part the weights of a layer stand under `layers/<class in snake case>_<counter>/vars/<place>`, whatever the
layer's name; the name is the attribute `name` of `vars`. A layer within a layer stands under the attribute that keeps
it, and a model within the model has `layers` of its own: `layers/bidirectional/forward_layer/cell/vars/0`.
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


def _weights(group: Any, file_size: int, path: str = "") -> Iterator[tuple[str, np.ndarray]]:
    for name in group:
        if name == "vars":
            for place in group["vars"]:
                yield f"{path}{place}", hdf5.read_dataset(group["vars"][place], f"{path}{place}", file_size)
        elif name == "layers":
            for layer in group["layers"]:
                inner = group["layers"][layer]
                yield from _weights(inner, file_size, f"{path}{_name(inner, layer)}/")
        elif path or name != "optimizer":
            yield from _weights(group[name], file_size, f"{path}{name}/")


def _name(layer: Any, group: str) -> str:
    """Early Keras 3 wrote no names, and these then agree by default."""
    return layer["vars"].attrs.get("name", group) if "vars" in layer else group
