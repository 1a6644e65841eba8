"""The matrix products under convolutions and dense layers, in the form that is fast where they run."""

import sys
from collections.abc import Callable

import numpy as np

from .accelerator import Accelerator

# Pyodide's NumPy has no BLAS: there `einsum` over two contiguous rows compiles to vector loops and takes a third of
# the time of `@`. In CPython `@` is BLAS.
HAS_BLAS = sys.platform != "emscripten"
_SHORT = 16  # numbers of a row: the loop over fewer takes longer to begin than to run


def matmul_nt(a: np.ndarray, b: np.ndarray, accelerator: Accelerator | None) -> np.ndarray:
    """Dot products of all rows of a (…, m, k) with all rows of b (…, n, k): (…, m, n)."""
    columns = b.swapaxes(-1, -2)
    if accelerator and _takes(accelerator, a, columns):
        return _accelerated(accelerator, a, columns)
    if HAS_BLAS:
        return a @ columns
    if b.shape[-1] < _SHORT:
        return np.einsum("...ik,...kj->...ij", a, np.ascontiguousarray(columns))
    return np.einsum("...ik,...jk->...ij", np.ascontiguousarray(a), np.ascontiguousarray(b))


def prepared_matmul_nt(b: np.ndarray, accelerator: Accelerator | None) -> Callable[[np.ndarray], np.ndarray]:
    """a → matmul_nt(a, b) for many a: b is laid out once, as is fastest here."""
    if accelerator is None:
        return lambda a: matmul_nt(a, b, None)
    columns = np.ascontiguousarray(b.swapaxes(-1, -2))
    return lambda a: batched_matmul(a, columns, accelerator)


def batched_matmul(a: np.ndarray, b: np.ndarray, accelerator: Accelerator | None) -> np.ndarray:
    """a (…, m, k) · b (…, k, n), a product for each of the leading axes, which broadcast."""
    if accelerator and _takes(accelerator, a, b):
        return _accelerated(accelerator, a, b)
    return a @ b if HAS_BLAS else matmul_nt(a, b.swapaxes(-1, -2), accelerator)


def matmul(a: np.ndarray, b: np.ndarray, accelerator: Accelerator | None) -> np.ndarray:
    """a (m, k) · b (k, n). Without BLAS most time goes into reading b, so what an input of zero would meet, as most are
    after ReLU, is left out.
    """
    if accelerator and _takes(accelerator, a, b):
        return _accelerated(accelerator, a, b)
    return a @ b if HAS_BLAS else np.stack([_row_times_columns(row, b) for row in a])


def _takes(accelerator: Accelerator, a: np.ndarray, b: np.ndarray) -> bool:
    """Whether it can do a · b."""
    return bool(a.dtype == b.dtype == np.float32 and b.shape[-1] >= accelerator.min_columns and a.size and b.size)


def _accelerated(accelerator: Accelerator, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    leading = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    c = accelerator.matmul(_one_axis(a, leading), _one_axis(b, leading))
    return c.reshape(*leading, a.shape[-2], b.shape[-1])


def _one_axis(matrices: np.ndarray, leading: tuple[int, ...]) -> np.ndarray:
    """(…, m, n) → (product of the leading sizes, m, n)"""
    size = matrices.shape[-2:]
    return np.broadcast_to(matrices, (*leading, *size)).reshape(-1, *size)


def _row_times_columns(row: np.ndarray, b: np.ndarray) -> np.ndarray:
    used = np.flatnonzero(row != 0)  # of booleans, which NumPy finds faster as of numbers
    if 2 * len(used) < len(row):
        row, b = row[used], b.take(used, axis=0)
    return np.einsum("i,ij->j", row, b)
