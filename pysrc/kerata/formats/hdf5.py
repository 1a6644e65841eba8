"""HDF5 through `pyfive` (pure Python), held within bounds: files come from strangers.

pyfive believes what a file says of itself, so what it reads in all, what it reads for one header, and what a dataset
claims to be are checked here. It reads from memory alone, so no link leads out of the file.
"""

import io
import math
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

import numpy as np

from ..errors import KerataError, ModelFileError
from .base import as_float32, check_size, from_bfloat16

# Where the superblock, by its version, keeps the address at which the file ends (HDF5 File Format Specification, II.A).
_END_OF_FILE = {0: 40, 1: 44, 2: 28, 3: 28}

# A file's tables are read again for each thing in them, but not without end: this many times its size, and a start.
_MAX_READ = 5
_FREE_TO_READ = 1 << 18

# The header of one group or dataset, in bytes and in pieces: its attributes stand there, of at most 64 KiB each.
_LARGEST_HEADER = 1 << 23
_MAX_PIECES = 1000

_COMPRESSIONS = (None, "gzip")

T = TypeVar("T")


def with_file(data: bytes, use: Callable[[Any], T]) -> T:
    """`use` on the opened file; whatever the HDF5 reader trips over becomes a ModelFileError."""
    _check_length(data)
    try:
        return use(_open(data))
    except KerataError:
        raise
    except Exception as error:  # pyfive meets damaged files with whichever exception comes first
        sentence = " ".join(str(error).split())[:200]
        raise ModelFileError(
            f"The HDF5 data is damaged or truncated: it cannot be read as such ({type(error).__name__}: {sentence})."
        ) from error


def _check_length(data: bytes) -> None:
    """A file cut short may still open: what is lost then is read as zeros or not missed until it is used."""
    place = _END_OF_FILE.get(data[8] if len(data) > 8 else -1, len(data))
    end = int.from_bytes(data[place : place + 8], "little")
    if not place < end <= len(data):
        raise ModelFileError(f"The HDF5 data is damaged or truncated: expected {end} B, received {len(data)} B.")


class _Bounded(io.BytesIO):
    """The file's bytes, of which only so many may be read in all, and for one header."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.size = len(data)
        self.left: float = _MAX_READ * len(data) + _FREE_TO_READ
        self.unpacked = 0
        self.pieces: float = math.inf

    @contextmanager
    def header(self) -> Iterator[None]:
        beyond = max(self.left - _LARGEST_HEADER, 0)
        self.left, self.pieces = self.left - beyond, _MAX_PIECES
        yield
        self.left, self.pieces = self.left + beyond, math.inf

    def read(self, size: int | None = -1, /) -> bytes:
        read = super().read(size)
        self.left -= len(read)
        self.pieces -= 1
        if self.left < 0 or self.pieces < 0:
            raise ValueError("parts of it lead back to themselves")
        return read


def _open(data: bytes) -> Any:
    reader = _bounded_reader()
    return reader.File(_Bounded(data))


@cache
def _bounded_reader() -> Any:
    """pyfive, with its reader of headers bounded, and its reader of texts mended."""
    try:
        import pyfive  # only here: the page need not fetch it for models in Kerata's own format
        from pyfive import dataobjects, high_level
    except ImportError as error:
        raise KerataError(
            "Keras's HDF5 files need the package pyfive: pip install 'pyfive<1.1.2', in Pyodide by micropip.install."
        ) from error

    class Objects(dataobjects.DataObjects):
        def __init__(self, file: _Bounded, offset: int, order: str = "C") -> None:
            with file.header():
                super().__init__(file, offset, order)

        def _attr_value(self, ptype: Any, buffer: bytes, count: int, offset: int) -> Any:
            if count > len(buffer):
                raise ValueError(f"an attribute of {count} values in {len(buffer)} B")
            return super()._attr_value(ptype, buffer, count, offset)

    class Heap(dataobjects.GlobalHeap):
        @property
        def objects(self) -> Any:
            try:
                return super().objects
            except struct.error:  # at the end there may be room for less than an object
                return self._objects

    high_level.DataObjects, dataobjects.GlobalHeap = Objects, Heap
    return pyfive


def read_dataset(dataset: Any, name: str) -> np.ndarray:
    """The dataset as float32, after a look at what it claims to be."""
    what = f"Weight {name!r}"
    dtype, bfloat16 = dataset.dtype, dataset.attrs.get("dtype") in ("bfloat16", b"bfloat16")
    if dtype.kind not in "fiub" and not (bfloat16 and dtype.itemsize == 2):
        raise ModelFileError(f"{what}: expected numbers, received dtype {str(dtype)[:80]}.")
    size = math.prod(dataset.shape) * dtype.itemsize
    file = dataset.file._fh
    file.unpacked += size
    check_size(what, file.unpacked, file.size)  # all weights up to this one, for several may be the same bytes
    if size:
        _check_stored(dataset, what, size, file.size)
    array = dataset[()]
    return from_bfloat16(array) if bfloat16 else as_float32(array, what)


def _check_stored(dataset: Any, what: str, size: int, file_size: int) -> None:
    """That the values are in this file, and that no piece of it unpacks to more than it stands for."""
    stored = dataset.id
    if dataset.chunks is None:
        if getattr(stored, "data_offset", 0) + size > file_size:
            raise ModelFileError(f"{what}: expected its values within the file, received none.")
        return
    if not stored.index or dataset.compression not in _COMPRESSIONS or dataset.fletcher32:
        raise ModelFileError(f"{what}: expected values as they are or packed by gzip, received others.")
    largest = math.prod(dataset.chunks) * dataset.dtype.itemsize
    check_size(what, largest, size)
    for place in stored.index if dataset.compression else ():
        unpacker = zlib.decompressobj()
        unpacker.decompress(stored.read_direct_chunk(place)[1], largest)
        if unpacker.unconsumed_tail:
            raise ModelFileError(f"{what}: expected {largest} B in each of its pieces, received more.")
