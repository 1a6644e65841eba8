"""The matrix products under convolutions and dense layers, in the form that is fast where they run."""

import sys
from collections.abc import Callable

import numpy as np

from .accelerator import Native, lent

# Pyodide's NumPy has no BLAS: there `einsum` over two contiguous rows compiles to vector loops and takes a third of
# the time of `@`. In CPython `@` is BLAS.
HAS_BLAS = sys.platform != "emscripten"
_SHORT = 16  # numbers of a row: the loop over fewer takes longer to begin than to run


def rows_times_rows(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Dot products of all rows of a (…, m, k) with all rows of b (…, n, k): (…, m, n)."""
    columns = b.swapaxes(-1, -2)
    native = _native_for(a, columns)
    if native:
        return _stacked(native, a, columns)
    if HAS_BLAS:
        return a @ columns
    if b.shape[-1] < _SHORT:
        return np.einsum("...ik,...kj->...ij", a, np.ascontiguousarray(columns))
    return np.einsum("...ik,...jk->...ij", np.ascontiguousarray(a), np.ascontiguousarray(b))


def against(b: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """a → rows_times_rows(a, b) for many a: b is laid out once, as is fastest here."""
    if lent() is None:
        return lambda a: rows_times_rows(a, b)
    columns = np.ascontiguousarray(b.swapaxes(-1, -2))
    return lambda a: stacked(a, columns)


def stacked(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a (…, m, k) · b (…, k, n), a product for each of the leading axes, which broadcast."""
    native = _native_for(a, b)
    if native:
        return _stacked(native, a, b)
    return a @ b if HAS_BLAS else rows_times_rows(a, b.swapaxes(-1, -2))


def rows_times_columns(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a (m, k) · b (k, n). Without BLAS most time goes into reading b, so what an input of zero would meet, as most are
    after ReLU, is left out.
    """
    native = _native_for(a, b)
    if native:
        return _stacked(native, a, b)
    return a @ b if HAS_BLAS else np.stack([_row_times_columns(row, b) for row in a])


def _native_for(a: np.ndarray, b: np.ndarray) -> Native | None:
    """What a backend has lent, where it can do a · b."""
    native = lent()
    fits = native and a.dtype == b.dtype == np.float32 and b.shape[-1] >= native.least_columns and a.size and b.size
    return native if fits else None


def _stacked(native: Native, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    leading = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    c = native.product(_one_axis(a, leading), _one_axis(b, leading))
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
