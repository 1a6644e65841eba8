"""Model files. The first bytes tell the format; every reader gives the model's config and weights."""

import os
from pathlib import Path
from typing import BinaryIO

from ..errors import ModelFileError
from . import hdf5, keras_zip, safetensors
from .saved import Saved

Source = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO


def read(source: Source) -> Saved:
    """A model file, given as a path, as its bytes or as an open binary file.

    Raises ModelFileError for bytes that are no such file, OSError when a path cannot be read.
    """
    data = read_bytes(source)
    if data.startswith(hdf5.MAGIC):
        return hdf5.read(data)
    if data.startswith(keras_zip.MAGIC):
        return keras_zip.read(data)
    if safetensors.looks_like(data):
        return safetensors.read(data)
    raise ModelFileError(
        "The file: expected a Keras .keras or .h5 file or a .safetensors made by Kerata, "
        f"received {len(data)} B that begin with {data[:8]!r}."
    )


def read_bytes(source: Source) -> bytes:
    if isinstance(source, str | os.PathLike):
        return Path(source).read_bytes()
    return bytes(source) if isinstance(source, bytes | bytearray | memoryview) else source.read()
