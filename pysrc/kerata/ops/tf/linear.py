"""Functions of TensorFlow's linear algebra: products, diagonals, inverses."""

from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...node import Shape
from .. import linear as linear
from ..common import Sizes, as_float, bounded, broadcast, same, sizes_of
from .math import functions

# Products


def _turned(x: Any, transpose: bool, adjoint: bool) -> np.ndarray:
    x = np.asarray(x)
    x = np.swapaxes(x, -1, -2) if transpose or adjoint else x
    return np.conj(x) if adjoint else x


def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    output_type: str | None = None,
) -> np.ndarray:
    return linear.matmul(_turned(a, transpose_a, adjoint_a), _turned(b, transpose_b, adjoint_b))


def matmul_shape(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    output_type: str | None = None,
) -> Shape:
    first, second = (
        (*shape[:-2], shape[-1], shape[-2]) if turned else shape
        for shape, turned in ((sizes_of(a), transpose_a or adjoint_a), (sizes_of(b), transpose_b or adjoint_b))
    )
    return linear.matmul_shape(Sizes(first), Sizes(second))


def matvec(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    adjoint_a: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
) -> np.ndarray:
    return linear.matmul(_turned(a, transpose_a, adjoint_a), np.asarray(b)[..., None])[..., 0]


functions({"linalg.matmul": matmul, "matmul": matmul}, shape=matmul_shape)
functions({"linalg.cross": lambda a, b: linear.cross(a, b)}, shape=broadcast)
functions(
    {
        "linalg.matvec": matvec,
        "linalg.tensordot": lambda a, b, axes: linear.tensordot(a, b, axes),
        "tensordot": lambda a, b, axes: linear.tensordot(a, b, axes),
    }
)


# Diagonals


def _offset(k: Any) -> int:
    if not isinstance(k, int):
        raise UnsupportedError(f"Operator: expected k to be the number of one diagonal, received {k!r}.")
    return k


def diagonal_matrix(
    diagonal: np.ndarray,
    k: int = 0,
    num_rows: int = -1,
    num_cols: int = -1,
    padding_value: Any = 0,
    align: str = "",
) -> np.ndarray:
    """Matrices with these diagonals, k above the main one."""
    size = diagonal.shape[-1] + abs(_offset(k))
    rows, columns = (size if given < 0 else given for given in (num_rows, num_cols))
    bounded(*diagonal.shape[:-1], rows, columns)
    made = np.full((*diagonal.shape[:-1], rows, columns), padding_value, diagonal.dtype)
    return with_diagonal(made, diagonal, k)


def diagonal_part(input: np.ndarray, k: int = 0, padding_value: Any = 0, align: str = "") -> np.ndarray:
    return np.diagonal(input, _offset(k), -2, -1)


def with_diagonal(input: np.ndarray, diagonal: Any, k: int = 0, align: str = "") -> np.ndarray:
    made = np.array(input)
    step = np.arange(np.shape(diagonal)[-1])
    made[..., step + max(-_offset(k), 0), step + max(k, 0)] = diagonal
    return made


def band(input: np.ndarray, num_lower: Any, num_upper: Any) -> np.ndarray:
    """So many diagonals below and above the main one; a number below zero keeps all."""
    rows, columns = np.ogrid[: input.shape[-2], : input.shape[-1]]
    lower, upper = int(num_lower), int(num_upper)
    kept = ((lower < 0) | (rows - columns <= lower)) & ((upper < 0) | (columns - rows <= upper))
    return np.where(kept, input, np.zeros((), input.dtype))


def tensor_diagonal(diagonal: np.ndarray) -> np.ndarray:
    bounded(diagonal.size, diagonal.size)
    return np.diag(diagonal.ravel()).reshape(diagonal.shape * 2)


def tensor_diagonal_part(input: np.ndarray) -> np.ndarray:
    shape = input.shape[: input.ndim // 2]
    return np.diag(input.reshape(int(np.prod(shape)), -1)).reshape(shape)


functions({"linalg.band_part": band, "linalg.set_diag": with_diagonal}, shape=same)
functions(
    {
        "linalg.adjoint": lambda matrix: _turned(matrix, False, True),
        "linalg.diag": diagonal_matrix,
        "linalg.diag_part": diagonal_part,
        "linalg.matrix_transpose": lambda a, conjugate=False: _turned(a, True, conjugate),
        "linalg.tensor_diag": tensor_diagonal,
        "linalg.tensor_diag_part": tensor_diagonal_part,
    }
)
functions({"linalg.trace": lambda x: np.trace(x, 0, -2, -1, x.dtype)}, shape=lambda x: sizes_of(x)[:-2])


# Inverses


def triangular_solve(matrix: Any, rhs: Any, lower: bool = True, adjoint: bool = False) -> np.ndarray:
    part = as_float(np.tril(matrix) if lower else np.triu(matrix))
    return np.linalg.solve(_turned(part, False, adjoint), as_float(rhs))


def pinv(a: np.ndarray, rcond: Any = None, validate_args: bool = False) -> np.ndarray:
    """Singular values below `rcond` times the largest are zero."""
    least = 10 * max(a.shape[-2:]) * np.finfo(np.float32).eps if rcond is None else rcond
    return np.linalg.pinv(as_float(a), least)


functions(
    {
        "linalg.cholesky": lambda input: linear.cholesky(input),
        "linalg.inv": lambda input, adjoint=False: np.linalg.inv(_turned(as_float(input), False, adjoint)),
    },
    shape=same,
)
functions(
    {
        "linalg.solve": lambda matrix, rhs, adjoint=False: np.linalg.solve(
            _turned(as_float(matrix), False, adjoint), as_float(rhs)
        ),
        "linalg.triangular_solve": triangular_solve,
    },
    shape=lambda matrix, rhs, *others, **options: sizes_of(rhs),
)
functions({"linalg.det": lambda input: np.linalg.det(as_float(input))}, shape=lambda input: sizes_of(input)[:-2])
functions({"linalg.logdet": lambda matrix: linear.log_determinant(matrix)}, shape=lambda matrix: sizes_of(matrix)[:-2])
functions(
    {"linalg.pinv": pinv},
    shape=lambda a, *others, **options: (*sizes_of(a)[:-2], sizes_of(a)[-1], sizes_of(a)[-2]),
)
