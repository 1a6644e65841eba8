"""The matrix products under convolutions and dense layers, in the form that is fast where they run."""

import sys

import numpy as np

# Pyodide's NumPy has no BLAS: there `einsum` over two contiguous rows compiles to vector loops and takes a third of
# the time of `@`. At the desk `@` is BLAS.
HAS_BLAS = sys.platform != "emscripten"
_SHORT = 16  # numbers of a row: the loop over fewer takes longer to begin than to run


def rows_times_rows(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Dot products of all rows of a (…, m, k) with all rows of b (…, n, k): (…, m, n)."""
    columns = b.swapaxes(-1, -2)
    if HAS_BLAS:
        return a @ columns
    if b.shape[-1] < _SHORT:
        return np.einsum("...ik,...kj->...ij", a, np.ascontiguousarray(columns))
    return np.einsum("...ik,...jk->...ij", np.ascontiguousarray(a), np.ascontiguousarray(b))


def stacked(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a (…, m, k) · b (…, k, n), a product for each of the leading axes, which broadcast."""
    return a @ b if HAS_BLAS else rows_times_rows(a, b.swapaxes(-1, -2))


def rows_times_columns(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a (m, k) · b (k, n). Without BLAS most time goes into reading b, so what an input of zero would meet, as most are
    after ReLU, is left out.
    """
    return a @ b if HAS_BLAS else np.stack([_row_times_columns(row, b) for row in a])


def _row_times_columns(row: np.ndarray, b: np.ndarray) -> np.ndarray:
    used = np.flatnonzero(row != 0)  # of booleans, which NumPy finds faster as of numbers
    if 2 * len(used) < len(row):
        row, b = row[used], b.take(used, axis=0)
    return np.einsum("i,ij->j", row, b)
