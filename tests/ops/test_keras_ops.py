"""Operators in Functional models, as the installed Keras saves them, against what it computes."""

import gzip
import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras import ops

import kerata
from kerata import ModelFileError, UnsupportedError, graph, layers
from tests.ops.test_tf_functions import functions
from tests.support.cases import OPERATORS as STORED
from tests.support.draw import so_many
from tests.support.wasmtime_engine import wasm_backend

# Saving as .h5 is what Keras 3 warns about; reading such files is what we are here for.
pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning:keras"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning:keras"),
    pytest.mark.filterwarnings("ignore:NotImplemented should not be used:DeprecationWarning:keras"),
]


class In(NamedTuple):
    """An input: the shape of a sample, and what its numbers are: normal, or from `low` to below `high`."""

    shape: tuple[int, ...] = (4, 6)
    dtype: str = "float32"
    low: float | None = None
    high: float = 10
    nan: bool = False  # some are none
    open: tuple[int, ...] = ()

    def sample(self, random: np.random.Generator) -> np.ndarray:
        size = (2, *self.shape)
        if self.dtype == "bool":
            return random.random(size) < 0.5
        if self.dtype != "float32":
            return random.integers(self.low or 0, self.high, size).astype(self.dtype)
        x = random.normal(0, 2, size) if self.low is None else random.uniform(self.low, self.high, size)
        return np.where(random.random(size) < 0.2, np.nan, x).astype(np.float32) if self.nan else x.astype(np.float32)

    def tensor(self) -> Any:
        return keras.Input(
            [None if axis in self.open else size for axis, size in enumerate(self.shape)], dtype=self.dtype
        )


class Op(NamedTuple):
    name: str
    function: Callable[..., Any]
    inputs: tuple[In, ...] = (In(),)
    rtol: float = 1e-5
    atol: float = 1e-6

    def __str__(self) -> str:
        return self.name


def op(name: str, function: Callable[..., Any], *inputs: In, **tolerances: float) -> Op:
    return Op(name, function, inputs or (In(),), **tolerances)


X = In()
Y = In((6,))
INTS, SMALL = In(dtype="int32", low=-5), In(dtype="int32", low=1, high=5)
BYTES = In(dtype="uint8", high=200)
BOOLS = In(dtype="bool")
UNIT = In(low=-0.99, high=0.99)
POSITIVE = In(low=0.01, high=5)
ABOVE = In(low=1, high=5)
GAPS = In(nan=True)
IMAGE = In((6, 6, 4))
SQUARE = In((3, 3))


def definite(x: Any) -> Any:
    """A matrix that can be inverted and factored."""
    return ops.matmul(x, ops.transpose(x, (0, 2, 1))) + ops.eye(3) * 2.0


def both(name: str, *inputs: In) -> Op:
    """An operator of two arguments: of two inputs, that are alike or not, and of an input and a number."""
    function, (x, y) = getattr(ops, name), inputs

    def each(x: Any, y: Any, row: Any) -> list[Any]:
        numbers = [function(x, 2), function(3, y)] if name not in _TENSORS_ALONE else []
        return [function(x, y), function(x, row), *numbers]

    return op(name, each, x, y, y._replace(shape=(1, 6)))


# What of a Python number Keras takes for a tensor, and fails.
_TENSORS_ALONE = (
    "hypot",
    "heaviside",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "left_shift",
    "right_shift",
    "bitwise_left_shift",
    "bitwise_right_shift",
)


UNARY = [
    *[(name, X) for name in ("absolute", "abs", "arcsinh", "arctan", "ceil", "conj", "conjugate", "copy", "cos")],
    *[(name, X) for name in ("cosh", "deg2rad", "erf", "erfc", "exp", "exp2", "expm1", "fabs", "floor", "i0", "imag")],
    *[
        (name, X)
        for name in ("isfinite", "isinf", "isnan", "isneginf", "isposinf", "isreal", "logical_not", "negative")
    ],
    *[(name, X) for name in ("ones_like", "rad2deg", "real", "reciprocal", "round", "sign", "signbit", "sin", "sinc")],
    *[
        (name, X)
        for name in ("sinh", "square", "stop_gradient", "tan", "tanh", "trunc", "zeros_like", "empty_like", "angle")
    ],
    *[(name, X) for name in ("relu", "relu6", "sigmoid", "sparse_sigmoid", "softplus", "softsign", "soft_shrink")],
    *[(name, X) for name in ("sparse_plus", "silu", "squareplus", "log_sigmoid", "leaky_relu", "hard_sigmoid")],
    *[(name, X) for name in ("hard_silu", "elu", "selu", "gelu", "celu", "glu", "tanh_shrink", "hard_tanh")],
    *[(name, X) for name in ("hard_shrink", "softmax", "log_softmax", "sparsemax", "layer_normalization")],
    *[(name, X) for name in ("rms_normalization", "normalize", "ravel", "size")],
    *[(name, UNIT) for name in ("arccos", "arcsin", "arctanh", "erfinv")],
    *[(name, POSITIVE) for name in ("cbrt", "log", "log10", "log1p", "log2", "sqrt", "rsqrt")],
    ("arccosh", ABOVE),
    ("nan_to_num", GAPS),
]
REDUCTIONS = ("max", "min", "sum", "mean", "prod", "std", "var", "amax", "amin", "ptp", "median", "logsumexp")


OPERATORS = [
    *[op(name, getattr(ops, name), given) for name, given in UNARY],
    # Integers and booleans
    *[
        op(f"{name}_ints", getattr(ops, name), SMALL)
        for name in ("exp", "sqrt", "log", "sin", "floor", "ceil", "tanh", "rad2deg")
    ],
    *[
        op(f"{name}_ints", getattr(ops, name), INTS)
        for name in ("abs", "negative", "sign", "square", "trunc", "round", "relu", "isfinite", "isnan", "cbrt", "fabs")
    ],
    *[
        op(f"{name}_ints", partial(getattr(ops, name), axis=1), INTS)
        for name in (
            "max",
            "min",
            "sum",
            "mean",
            "prod",
            "std",
            "var",
            "any",
            "all",
            "argmax",
            "argmin",
            "median",
            "count_nonzero",
            "cumsum",
            "cumprod",
            "sort",
            "argsort",
        )
    ],
    *[
        op(f"{name}_bools", partial(getattr(ops, name), axis=-1), BOOLS)
        for name in ("max", "min", "sum", "mean", "prod", "any", "all", "cumsum", "sort", "var")
    ],
    *[op(f"{name}_bytes", partial(getattr(ops, name), axis=-1), BYTES) for name in ("max", "sum", "mean", "argmax")],
    both("add", INTS, X),
    both("multiply", INTS, INTS),
    both("divide", INTS, SMALL),
    op("mixed_bool", lambda x, y: x * y + True, BOOLS, X),
    op("mixed_half", lambda x: x * 0.5 + 1, INTS),
    op("mixed_bytes", lambda x, y: ops.maximum(x, y), BYTES, INTS),
    op("mixed_int8", lambda x, y: (x + y) * 2, In(dtype="int8"), BYTES),
    # Two by two
    both("subtract", X, X),
    both("true_divide", X, POSITIVE),
    both("divide_no_nan", X, In(dtype="float32", low=0, high=2)),
    both("power", POSITIVE, X),
    both("maximum", X, X),
    both("minimum", X, X),
    both("fmax", GAPS, X),
    both("fmin", GAPS, X),
    both("arctan2", X, X),
    both("hypot", X, X),
    both("heaviside", INTS, X),
    both("logaddexp", X, X),
    both("logaddexp2", X, X),
    both("floor_divide", X, POSITIVE),
    both("mod", X, POSITIVE),
    both("mod", INTS, SMALL),
    both("fmod", X, POSITIVE),
    both("equal", SMALL, SMALL),
    both("not_equal", SMALL, SMALL),
    both("greater", X, X),
    both("greater_equal", SMALL, SMALL),
    both("less", X, X),
    both("less_equal", X, SMALL),
    both("isclose", X, X),
    both("logical_and", BOOLS, BOOLS),
    both("logical_or", BOOLS, BOOLS),
    both("logical_xor", BOOLS, X),
    both("bitwise_and", INTS, INTS),
    both("bitwise_or", INTS, INTS),
    both("bitwise_xor", INTS, INTS),
    both("left_shift", INTS, SMALL),
    both("right_shift", INTS, SMALL),
    both("bitwise_left_shift", INTS, SMALL),
    both("bitwise_right_shift", INTS, SMALL),
    op("bitwise_not", ops.bitwise_not, INTS),
    op("bitwise_invert", ops.bitwise_invert, INTS),
    op("gcd", ops.gcd, In((4,), dtype="int32", low=1, high=30), In((4,), dtype="int32", low=1, high=30)),
    op("lcm", ops.lcm, In((4,), dtype="int32", low=1, high=30), In((4,), dtype="int32", low=1, high=30)),
    op("ldexp", ops.ldexp, X, SMALL),
    op("nextafter", ops.nextafter, X, X),
    op("allclose", ops.allclose, X, X),
    op("where", lambda x, y: ops.where(x > 0, x, y), X, X),
    op("where_number", lambda x: ops.where(x > 0, x, -1.0)),
    op("where_ints", lambda x, y: ops.where(x, 1, y), BOOLS, INTS),
    op("select", lambda x: ops.select([x > 1, x > 0], [x, x * 2], -1.0)),
    op("clip", lambda x: ops.clip(x, -1, 1)),
    op("clip_ints", lambda x: ops.clip(x, -1, 1), INTS),
    op("cast_int", lambda x: ops.cast(x, "int32")),
    op("convert_to_tensor", lambda x: ops.convert_to_tensor(x, dtype="int32")),
    op("array", lambda x: ops.array(x, dtype="int32")),
    op("cast_bool", lambda x: ops.cast(x, "bool"), INTS),
    op("cast_float", lambda x: ops.cast(x, "float32"), BOOLS),
    op("saturate_cast", lambda x: ops.saturate_cast(x * 100, "uint8")),
    op("round_decimals", lambda x: ops.round(x, 2)),
    op("full_like", lambda x: ops.full_like(x, 3.0)),
    op("ones_like_ints", lambda x: ops.ones_like(x, dtype="int32")),
    op("nan_to_num_numbers", lambda x: ops.nan_to_num(x / 0.0, nan=1.0, posinf=2.0, neginf=-3.0)),
    op("threshold", lambda x: ops.threshold(x, 0.5, -1.0)),
    op("activation_relu", lambda x: keras.activations.relu(x, negative_slope=0.1, max_value=3.0, threshold=0.5)),
    op("activation_sigmoid", keras.activations.sigmoid),
    op("gelu_exact", lambda x: ops.gelu(x, approximate=False)),
    op("softmax_axis", lambda x: ops.softmax(x, axis=1)),
    op("softmax_all", lambda x: ops.softmax(x, axis=None)),
    op("leaky_relu_slope", lambda x: ops.leaky_relu(x, 0.3)),
    op("elu_alpha", lambda x: ops.elu(x, 0.5)),
    op("celu_alpha", lambda x: ops.celu(x, 0.5)),
    op("glu_axis", lambda x: ops.glu(x, axis=1)),
    # Along axes
    *[
        op(f"{name}_axis", partial(getattr(ops, name), axis=1))
        for name in (*REDUCTIONS, "any", "all", "argmax", "argmin", "count_nonzero")
    ],
    *[op(f"{name}_axes", partial(getattr(ops, name), axis=(1, -1), keepdims=True)) for name in REDUCTIONS],
    *[op(f"{name}_all", getattr(ops, name)) for name in (*REDUCTIONS, "argmax", "any", "count_nonzero")],
    *[
        op(f"{name}_axis", partial(getattr(ops, name), axis=1), GAPS)
        for name in ("nanmax", "nanmean", "nanmin", "nanprod", "nanstd", "nansum", "nanvar", "nancumsum", "nancumprod")
    ],
    *[
        op(f"{name}_keep", partial(getattr(ops, name), axis=-1, keepdims=True))
        for name in ("argmax", "argmin", "any", "all")
    ],
    op("max_initial", lambda x: ops.max(x, axis=1, initial=1.5)),
    op("min_initial", lambda x: ops.min(x, axis=1, initial=-1.5)),
    op("average", lambda x: ops.average(x, axis=1)),
    op("average_weights", lambda x, y: ops.average(x, axis=1, weights=y), X, POSITIVE),
    op("moments", lambda x: ops.moments(x, axes=[1])),
    op("quantile", lambda x: ops.quantile(x, 0.3, axis=1)),
    op("quantile_lower", lambda x: ops.quantile(x, 0.3, axis=1, method="lower")),
    op("quantiles", lambda x: ops.quantile(x, [0.1, 0.5], axis=-1)),
    *[
        op(f"percentile_{method}", partial(ops.percentile, q=30, axis=1, method=method))
        for method in ("lower", "higher", "nearest", "midpoint")
    ],
    op("percentile", lambda x: ops.percentile(x, 30, axis=1, keepdims=True)),
    op("cumsum", lambda x: ops.cumsum(x, axis=1)),
    op("cumsum_all", ops.cumsum),
    op("cumprod", lambda x: ops.cumprod(x, axis=-1)),
    op("diff", lambda x: ops.diff(x, n=2, axis=1)),
    op("trace", lambda x: ops.trace(x, axis1=1, axis2=2)),
    op("trapezoid", lambda x: ops.trapezoid(x, dx=0.5)),
    # Together and apart
    op("concatenate", lambda x, y: ops.concatenate([x, y], axis=-1), X, In((4, 3))),
    op("concatenate_mixed", lambda x, y: ops.concatenate([x, y], axis=1), X, INTS),
    op("concatenate_open", lambda x, y: ops.concatenate([x, y], axis=1), In((4, 6), open=(0,)), X),
    op("stack", lambda x, y: ops.stack([x, y], axis=1), X, X),
    op("append", lambda x, y: ops.append(x, y, axis=-1), X, X),
    op("hstack", lambda x, y: ops.hstack([x, y]), X, X),
    op("vstack", lambda x, y: ops.vstack([x, y]), X, X),
    op("dstack", lambda x, y: ops.dstack([x, y]), X, X),
    op("split", lambda x: ops.split(x, 3, axis=-1)),
    op("split_at", lambda x: ops.split(x, [1, 4], axis=-1)),
    op("array_split", lambda x: ops.array_split(x, 4, axis=-1)),
    op("hsplit", lambda x: ops.hsplit(x, 2)),
    op("vsplit", lambda x: ops.vsplit(x[0], 2)),
    op("dsplit", lambda x: ops.dsplit(x, 2)),
    op("unstack", lambda x: ops.unstack(x, axis=1)),
    op("meshgrid", lambda x, y: ops.meshgrid(ops.ravel(x), ops.ravel(y), indexing="ij"), Y, Y),
    # Rearranged
    op("reshape", lambda x: ops.reshape(x, (-1, 3, 8))),
    op("reshape_batch", lambda x: ops.reshape(x, (-1, 6))),
    op("transpose", lambda x: ops.transpose(x, (0, 2, 1))),
    op("transpose_all", ops.transpose),
    op("swapaxes", lambda x: ops.swapaxes(x, 1, -1)),
    op("moveaxis", lambda x: ops.moveaxis(x, 1, -1), IMAGE),
    op("moveaxes", lambda x: ops.moveaxis(x, (1, 2), (3, 1)), IMAGE),
    op("expand_dims", lambda x: ops.expand_dims(x, 1)),
    op("expand_dims_twice", lambda x: ops.expand_dims(x, (1, -1))),
    op("squeeze", lambda x: ops.squeeze(x, 1), In((1, 6))),
    op("squeeze_all", ops.squeeze, In((1, 6, 1))),
    op("flip", lambda x: ops.flip(x, 1)),
    op("flip_all", ops.flip),
    op("fliplr", ops.fliplr),
    op("flipud", ops.flipud),
    op("rot90", lambda x: ops.rot90(x, axes=(1, 2))),
    op("roll", lambda x: ops.roll(x, 2, axis=1)),
    op("roll_two", lambda x: ops.roll(x, (1, -1), axis=(1, 2))),
    op("repeat", lambda x: ops.repeat(x, 3, axis=1)),
    op("tile", lambda x: ops.tile(x, (1, 2, 3))),
    op("pad", lambda x: ops.pad(x, ((0, 0), (1, 2), (0, 3)))),
    op("pad_number", lambda x: ops.pad(x, ((0, 0), (1, 2), (0, 0)), constant_values=2.5)),
    op("pad_reflect", lambda x: ops.pad(x, ((0, 0), (1, 2), (2, 0)), mode="reflect")),
    op("pad_symmetric", lambda x: ops.pad(x, ((0, 0), (1, 2), (2, 0)), mode="symmetric")),
    op("broadcast_to", lambda x: ops.broadcast_to(ops.max(x, axis=0, keepdims=True), (3, 4, 6))),
    op("diag", lambda x: ops.diag(ops.ravel(x), 1), Y),
    op("diagflat", lambda x: ops.diagflat(x), Y),
    op("diagonal", lambda x: ops.diagonal(x, 1, axis1=1, axis2=2)),
    op("tril", lambda x: ops.tril(x, -1)),
    op("triu", lambda x: ops.triu(x, 1)),
    op("full", lambda x: ops.full((2, 3), ops.max(x))),
    # Parts
    op("item", lambda x: x[:, 1]),
    op("item_slice", lambda x: x[:, 1:3, ::2]),
    op("item_last", lambda x: x[:, -1, -3:]),
    op("item_ellipsis", lambda x: x[..., 2]),
    op("item_axis", lambda x: x[:, None, ..., 1:2]),
    op("item_row", lambda x: x[0]),
    op("item_backwards", lambda x: x[:, ::-1]),
    op("item_open", lambda x: x[:, 2:], In((5, 2), open=(0,))),
    op("take", lambda x: ops.take(x, [2, 0, -1], axis=1)),
    op("take_values", lambda x, y: ops.take(x, y, axis=2), X, In((3,), "int32", high=6)),
    op("take_all", lambda x: ops.take(x, [[2, 0], [1, 7]])),
    op("take_along_axis", lambda x, y: ops.take_along_axis(x, y, axis=1), X, In((2, 6), "int32", high=4)),
    op("slice", lambda x: ops.slice(x, (0, 1, 2), (1, 2, 3))),
    op("slice_update", lambda x: ops.slice_update(x, (0, 3, 4), ops.ones((1, 1, 2)))),
    op("scatter", lambda x: ops.scatter(np.array([[1], [3], [1], [0]]), x[0], (5, 6))),
    *[
        op(
            f"scatter_update_{reduction}",
            lambda x, reduction=reduction: ops.scatter_update(
                x, [[0, 1, 2], [1, 2, 3]], np.array([7.0, 0.5], "float32"), reduction=reduction
            ),
        )
        for reduction in (None, "add", "max", "min", "mul")
    ],
    # Sorted, looked up
    op("sort", lambda x: ops.sort(x, axis=1)),
    op("argsort", ops.argsort),
    op("top_k", lambda x: ops.top_k(x, 3)),
    op("top_k_ties", lambda x: ops.top_k(x, 4), SMALL),
    op("in_top_k", lambda x, y: ops.in_top_k(ops.ravel(x), y, 2), In((), "int32", high=6), In((6,))),
    op("searchsorted", lambda x: ops.searchsorted(np.array([-1.0, 0.0, 1.0], "float32"), ops.ravel(x))),
    op("digitize", lambda x: ops.digitize(x, np.array([-1.0, 0.0, 1.0]))),
    op("isin", lambda x: ops.isin(x, [1, 3]), SMALL),
    op("isin_invert", lambda x: ops.isin(x, [1, 3], invert=True), SMALL),
    op("one_hot", lambda x: ops.one_hot(x, 4), SMALL),
    op("one_hot_axis", lambda x: ops.one_hot(x, 6, axis=1, dtype="int32"), SMALL),
    op("multi_hot", lambda x: ops.multi_hot(x, 6), SMALL),
    *[
        op(
            f"segment_{name}",
            lambda x, name=name: getattr(ops, f"segment_{name}")(x[0], np.array([0, 2, 0, 1]), num_segments=4),
        )
        for name in ("sum", "max", "min", "prod")
    ],
    op("extract_sequences", lambda x: ops.extract_sequences(x, 3, 2)),
    op("correlate", lambda x: ops.correlate(x[0, 0], x[1, 1, :3])),
    op("correlate_full", lambda x: ops.correlate(x[0, 0], x[1, 1, :3], mode="full")),
    op("vander", lambda x: ops.vander(ops.ravel(x), 3), Y, rtol=1e-4),
    op("linspace", lambda x, y: ops.linspace(x, y, 5, axis=1), X, X),
    op("linspace_open", lambda x, y: ops.linspace(x, y, 5, endpoint=False), X, X),
    op("logspace", lambda x, y: ops.logspace(x, y, 5), UNIT, UNIT),
    op("geomspace", lambda x, y: ops.geomspace(x, y, 5), POSITIVE, POSITIVE),
    # Linear algebra
    op("matmul", lambda x, y: x @ y, X, In((6, 3))),
    op("matmul_heads", lambda x, y: ops.matmul(x, y), In((2, 4, 5)), In((2, 5, 3))),
    op("matmul_constant", lambda x: x @ np.arange(12, dtype="float32").reshape(6, 2)),
    op("matmul_vector", lambda x: ops.matmul(x, np.arange(6, dtype="float32"))),
    op("matmul_ints", lambda x, y: ops.matmul(x, y), INTS, In((6, 3), "int32")),
    op("dot", lambda x: ops.dot(x, np.arange(12, dtype="float32").reshape(6, 2))),
    op("inner", lambda x: ops.inner(x, np.arange(12, dtype="float32").reshape(2, 6))),
    op("outer", ops.outer, Y, Y),
    op("vdot", ops.vdot, X, X),
    op("tensordot", lambda x, y: ops.tensordot(x, y, axes=((1, 2), (2, 1))), X, In((6, 4))),
    op("tensordot_count", lambda x, y: ops.tensordot(x, y[0], axes=1), X, In((6, 3))),
    op("kron", lambda x: ops.kron(x[0], np.array([[1.0, 2.0]], "float32"))),
    op("cross", ops.cross, In((4, 3)), In((4, 3))),
    op("cross_plane", ops.cross, In((4, 2)), In((4, 2))),
    op("einsum", lambda x, y: ops.einsum("bij,bkj->bik", x, y), X, X),
    op("einsum_ellipsis", lambda x: ops.einsum("...ij,jk->...ik", x, np.ones((6, 2), "float32"))),
    op("einsum_implicit", lambda x: ops.einsum("bij,jk", x, np.ones((6, 2), "float32"))),
    op("cdist", lambda x, y: ops.cdist(x, y), X, In((3, 6))),
    op("norm", lambda x: ops.norm(x[0])),
    op("norm_axis", lambda x: ops.norm(x, axis=-1, keepdims=True)),
    op("norm_one", lambda x: ops.norm(x, ord=1, axis=1)),
    op("norm_matrix", lambda x: ops.norm(x, ord=1, axis=(1, 2))),
    op("corrcoef", lambda x: ops.corrcoef(x[0])),
    op("cholesky", lambda x: ops.cholesky(definite(x)), SQUARE, rtol=1e-4),
    op("cholesky_upper", lambda x: ops.cholesky(definite(x), upper=True), SQUARE, rtol=1e-4),
    op("cholesky_inverse", lambda x: ops.cholesky_inverse(ops.cholesky(definite(x))), SQUARE, rtol=1e-4),
    op("det", lambda x: ops.det(definite(x)), SQUARE, rtol=1e-4),
    op("slogdet", lambda x: ops.slogdet(definite(x)), SQUARE, rtol=1e-4),
    op("logdet", lambda x: ops.logdet(definite(x)), SQUARE, rtol=1e-4),
    op("inv", lambda x: ops.inv(definite(x)), SQUARE, rtol=1e-4),
    op("pinv", lambda x: ops.pinv(x[:, :, :2]), SQUARE, rtol=1e-3, atol=1e-4),
    op("solve", lambda x, y: ops.solve(definite(x), y), SQUARE, In((3, 2)), rtol=1e-4),
    op(
        "solve_triangular", lambda x, y: ops.solve_triangular(definite(x), y, lower=True), SQUARE, In((3, 2)), rtol=1e-4
    ),
    op("fft", lambda x, y: ops.fft((x, y)), X, X, atol=1e-5),
    op("fft2", lambda x, y: ops.fft2((x, y)), X, X, atol=1e-5),
    op("ifft2", lambda x, y: ops.ifft2((x, y)), X, X),
    op("rfft", ops.rfft, atol=1e-5),
    op("rfft_length", lambda x: ops.rfft(x, 8), atol=1e-5),
    op("irfft", lambda x, y: ops.irfft((x, y)), X, X),
    # Networks
    op("rms_normalization_scale", lambda x: ops.rms_normalization(x, scale=np.arange(6.0), axis=-1, epsilon=1e-3)),
    op(
        "layer_normalization_scale",
        lambda x: ops.layer_normalization(x, np.arange(6.0), np.ones(6), axis=-1, epsilon=1e-3),
    ),
    op(
        "batch_normalization",
        lambda x: ops.batch_normalization(
            x, np.arange(4.0), np.ones(4) * 2, axis=1, offset=np.ones(4), scale=np.arange(4.0)
        ),
    ),
    op("normalize_one", lambda x: ops.normalize(x, axis=1, order=1)),
    op("normalize_three", lambda x: ops.normalize(x, order=3)),
    op("attention", lambda q, k, v: ops.dot_product_attention(q, k, v), In((4, 2, 3)), In((5, 2, 3)), In((5, 2, 3))),
    op("attention_causal", lambda q: ops.dot_product_attention(q, q, q, is_causal=True), In((4, 2, 3))),
    op(
        "attention_mask",
        lambda q, m: ops.dot_product_attention(q, q, q, mask=m, bias=np.ones((1, 1, 4, 4), "float32"), scale=0.3),
        In((4, 2, 3)),
        In((2, 4, 4), "bool"),
    ),
    op("attention_grouped", lambda q, k: ops.dot_product_attention(q, k, k), In((4, 4, 3)), In((5, 2, 3))),
    op("binary_crossentropy", ops.binary_crossentropy, In(low=0, high=1), In(low=0, high=1)),
    op(
        "binary_crossentropy_logits", lambda x, y: ops.binary_crossentropy(x, y, from_logits=True), In(low=0, high=1), X
    ),
    op("categorical_crossentropy", ops.categorical_crossentropy, In(low=0, high=1), POSITIVE),
    op(
        "categorical_crossentropy_logits",
        lambda x, y: ops.categorical_crossentropy(x, y, from_logits=True),
        In(low=0, high=1),
        X,
    ),
    op(
        "sparse_categorical_crossentropy",
        ops.sparse_categorical_crossentropy,
        In((4,), "int32", high=6),
        In(low=0.01, high=1),
    ),
    op("psnr", lambda x, y: ops.psnr(x, y, 2.0), X, X),
    op("depth_to_space", lambda x: ops.depth_to_space(x, 2), IMAGE),
    op("space_to_depth", lambda x: ops.space_to_depth(x, 3), IMAGE),
    op("depth_to_space_first", lambda x: ops.depth_to_space(x, 2, data_format="channels_first"), In((8, 3, 2))),
    op("unfold", lambda x: ops.unfold(x, (2, 3), dilation=1, padding=1, stride=2), In((2, 5, 6))),
    op("rgb_to_grayscale", lambda x: ops.image.rgb_to_grayscale(x), In((4, 5, 3))),
    op("max_pool", lambda x: ops.max_pool(x, 2, 2), IMAGE),
    op("max_pool_signal", lambda x: ops.max_pool(x, 2, 1, padding="same"), X),
    op("average_pool", lambda x: ops.average_pool(x, (2, 3), 1, padding="same"), IMAGE),
    op("adaptive_average_pool", lambda x: ops.adaptive_average_pool(x, (2, 2)), IMAGE),
    op("adaptive_max_pool", lambda x: ops.adaptive_max_pool(x, (2, 3)), IMAGE),
    op("conv", lambda x: ops.conv(x, np.ones((3, 3, 4, 2), "float32"), 2, padding="same"), IMAGE),
    op("conv_signal", lambda x: ops.conv(x, np.ones((3, 6, 2), "float32")), X),
    op("conv_values", lambda x, k: ops.conv(x, k[0]), IMAGE, In((2, 2, 4, 3))),
    op("conv_open", lambda x: ops.conv(x, np.ones((3, 3, 4, 2), "float32")), In((6, 6, 4), open=(0, 1))),
    op("depthwise_conv", lambda x: ops.depthwise_conv(x, np.ones((3, 3, 4, 2), "float32")), IMAGE),
    op(
        "separable_conv",
        lambda x: ops.separable_conv(x, np.ones((3, 3, 4, 1), "float32"), np.ones((1, 1, 4, 5), "float32")),
        IMAGE,
    ),
    op("resize", lambda x: ops.image.resize(x, (3, 8)), IMAGE),
    op("resize_nearest", lambda x: ops.image.resize(x, (12, 12), interpolation="nearest"), IMAGE),
]


def saved(function: Callable[..., Any], inputs: Sequence[In]) -> keras.Model:
    tensors = [given.tensor() for given in inputs]
    outputs = function(*tensors)
    return keras.Model(tensors, list(outputs) if isinstance(outputs, list | tuple) else outputs)


def check(each: Op, folder: Path, suffixes: Sequence[str] = (".keras", ".h5")) -> None:
    """Through both files."""
    model = saved(each.function, each.inputs)
    random = np.random.default_rng(5)
    x = [given.sample(random) for given in each.inputs]
    expected = model(x if len(x) > 1 else x[0], training=False)
    expected = [np.asarray(y) for y in (expected if isinstance(expected, list | tuple) else [expected])]
    for suffix in suffixes:
        model.save(folder / f"model{suffix}")
        ours = kerata.load_model(folder / f"model{suffix}")
        y = ours.predict(x if len(x) > 1 else x[0])
        shapes = [shape for node in ours.nodes for shape in (node.shape, *node.more)][-len(expected) :]
        for place, (mine, theirs) in enumerate(zip(y if isinstance(y, list) else [y], expected, strict=True)):
            assert (mine.dtype, mine.shape) == (theirs.dtype, theirs.shape)
            np.testing.assert_allclose(
                mine, theirs, rtol=each.rtol, atol=each.atol, err_msg=f"{suffix}, output {place}"
            )
        for shape, theirs in zip(shapes, expected, strict=True):
            assert len(shape) == theirs.ndim
            assert all(size in (None, actual) for size, actual in zip(shape, theirs.shape, strict=True))


@pytest.mark.parametrize("each", OPERATORS, ids=str)
def test_an_operator_computes_what_keras_computes(each: Op, tmp_path: Path) -> None:
    check(each, tmp_path)


def test_every_operator_is_met() -> None:
    """By its class name in the models above."""
    met: set[str] = set()
    for each in OPERATORS:
        met |= {layer.__class__.__name__ for layer in saved(each.function, each.inputs).operations}
    ours = {kind.removeprefix("ops.") for kind in layers.kinds() if kind.startswith("ops.")}
    assert ours - met == {"Abs", "Conj"}  # for which Keras takes Absolute and Conjugate


def test_the_configs_on_disk_are_of_these_models() -> None:
    names = {each.name for each in (*OPERATORS, *GRAPHS)} | {f"keras2_{name}" for name in functions(None, None)}
    assert set(json.loads(gzip.decompress(STORED.read_bytes()))) == names, "remake: python -m training.golden operators"


# As people write them


def residual(x: Any) -> Any:
    return x + keras.layers.Dense(6, activation="relu")(x) * 0.5


def squeeze_and_excite(x: Any) -> Any:
    mean = ops.mean(x, axis=(1, 2), keepdims=True)
    gate = ops.sigmoid(keras.layers.Dense(4)(ops.relu(keras.layers.Dense(2)(mean))))
    return keras.layers.Conv2D(3, 3)(x * gate)


def attention_by_hand(x: Any) -> Any:
    q, k, v = (keras.layers.Dense(8)(x) for _ in range(3))
    heads = [ops.transpose(ops.reshape(each, (-1, 4, 2, 4)), (0, 2, 1, 3)) for each in (q, k, v)]
    scores = ops.matmul(heads[0], ops.transpose(heads[1], (0, 1, 3, 2))) / 4**0.5
    mixed = ops.matmul(ops.softmax(scores, axis=-1), heads[2])
    return keras.layers.Dense(6)(ops.reshape(ops.transpose(mixed, (0, 2, 1, 3)), (-1, 4, 8)))


def mean_of_words(words: Any) -> Any:
    mask = ops.cast(ops.not_equal(words, 0), "float32")[..., None]
    embedded = keras.layers.Embedding(10, 5)(words)
    return ops.sum(embedded * mask, axis=1) / ops.maximum(ops.sum(mask, axis=1), 1e-7)


def positions(words: Any) -> Any:
    places = keras.layers.Embedding(4, 5)(np.arange(4)[None])
    return keras.layers.LayerNormalization()(keras.layers.Embedding(10, 5)(words) + places)


def masked_layers(words: Any) -> Any:
    """Keras writes the mask as operators, which feed the layers' argument of that name."""
    embedded = keras.layers.Embedding(10, 5, mask_zero=True)(words)
    return keras.layers.GlobalAveragePooling1D()(keras.layers.LSTM(3, return_sequences=True)(embedded))


def gates(x: Any) -> Any:
    left, right = ops.split(keras.layers.Dense(8)(x), 2, axis=-1)
    return keras.layers.Add()([left * ops.tanh(right), left]) - keras.layers.Multiply()([left, right])


def nested(x: Any) -> Any:
    inner = keras.Input((4, 6))
    block = keras.Model(inner, ops.concatenate([inner[:, :2], -inner[:, 2:]], axis=1) ** 2)
    return block(block(x) + 1.0)


def rotary(x: Any) -> Any:
    angles = (np.arange(4)[:, None] / 10.0 ** np.arange(3)).astype("float32")
    one, other = x[..., ::2], x[..., 1::2]
    turned = [one * np.cos(angles) - other * np.sin(angles), one * np.sin(angles) + other * np.cos(angles)]
    return ops.reshape(ops.stack(turned, axis=-1), (-1, 4, 6))


WORDS = In((4,), "int32", high=10)
GRAPHS = [
    op("residual", residual),
    op("squeeze_and_excite", squeeze_and_excite, IMAGE),
    op("attention_by_hand", attention_by_hand),
    op("mean_of_words", mean_of_words, WORDS),
    op("positions", positions, WORDS),
    op("masked_layers", masked_layers, WORDS),
    op("gates", gates),
    op("nested", nested),
    op("rotary", rotary),
    op("open_steps", lambda x: keras.layers.Dense(3)(ops.mean(x * x, axis=1)), In(open=(0,))),
]


@pytest.mark.parametrize("each", GRAPHS, ids=str)
def test_a_graph_as_people_write_it(each: Op, tmp_path: Path) -> None:
    check(each, tmp_path)


@pytest.mark.parametrize("each", GRAPHS, ids=str)
def test_kernels_run_between_operators(each: Op, tmp_path: Path) -> None:
    saved(each.function, each.inputs).save(tmp_path / "model.keras")
    x = each.inputs[0].sample(np.random.default_rng(5))
    ours, kernels = (kerata.load_model(tmp_path / "model.keras", each).predict(x) for each in ("numpy", wasm_backend()))
    np.testing.assert_allclose(kernels, ours, rtol=1e-5, atol=1e-6)


# Drawn


def drawn(strategy: st.SearchStrategy[Op]) -> Callable[..., None]:
    def test(draws: int, tmp_path: Path) -> None:
        @so_many(draws)
        @given(strategy)
        def check_one(each: Op) -> None:
            check(each, tmp_path, (".keras",))

        check_one()

    return test


sizes = st.integers(1, 4)
shapes = st.lists(sizes, min_size=1, max_size=3).map(tuple)
dtypes = st.sampled_from(["float32", "int32", "bool", "uint8", "int64"])


@st.composite
def _two(draw: st.DrawFn) -> Op:
    """Shapes that go together, of two types."""
    shape = draw(shapes)
    other = tuple(draw(st.sampled_from([size, 1])) for size in shape)
    name = draw(
        st.sampled_from(["add", "subtract", "multiply", "maximum", "minimum", "divide", "greater", "equal", "where"])
    )
    # TensorFlow has no arithmetic of booleans alone.
    first, second = In(shape, draw(dtypes)), In(other, draw(dtypes.filter(lambda dtype: dtype != "bool")))
    if name == "where":
        return op(name, lambda x, y: ops.where(x > 1, x, y), first, second)
    return op(name, getattr(ops, name), *draw(st.permutations([first, second])))


@st.composite
def _reduction(draw: st.DrawFn) -> Op:
    shape = draw(shapes)
    axes = draw(st.lists(st.integers(0, len(shape)), min_size=1, unique=True))
    axis = draw(st.sampled_from([None, axes[0], -1, tuple(axes)]))
    name = draw(st.sampled_from(["sum", "mean", "max", "min", "prod", "any", "all", "var", "std"]))
    given = In(shape, draw(dtypes), open=(0,) if draw(st.booleans()) else ())
    return op(name, partial(getattr(ops, name), axis=axis, keepdims=draw(st.booleans())), given, atol=1e-5)


@st.composite
def _item(draw: st.DrawFn) -> Op:
    shape = draw(shapes)
    ends = st.none() | st.integers(-3, 3)
    parts = [
        draw(st.integers(-size, size - 1) | st.builds(slice, ends, ends, st.sampled_from([None, 1, 2, -1])))
        for size in shape[: draw(st.integers(0, len(shape)))]
    ]
    key: list[Any] = [slice(None), *parts]
    if draw(st.booleans()):
        key.insert(draw(st.integers(0, len(key))), None)
    if draw(st.booleans()) and len(parts) < len(shape):
        key.append(...)
    return op("item", lambda x: x[tuple(key)], In(shape, draw(dtypes), open=(0,) if draw(st.booleans()) else ()))


@st.composite
def _moved(draw: st.DrawFn) -> Op:
    shape = draw(shapes)
    axes = draw(st.permutations(range(len(shape) + 1)))
    given = In(shape, open=(0,) if draw(st.booleans()) else ())
    total = int(np.prod(shape))
    return op(
        "moved",
        draw(
            st.sampled_from(
                [
                    lambda x: ops.transpose(x, axes),
                    lambda x: ops.reshape(x, (-1, total)),
                    lambda x: ops.expand_dims(x, axes[0]),
                    lambda x: ops.flip(x, axes[0]),
                    lambda x: ops.moveaxis(x, axes[0], axes[-1]),
                    lambda x: ops.concatenate([x, x + 1], axis=axes[0]),
                    lambda x: ops.stack([x, x + 1], axis=axes[0]),
                    lambda x: ops.repeat(x, 2, axis=axes[0]),
                    lambda x: ops.roll(x, 1, axis=axes[0]),
                ]
            )
        ),
        given,
    )


test_any_two_values_go_together_as_in_keras = drawn(_two())
test_any_axes_are_reduced_as_in_keras = drawn(_reduction())
test_any_part_is_keras_s = drawn(_item())
test_any_rearrangement_is_keras_s = drawn(_moved())


# What cannot run


def entry(kind: str, config: dict[str, Any], *args: Any, **kwargs: Any) -> dict[str, Any]:
    """A model of this operator alone, called `o`, on an input (batch, 4); None stands for the input."""
    tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}}
    call = {"args": [tensor if arg is None else arg for arg in args], "kwargs": kwargs}
    nodes = [
        {
            "class_name": "InputLayer",
            "name": "x",
            "config": {"name": "x", "batch_shape": [None, 4]},
            "inbound_nodes": [],
        },
        {
            "module": "keras.src.ops.numpy",
            "class_name": kind,
            "name": "o",
            "config": {"name": "o", **config},
            "inbound_nodes": [call],
        },
    ]
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [["o", 0, 0]]}
    return {"class_name": "Functional", "config": {"name": "m", "layers": nodes, **ends}}


def test_an_unknown_operator_is_named() -> None:
    with pytest.raises(UnsupportedError, match=r"Layer 'o': Kerata has no operator 'ops\.Unique'; your own is"):
        graph.read(entry("Unique", {}, None), {})


def test_an_attribute_that_an_operator_does_not_have_is_named() -> None:
    with pytest.raises(UnsupportedError, match=r"Layer 'o': expected 'ops\.Mean' to be called with .*'where'"):
        graph.read(entry("Mean", {"where": 3}, None), {})


def test_shapes_that_do_not_go_together_are_named() -> None:
    with pytest.raises(ModelFileError, match=r"Layer 'o': expected inputs that 'ops\.Add' can be called on"):
        graph.read(
            entry("Add", {}, None, {"class_name": "__numpy__", "config": {"value": [1, 2, 3], "dtype": "float32"}}), {}
        )


LARGE = 10**9


@pytest.mark.parametrize(
    ("kind", "config", "args"),
    [
        ("BroadcastTo", {"shape": [LARGE, 4]}, [None]),
        ("Diag", {"k": LARGE}, [[1.0, 2.0]]),
        ("Diagflat", {"k": LARGE}, [None]),
        ("ExpandDims", {"axis": LARGE}, [None]),
        ("Full", {"shape": [LARGE]}, [1.0]),
        ("Linspace", {"num": LARGE}, [None, None]),
        ("MultiHot", {"num_classes": LARGE}, [None]),
        ("OneHot", {"num_classes": LARGE}, [None]),
        ("Pad", {"pad_width": [[0, 0], [0, LARGE]]}, [None]),
        ("RFFT", {"fft_length": LARGE}, [None]),
        ("Repeat", {"repeats": LARGE, "axis": 1}, [None]),
        ("Repeat", {"repeats": [LARGE, 1, 1, 1], "axis": 1}, [None]),
        ("Scatter", {"shape": [LARGE]}, [[[1]], [1.0]]),
        ("SegmentSum", {"num_segments": LARGE}, [None, [0, 1]]),
        ("Split", {"indices_or_sections": LARGE, "axis": 1}, [None]),
        ("Tile", {"repeats": [LARGE]}, [None]),
        ("Vander", {"N": LARGE}, [[1.0, 2.0]]),
    ],
)
def test_a_few_bytes_cannot_ask_for_gigabytes(kind: str, config: dict[str, Any], args: list[Any]) -> None:
    given = [
        None if arg is None else {"class_name": "__numpy__", "config": {"value": arg, "dtype": "float32"}}
        for arg in args
    ]
    with pytest.raises(ModelFileError):
        graph.read(entry(kind, config, *given), {})


def test_products_of_values_are_bounded() -> None:
    config = entry("Outer", {}, None, None)
    config["config"]["layers"][0]["config"]["batch_shape"] = [None, 10**6]
    with pytest.raises(ModelFileError):
        graph.read(config, {})


def test_nothing_of_a_config_is_run() -> None:
    with pytest.raises(ModelFileError):
        graph.read(entry("Einsum", {"subscripts": "__import__('os')->"}, None), {})
