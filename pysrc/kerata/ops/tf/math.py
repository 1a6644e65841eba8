"""Operators of files of Keras 2, which are functions of TensorFlow, by its names for them and for their arguments.

Here are those that work number by number; the others are in the files beside this one. Arguments that only choose how
TensorFlow computes are taken and ignored. Complex numbers, which spectra are, pass as complex64.
"""

import math
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import numpy as np

from ... import activations
from ...node import Shape
from .. import math as numbers
from .. import nn as networks
from ..common import Function, Sizes, as_float, broadcast, on_floats, operators, passed, promoted, same, sizes_of


def functions(table: Mapping[str, Function], shape: Function | None = None) -> None:
    """Of Keras's layers, those of TensorFlow 1 are the same functions by other names."""
    for prefix in ("tf.", "tf.compat.v1."):
        operators(table, shape, prefix)


def translated(function: Function, arguments: Callable[..., tuple[Any, ...]]) -> Function:
    """The function, called by TensorFlow's arguments, which `arguments` translates."""

    @wraps(arguments)
    def of(*args: Any, **named: Any) -> Any:
        return function(*arguments(*args, **named))

    return of


def axes(axis: Any) -> Any:
    """Several are saved as a list."""
    return tuple(axis) if isinstance(axis, list) else axis


def integers(sizes: Any) -> tuple[int, ...]:
    """Sizes, given as numbers, arrays of one, or an array of them all."""
    return tuple(int(size) for size in np.ravel(sizes))


def known(sizes: Any) -> Shape:
    """The same before the model runs: None stands for a size that is itself a value of the model."""
    if isinstance(sizes, Sizes):
        return sizes.values or ((None,) * int(sizes[0] or 0) if sizes else (None,))
    listed = sizes if isinstance(sizes, list | tuple) else np.ravel(sizes).tolist()
    return tuple(known(size)[0] if isinstance(size, Sizes) else int(size) for size in listed)


def are_sizes(value: Any) -> bool:
    """Whether it is a value of the model that holds sizes, or one of them."""
    return isinstance(value, Sizes) and value.values is not None


def computed(function: Function) -> Function:
    """The shape of two arguments together, holding what the function makes of them where they are sizes."""

    def of(x: Any, y: Any) -> Shape:
        shape = Sizes(broadcast(x, y))
        if not (are_sizes(x) or are_sizes(y)) or not all(are_sizes(each) or isinstance(each, int) for each in (x, y)):
            return shape
        one, other = (known(each) if are_sizes(each) else (each,) for each in (x, y))
        count = max(len(one), len(other))
        pairs = zip(one * (count // len(one)), other * (count // len(other)), strict=True)
        return shape.holding(tuple(None if None in pair else int(function(*pair)) for pair in pairs))

    return of


def two(function: Function) -> Function:
    return lambda x, y: function(*promoted(x, y))


def cast(x: Any, dtype: str) -> np.ndarray:
    """From a complex number, its real part."""
    if dtype in ("complex64", "complex128"):
        return np.asarray(x, np.complex64)
    return numbers.cast(np.real(x), dtype)


def clip_by_norm(t: np.ndarray, clip_norm: Any, axes: Any = None) -> np.ndarray:
    """As long as `clip_norm` at most, in the sense of Euclid."""
    t = as_float(t)
    length = np.sqrt(np.sum(t * t, tuple(np.atleast_1d(axes)) if axes is not None else None, keepdims=True))
    return t * as_float(clip_norm) / np.maximum(length, as_float(clip_norm))


def fake_quantized(
    inputs: np.ndarray, min: Any = -6.0, max: Any = 6.0, num_bits: int = 8, narrow_range: bool = False
) -> np.ndarray:
    """Rounded to what integers of `num_bits` stand for between min and max, which are moved so that zero is one."""
    low, high = np.float32(narrow_range), np.float32(2**num_bits - 1)
    least, most = as_float(min), as_float(max)
    scale = (most - least) / (high - low)
    zero = np.floor(np.clip(low - least / scale, low, high) + np.float32(0.5))
    least, most = (low - zero) * scale, (high - zero) * scale
    steps = np.floor((np.clip(as_float(inputs), least, most) - least) / scale + np.float32(0.5))
    return as_float(steps * scale + least)


def bessel_i0e(x: np.ndarray) -> np.ndarray:
    return np.i0(x) * np.exp(-np.abs(x))


def normal_quantile(p: np.ndarray) -> np.ndarray:
    """The inverse of the normal distribution's cumulative function."""
    return math.sqrt(2) * numbers.erfinv(2 * p - 1)


def conditional(condition: Any, x: Any = None, y: Any = None) -> np.ndarray:
    """With the condition alone, TensorFlow gives where it holds: as many rows as there are such places."""
    return np.argwhere(condition) if x is None else numbers.where(condition, x, y)


def conditional_shape(condition: Any, x: Any = None, y: Any = None) -> Shape:
    return (None, len(sizes_of(condition))) if x is None else broadcast(condition, x, y)


# Number by number

functions(
    {
        "identity": numbers.unchanged,
        "stop_gradient": numbers.unchanged,
        "convert_to_tensor": lambda value, dtype=None, dtype_hint=None: value if dtype is None else cast(value, dtype),
        "ensure_shape": lambda x, shape: x,
    },
    shape=passed,
)
functions(
    {
        "abs": lambda x: np.abs(x),
        "clip_by_value": lambda t, clip_value_min, clip_value_max: numbers.clip(t, clip_value_min, clip_value_max),
        "clip_by_norm": clip_by_norm,
        "bitwise.invert": lambda x: np.invert(x),
        "dtypes.saturate_cast": lambda value, dtype: numbers.saturate_cast(value, dtype),
        "ones_like": lambda x, dtype=None, optimize=True: numbers.ones_like(x, dtype),
        "zeros_like": lambda x, dtype=None, optimize=True: numbers.zeros_like(x, dtype),
        "math.abs": lambda x: np.abs(x),
        "math.acos": on_floats(np.arccos),
        "math.acosh": on_floats(np.arccosh),
        "math.asin": on_floats(np.arcsin),
        "math.asinh": on_floats(np.arcsinh),
        "math.atan": on_floats(np.arctan),
        "math.atanh": on_floats(np.arctanh),
        "math.angle": lambda input: as_float(np.angle(input)),
        "math.bessel_i0": on_floats(np.i0),
        "math.bessel_i0e": on_floats(bessel_i0e),
        "math.ceil": on_floats(np.ceil),
        "math.conj": lambda x: np.conj(x),
        "math.cos": on_floats(np.cos),
        "math.cosh": on_floats(np.cosh),
        "math.erf": on_floats(numbers.erf),
        "math.erfc": on_floats(activations.erfc),
        "math.erfcinv": on_floats(lambda x: numbers.erfinv(1 - x)),
        "math.erfinv": on_floats(numbers.erfinv),
        "math.exp": on_floats(np.exp),
        "math.expm1": on_floats(np.expm1),
        "math.floor": on_floats(np.floor),
        "math.imag": lambda input: np.imag(input),
        "math.is_finite": lambda x: np.isfinite(x),
        "math.is_inf": lambda x: np.isinf(x),
        "math.is_nan": lambda x: np.isnan(x),
        "math.log": on_floats(np.log),
        "math.log1p": on_floats(np.log1p),
        "math.log_sigmoid": on_floats(activations.log_sigmoid),
        "math.logical_not": lambda x: np.logical_not(x),
        "math.negative": lambda x: np.negative(x),
        "math.ndtri": on_floats(normal_quantile),
        "math.real": lambda input: np.real(input),
        "math.reciprocal": on_floats(np.reciprocal),
        "math.reciprocal_no_nan": on_floats(lambda x: np.where(x == 0, 0, 1 / x)),
        "math.rint": lambda x: np.round(x),
        "math.round": lambda x: np.round(x),
        "math.rsqrt": on_floats(lambda x: 1 / np.sqrt(x)),
        "math.sigmoid": on_floats(activations.sigmoid),
        "math.sign": lambda x: np.sign(x),
        "math.sin": on_floats(np.sin),
        "math.sinh": on_floats(np.sinh),
        "math.softplus": on_floats(activations.softplus),
        "math.sqrt": on_floats(np.sqrt),
        "math.square": lambda x: np.square(x),
        "math.tan": on_floats(np.tan),
        "math.tanh": on_floats(np.tanh),
        "nn.elu": on_floats(activations.elu),
        "nn.gelu": lambda features, approximate=False: activations.gelu(as_float(features), approximate),
        "nn.leaky_relu": lambda features, alpha=0.2: activations.leaky_relu(as_float(features), alpha),
        "nn.log_softmax": lambda logits, axis=-1: networks.log_softmax(logits, axis),
        "nn.relu": lambda features: np.maximum(features, np.zeros((), features.dtype)),
        "nn.relu6": on_floats(activations.relu6),
        "nn.selu": on_floats(activations.selu),
        "nn.silu": lambda features, beta=1.0: features * activations.sigmoid(beta * as_float(features)),
        "nn.softmax": lambda logits, axis=-1: networks.softmax(logits, axis),
        "nn.softplus": on_floats(activations.softplus),
        "nn.softsign": on_floats(activations.softsign),
        "quantization.fake_quant_with_min_max_args": fake_quantized,
        "quantization.fake_quant_with_min_max_vars": fake_quantized,
        "quantization.fake_quant_with_min_max_vars_per_channel": fake_quantized,
    },
    shape=same,
)
functions(
    {
        "bitwise.bitwise_and": two(np.bitwise_and),
        "bitwise.bitwise_or": two(np.bitwise_or),
        "bitwise.bitwise_xor": two(np.bitwise_xor),
        "bitwise.left_shift": two(np.left_shift),
        "bitwise.right_shift": two(np.right_shift),
        "div": two(lambda a, b: np.true_divide(a, b) if a.dtype.kind in "fc" else np.floor_divide(a, b)),
        "dtypes.complex": lambda real, imag: as_float(real) + np.complex64(1j) * as_float(imag),
        "math.atan2": lambda y, x: np.arctan2(*promoted(y, x)),
        "math.divide": two(np.true_divide),
        "math.divide_no_nan": two(numbers.divide_no_nan),
        "math.equal": two(np.equal),
        "math.floormod": two(np.mod),
        "math.greater": two(np.greater),
        "math.greater_equal": two(np.greater_equal),
        "math.less": two(np.less),
        "math.less_equal": two(np.less_equal),
        "math.logical_and": two(np.logical_and),
        "math.logical_or": two(np.logical_or),
        "math.logical_xor": two(np.logical_xor),
        "math.maximum": two(np.maximum),
        "math.minimum": two(np.minimum),
        "math.multiply_no_nan": two(lambda a, b: np.where(b == 0, np.zeros((), a.dtype), a * b)),
        "math.nextafter": lambda x1, x2: np.nextafter(*promoted(x1, x2)),
        "math.not_equal": two(np.not_equal),
        "math.pow": two(np.power),
        "math.scalar_mul": lambda scalar, x: np.multiply(*promoted(scalar, x)),
        "math.squared_difference": two(lambda a, b: np.square(a - b)),
        "math.truediv": two(np.true_divide),
        "math.xdivy": two(lambda a, b: np.where(a == 0, np.float32(0), a / b)),
        "math.xlog1py": two(lambda a, b: np.where(a == 0, np.float32(0), a * np.log1p(b))),
        "math.xlogy": two(lambda a, b: np.where(a == 0, np.float32(0), a * np.log(b))),
        "realdiv": two(np.true_divide),
        "truncatediv": two(lambda a, b: np.trunc(a / b).astype(a.dtype)),
        "truncatemod": two(np.fmod),
    },
    shape=broadcast,
)
functions({"where": conditional}, shape=conditional_shape)
functions(
    {
        "math.accumulate_n": lambda inputs, shape=None, tensor_dtype=None: sum(inputs),
        "math.add_n": lambda inputs: sum(inputs),
    },
    shape=lambda inputs, shape=None, tensor_dtype=None: broadcast(*inputs),
)
functions({"identity_n": lambda input: list(input)}, shape=lambda input: [sizes_of(each) for each in input])
functions(
    {"math.polyval": lambda coeffs, x: as_float(np.polyval([as_float(each) for each in coeffs], as_float(x)))},
    shape=lambda coeffs, x: broadcast(*coeffs, x),
)
for _name, _function in {
    "__operators__.add": np.add,
    "floor_div": np.floor_divide,
    "math.add": np.add,
    "math.floordiv": np.floor_divide,
    "math.multiply": np.multiply,
    "math.subtract": np.subtract,
}.items():
    functions({_name: two(_function)}, shape=computed(_function))
functions({"cast": cast}, shape=lambda x, dtype: x if are_sizes(x) else sizes_of(x))
