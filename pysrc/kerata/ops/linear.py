"""Operators of linear algebra: products of matrices and tensors, norms, inverses."""

import math
import re
from typing import Any

import numpy as np

from ..layers.common.matmul import HAS_BLAS
from ..node import Shape
from .arrays import broadcast_exactly
from .common import Function, Sizes, as_float, axes_of, bounded, broadcast, operators, promoted, reduced, same, sizes_of


def matmul(x1: Any, x2: Any) -> np.ndarray:
    a, b = promoted(x1, x2)
    if HAS_BLAS or a.ndim == 1 or b.ndim == 1:
        return np.matmul(a, b)
    # Without BLAS, sums over two contiguous rows are the fastest.
    return np.einsum("...ik,...jk->...ij", a, np.ascontiguousarray(b.swapaxes(-1, -2)))


def matmul_shape(x1: Any, x2: Any) -> Shape:
    a, b = sizes_of(x1), sizes_of(x2)
    inner = {a[-1], b[-2] if len(b) > 1 else b[0]} - {None}
    if len(inner) > 1:
        raise ValueError("the last axis of the one and the last but one of the other differ")
    return (*broadcast(Sizes(a[:-2]), Sizes(b[:-2])), *a[-2:-1], *(b[-1:] if len(b) > 1 else ()))


def einsum(*operands: Any, subscripts: str) -> np.ndarray:
    return np.einsum(subscripts, *promoted(*operands), optimize=HAS_BLAS)


def einsum_shape(*operands: Any, subscripts: str) -> Shape:
    """Each letter's size, from where it is known; `...` stands for the axes that no letter names."""
    given, arrow, result = subscripts.replace(" ", "").partition("->")
    if not re.fullmatch(r"[A-Za-z.,]*", given + result):
        raise ValueError(f"expected letters, received {subscripts!r}")
    sizes: dict[str, int | None] = {}
    rest: Shape = ()
    for term, operand in zip(given.split(","), operands, strict=True):
        shape = sizes_of(operand)
        before, dots, after = term.partition("...")
        if len(before) + len(after) > len(shape) or (not dots and len(before) < len(shape)):
            raise ValueError(f"{term!r} for {len(shape)} axes")
        middle = len(shape) - len(after)
        rest = broadcast(Sizes(rest), Sizes(shape[len(before) : middle]))
        for letter, size in zip(before + after, (*shape[: len(before)], *shape[middle:]), strict=True):
            (sizes[letter],) = broadcast(Sizes([sizes.get(letter, 1)]), Sizes([size]))
    if not arrow:
        letters = given.replace(",", "").replace("...", "")
        result = "..." + "".join(sorted(each for each in set(letters) if letters.count(each) == 1))
    before, _, after = result.partition("...")
    return (*(sizes[letter] for letter in before), *rest, *(sizes[letter] for letter in after))


def tensordot(x1: Any, x2: Any, axes: Any = 2) -> np.ndarray:
    a, b = promoted(x1, x2)
    ours = range(-axes, 0) if isinstance(axes, int) else np.atleast_1d(axes[0])
    met = math.prod(a.shape[axis] for axis in ours) or 1
    bounded(a.size // met, b.size // met)
    return np.tensordot(a, b, axes)


def tensordot_shape(x1: Any, x2: Any, axes: Any = 2) -> Shape:
    a, b = sizes_of(x1), sizes_of(x2)
    if isinstance(axes, int):
        axes = range(len(a) - axes, len(a)), range(axes)
    ours, theirs = (
        axes_of(tuple(np.atleast_1d(each).tolist()), len(shape)) for each, shape in zip(axes, (a, b), strict=True)
    )
    for i, j in zip(ours, theirs, strict=True):
        broadcast_exactly([a[i : i + 1], b[j : j + 1]])
    return tuple(
        size for shape, gone in ((a, ours), (b, theirs)) for place, size in enumerate(shape) if place not in gone
    )


def dot(x1: Any, x2: Any) -> np.ndarray:
    if np.ndim(x1) == 0 or np.ndim(x2) == 0:
        return np.multiply(*promoted(x1, x2))
    return tensordot(x1, x2, ((-1,), (-1 if np.ndim(x2) == 1 else -2,)))


def inner(x1: Any, x2: Any) -> np.ndarray:
    if np.ndim(x1) == 0 or np.ndim(x2) == 0:
        return np.multiply(*promoted(x1, x2))
    return tensordot(x1, x2, ((-1,), (-1,)))


def large(function: Function) -> Function:
    """A product of each number with each."""

    def of(x1: Any, x2: Any) -> np.ndarray:
        a, b = promoted(x1, x2)
        bounded(a.size, b.size)
        return function(a, b)

    return of


def cross(x1: Any, x2: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> np.ndarray:
    """Vectors of two numbers lie in the plane; the product of two such is a number."""
    a, b = promoted(x1, x2)
    a, b = (np.moveaxis(each, at if axis is None else axis, -1) for each, at in ((a, axisa), (b, axisb)))
    flat = a.shape[-1] == b.shape[-1] == 2
    made = np.cross(_in_space(a), _in_space(b))
    return made[..., 2] if flat else np.moveaxis(made, -1, axisc if axis is None else axis)


def _in_space(x: np.ndarray) -> np.ndarray:
    return np.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, 3 - x.shape[-1])])


def distances(x: Any, y: Any) -> np.ndarray:
    a, b = as_float(x)[..., :, None, :], as_float(y)[..., None, :, :]
    bounded(*np.broadcast_shapes(a.shape, b.shape))
    return np.sqrt(np.sum(np.square(a - b), -1))


def norm(x: np.ndarray, ord: Any = None, axis: Any = None, keepdims: bool = False) -> np.ndarray:
    x = as_float(x)
    if ord is None or ord == "fro":
        return np.sqrt(np.sum(x * x, axis, keepdims=keepdims))
    axes = axes_of(axis, x.ndim)
    return as_float(np.linalg.norm(x, ord, axes[0] if len(axes) == 1 else axes, keepdims))


def correlation(x: np.ndarray) -> np.ndarray:
    return np.clip(as_float(np.corrcoef(as_float(x))), -1, 1)


operators({"Matmul": matmul}, shape=matmul_shape)
operators({"Einsum": einsum}, shape=einsum_shape)
operators({"Tensordot": tensordot}, shape=tensordot_shape)
operators({"Norm": norm}, shape=lambda x, ord=None, axis=None, keepdims=False: reduced(x, axis, keepdims))
operators(
    {
        "CDist": distances,
        "Corrcoef": correlation,
        "Cross": cross,
        "Dot": dot,
        "Inner": inner,
        "Kron": large(np.kron),
        "Outer": large(np.outer),
        "Vdot": lambda x1, x2: np.vdot(*promoted(x1, x2)),
    }
)


def cholesky(x: np.ndarray, upper: bool = False) -> np.ndarray:
    lower = np.linalg.cholesky(as_float(x))
    return lower.swapaxes(-1, -2) if upper else lower


def cholesky_inverse(x: np.ndarray, upper: bool = False) -> np.ndarray:
    """Of the matrix that the factor x is of."""
    factor = np.triu(x) if upper else np.tril(x)
    turned = factor.swapaxes(-1, -2)
    return np.linalg.inv(np.matmul(turned, factor) if upper else np.matmul(factor, turned))


def solve(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.linalg.solve(a, b[..., None])[..., 0] if b.ndim == a.ndim - 1 else np.linalg.solve(a, b)


def solve_triangular(a: np.ndarray, b: np.ndarray, lower: bool = False) -> np.ndarray:
    return solve(np.tril(a) if lower else np.triu(a), b)


def log_determinant(x: np.ndarray) -> np.ndarray:
    return np.linalg.slogdet(as_float(x))[1]


operators(
    {
        "Cholesky": cholesky,
        "CholeskyInverse": cholesky_inverse,
        "Inv": lambda x: np.linalg.inv(as_float(x)),
    },
    shape=same,
)
operators({"Solve": solve, "SolveTriangular": solve_triangular}, shape=lambda a, b, **options: sizes_of(b))
operators({"Det": lambda x: np.linalg.det(as_float(x)), "Logdet": log_determinant}, shape=lambda x: sizes_of(x)[:-2])
operators({"Slogdet": lambda x: tuple(np.linalg.slogdet(as_float(x)))}, shape=lambda x: [sizes_of(x)[:-2]] * 2)
operators(
    {"Pinv": lambda x, rcond=None: np.linalg.pinv(as_float(x), rcond)},
    shape=lambda x, **options: (*sizes_of(x)[:-2], sizes_of(x)[-1], sizes_of(x)[-2]),
)
