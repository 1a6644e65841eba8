"""The matrix product under convolutions and dense layers, in the form that is fast where it runs."""

import sys

import numpy as np

# Pyodide's NumPy has no BLAS: there `einsum` over two contiguous rows compiles to vector loops and takes a third of
# the time of `@`. At the desk `@` is BLAS.
HAS_BLAS = sys.platform != "emscripten"


def rows_times_rows(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Dot products of all rows of a (m, k) with all rows of b (n, k): (m, n)."""
    return a @ b.T if HAS_BLAS else np.einsum("ik,jk->ij", a, b)
