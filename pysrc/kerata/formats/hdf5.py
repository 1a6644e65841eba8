"""HDF5 through `pyfive` (pure Python), and the `.h5` files that Keras 2 and Keras 3 write.

A whole model's `.h5` holds its config in the root attribute `model_config`, and one group a layer in `model_weights`.
"""

import io
import math
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, TypeVar

import numpy as np

from ..errors import KerataError, ModelFileError
from .saved import Saved, as_float32, check_size, parse_config

MAGIC = b"\x89HDF\r\n\x1a\n"

# Where the superblock, by its version, keeps the address at which the file ends (HDF5 File Format Specification, II.A).
_END_OF_FILE = {0: 40, 1: 44, 2: 28, 3: 28}

T = TypeVar("T")


def read(data: bytes) -> Saved:
    """A whole model as `model.save("….h5")` writes it. Raises ModelFileError for anything else."""
    return with_file(data, lambda root: _read_model(root, len(data)))


def with_file(data: bytes, use: Callable[[Any], T]) -> T:
    """`use` on the opened file; whatever the HDF5 reader trips over becomes a ModelFileError."""
    _check_length(data)
    try:
        return use(_pyfive().File(io.BytesIO(data)))
    except KerataError:
        raise
    except Exception as error:  # pyfive meets damaged files with whichever exception comes first
        raise ModelFileError(
            f"The HDF5 data is damaged or truncated: it cannot be read as such ({type(error).__name__}: {error})."
        ) from error


@cache
def _pyfive() -> Any:
    """Only when it is needed: the page need not fetch it for models in Kerata's own format.

    Up to 1.3, where fewer bytes are left at the end of a global heap than an object's header takes, it tries to read one
    all the same, and fails on files that h5py writes. Zeros after them are the header that ends a heap.
    """
    import pyfive
    from pyfive.misc_low_level import GLOBAL_HEAP_OBJECT_SIZE, GlobalHeap

    class EndedHeap(GlobalHeap):  # type: ignore[misc]
        def __init__(self, file: Any, offset: int) -> None:
            super().__init__(file, offset)
            self.heap_data += bytes(GLOBAL_HEAP_OBJECT_SIZE)

    for module in (pyfive.dataobjects, pyfive.misc_low_level):
        module.GlobalHeap = EndedHeap
    return pyfive


def _check_length(data: bytes) -> None:
    """A file cut short may still open: what is lost then is read as zeros or not missed until it is used."""
    place = _END_OF_FILE.get(data[8] if len(data) > 8 else -1, len(data))
    end = int.from_bytes(data[place : place + 8], "little")
    if not place < end <= len(data):
        raise ModelFileError(f"The HDF5 data is damaged or truncated: expected {end} B, received {len(data)} B.")


def read_dataset(dataset: Any, name: str, file_size: int) -> np.ndarray:
    """The dataset as float32, after a look at what size it claims to be."""
    check_size(f"Weight {name!r}", math.prod(dataset.shape) * dataset.dtype.itemsize, file_size)
    return as_float32(dataset[()], f"Weight {name!r}")


def _read_model(root: Any, file_size: int) -> Saved:
    if "model_config" not in root.attrs or "model_weights" not in root:
        raise ModelFileError(
            "The HDF5 file: expected a whole Keras model (model_config and model_weights), received other data. "
            "If it holds weights alone, save the model with model.save instead of model.save_weights."
        )
    groups = root["model_weights"]
    weights = {
        _key(layer, path): read_dataset(groups[layer][path], path, file_size)
        for layer in _names(groups.attrs, "layer_names")
        for path in _names(groups[layer].attrs, "weight_names")
    }
    return Saved(parse_config(root.attrs["model_config"]), weights)


def _key(layer: str, path: str) -> str:
    """("conv2d", "conv2d/kernel:0") → conv2d/kernel"""
    return f"{layer}/{path.removeprefix(layer + '/').rpartition(':')[0] or path.removeprefix(layer + '/')}"


def _names(attributes: Any, key: str) -> Iterator[str]:
    """A list of names. HDF5 limits an attribute's size, so Keras splits a long list into key0, key1, …"""
    parts = [key] if key in attributes else [f"{key}{place}" for place in range(_count(attributes, key))]
    for part in parts:
        for name in attributes[part]:
            yield name.decode() if isinstance(name, bytes) else str(name)


def _count(attributes: Any, key: str) -> int:
    place = 0
    while f"{key}{place}" in attributes:
        place += 1
    return place
