"""Operators that work number by number: arithmetic, comparisons, elementary functions."""

import math
from typing import Any

import numpy as np

from ..activations import erfc
from .common import Function, as_float, broadcast, dtype_of, on_floats, operators, promoted, same


def together(function: Function, weak: bool = True, least: Any = None) -> Function:
    """Of two arguments, which are brought to one type; Keras calls them x1 and x2."""
    return lambda x1, x2: function(*promoted(x1, x2, weak=weak, least=least))


def together_xy(function: Function) -> Function:
    """The same where Keras calls them x and y."""
    return lambda x, y: function(*promoted(x, y))


def unchanged(x: np.ndarray) -> np.ndarray:
    return x


# Below 1, eleven terms are as exact as float32.
_ERF = [2 / math.sqrt(math.pi) * (-1) ** n / (math.factorial(n) * (2 * n + 1)) for n in range(11)]


def erf(x: np.ndarray) -> np.ndarray:
    """Its Taylor series where |x| < 1, where 1 − erfc(x) would lose digits."""
    square = np.minimum(x * x, 1)
    series = np.zeros_like(square)
    for coefficient in reversed(_ERF):
        series = series * square + np.float32(coefficient)
    return np.where(np.abs(x) < 1, x * series, 1 - erfc(x))


# M. Giles, *Approximating the erfinv function*, GPU Computing Gems, 2011: single precision, highest power first.
_CENTRAL = (
    *(2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087),
    *(-0.00125372503, -0.00417768164, 0.246640727, 1.50140941),
)
_TAIL = (
    *(-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773),
    *(-0.0076224613, 0.00943887047, 1.00167406, 2.83297682),
)


def erfinv(x: np.ndarray) -> np.ndarray:
    w = -np.log((1 - x) * (1 + x))
    central, tail = w - 2.5, np.sqrt(np.maximum(w, 5)) - 3
    polynomial = np.where(w < 5, np.polyval(_CENTRAL, central), np.polyval(_TAIL, tail))
    return np.where(np.abs(x) == 1, x * np.inf, polynomial * x)


def round_to(x: np.ndarray, decimals: int = 0) -> np.ndarray:
    return x if x.dtype.kind in "iu" and decimals >= 0 else np.round(x, decimals)


def nan_to_num(x: np.ndarray, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> np.ndarray:
    return np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)


def clip(x: np.ndarray, x_min: Any, x_max: Any) -> np.ndarray:
    x = x.astype(np.int32) if x.dtype == bool else x
    return np.clip(x, np.asarray(x_min, x.dtype), np.asarray(x_max, x.dtype))


def cast(x: Any, dtype: str) -> np.ndarray:
    return np.asarray(x).astype(dtype_of(dtype))


def saturate_cast(x: np.ndarray, dtype: str) -> np.ndarray:
    kind = dtype_of(dtype)
    if np.dtype(kind).kind in "iu":
        limits = np.iinfo(kind)
        x = (
            np.clip(x, limits.min, limits.max)
            if x.dtype.kind == "f"
            else np.clip(x.astype(np.int64), limits.min, limits.max)
        )
    return x.astype(kind)


def convert(x: Any, dtype: str | None = None, sparse: Any = None, ragged: Any = None) -> np.ndarray:
    return np.asarray(x) if dtype is None else cast(x, dtype)


def full_like(x: np.ndarray, fill_value: Any, dtype: str | None = None) -> np.ndarray:
    return np.full(x.shape, fill_value, x.dtype if dtype is None else dtype_of(dtype))


def ones_like(x: np.ndarray, dtype: str | None = None) -> np.ndarray:
    return full_like(x, 1, dtype)


def zeros_like(x: np.ndarray, dtype: str | None = None) -> np.ndarray:
    return full_like(x, 0, dtype)


def square(x: np.ndarray) -> np.ndarray:
    return np.square(x.astype(np.int32) if x.dtype == bool else x)


def trunc(x: np.ndarray) -> np.ndarray:
    return np.trunc(x) if x.dtype.kind == "f" else x


def absolute(x: np.ndarray) -> np.ndarray:
    return np.abs(x)


def imaginary(x: np.ndarray) -> np.ndarray:
    return np.zeros_like(x)


def is_real(x: np.ndarray) -> np.ndarray:
    return np.ones(x.shape, bool)


operators(
    {
        "Arccos": on_floats(np.arccos),
        "Arccosh": on_floats(np.arccosh),
        "Arcsin": on_floats(np.arcsin),
        "Arcsinh": on_floats(np.arcsinh),
        "Arctan": on_floats(np.arctan),
        "Arctanh": on_floats(np.arctanh),
        "Angle": on_floats(lambda x: np.where(x < 0, math.pi, 0)),
        "Cbrt": on_floats(np.cbrt),
        "Ceil": on_floats(np.ceil),
        "Cos": on_floats(np.cos),
        "Cosh": on_floats(np.cosh),
        "Deg2rad": on_floats(np.deg2rad),
        "Erf": on_floats(erf),
        "Erfc": on_floats(erfc),
        "Erfinv": on_floats(erfinv),
        "Exp": on_floats(np.exp),
        "Exp2": on_floats(np.exp2),
        "Expm1": on_floats(np.expm1),
        "Fabs": on_floats(np.abs),
        "Floor": on_floats(np.floor),
        "I0": on_floats(np.i0),
        "Log": on_floats(np.log),
        "Log10": on_floats(np.log10),
        "Log1p": on_floats(np.log1p),
        "Log2": on_floats(np.log2),
        "Rad2deg": on_floats(np.rad2deg),
        "Reciprocal": on_floats(np.reciprocal),
        "Rsqrt": on_floats(lambda x: 1 / np.sqrt(x)),
        "Sin": on_floats(np.sin),
        "Sinc": on_floats(np.sinc),
        "Sinh": on_floats(np.sinh),
        "Sqrt": on_floats(np.sqrt),
        "Tan": on_floats(np.tan),
        "Tanh": on_floats(np.tanh),
        "Abs": absolute,
        "Absolute": absolute,
        "BitwiseInvert": lambda x: np.invert(x),
        "BitwiseNot": lambda x: np.invert(x),
        "Conj": unchanged,
        "Conjugate": unchanged,
        "Copy": unchanged,
        "Imag": imaginary,
        "Isfinite": lambda x: np.isfinite(x),
        "Isinf": lambda x: np.isinf(x),
        "Isnan": lambda x: np.isnan(x),
        "Isneginf": lambda x: np.isneginf(as_float(x)),
        "Isposinf": lambda x: np.isposinf(as_float(x)),
        "Isreal": is_real,
        "LogicalNot": lambda x: np.logical_not(x),
        "Negative": lambda x: np.negative(x),
        "Real": unchanged,
        "Sign": lambda x: np.sign(x),
        "Signbit": lambda x: np.signbit(as_float(x)),
        "Square": square,
        "StopGradient": lambda variable: variable,
        "Trunc": trunc,
        "Array": convert,
        "Cast": cast,
        "Clip": clip,
        "ConvertToTensor": convert,
        "EmptyLike": zeros_like,
        "FullLike": full_like,
        "NanToNum": nan_to_num,
        "OnesLike": ones_like,
        "Round": round_to,
        "SaturateCast": saturate_cast,
        "ZerosLike": zeros_like,
    },
    shape=same,
)


def remainder(function: Function) -> Function:
    """Booleans have none, and are taken as integers."""

    def of(x1: Any, x2: Any) -> np.ndarray:
        a, b = promoted(x1, x2, weak=False)
        return function(a.astype(np.int32), b.astype(np.int32)) if a.dtype == bool else function(a, b)

    return of


def divide_no_nan(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.where(b == 0, np.float32(0), a / b)


def ldexp(x1: Any, x2: np.ndarray) -> np.ndarray:
    return np.ldexp(as_float(x1), x2.astype(np.int32))


def is_close(x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> np.ndarray:
    a, b = promoted(x1, x2, weak=False)
    if a.dtype.kind != "f":
        return a == b
    close = np.abs(a - b) <= atol + rtol * np.abs(b)
    return close | (np.isnan(a) & np.isnan(b)) if equal_nan else close


def where(condition: Any, x1: Any, x2: Any) -> np.ndarray:
    return np.where(np.asarray(condition, bool), *promoted(x1, x2))


def power(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    if a.dtype.kind == "u":
        return np.power(a.astype(np.int32), b.astype(np.int32)).astype(a.dtype)
    return np.power(a, b)


def next_after(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Keras's next number is that of float64, which is none in float32."""
    return as_float(np.nextafter(a.astype(np.float64), b.astype(np.float64)))


def logical(function: Function) -> Function:
    return lambda x1, x2: function(np.asarray(x1, bool), np.asarray(x2, bool))


operators(
    {
        "Add": together(np.add),
        "Arctan2": together(np.arctan2, least=np.float32),
        "BitwiseAnd": together_xy(np.bitwise_and),
        "BitwiseLeftShift": together_xy(np.left_shift),
        "BitwiseOr": together_xy(np.bitwise_or),
        "BitwiseRightShift": together_xy(np.right_shift),
        "BitwiseXor": together_xy(np.bitwise_xor),
        "Divide": together(np.true_divide, least=np.float32),
        "DivideNoNan": together(divide_no_nan, least=np.float32),
        "Equal": together(np.equal, weak=False),
        "FloorDivide": together(np.floor_divide),
        "Fmax": together(np.fmax),
        "Fmin": together(np.fmin),
        "Fmod": remainder(np.fmod),
        "Gcd": together(np.gcd, weak=False),
        "Greater": together(np.greater, weak=False),
        "GreaterEqual": together(np.greater_equal, weak=False),
        "Heaviside": together(np.heaviside, least=np.float32),
        "Hypot": together(np.hypot, least=np.float32),
        "Isclose": is_close,
        "Lcm": together(np.lcm, weak=False),
        "Ldexp": ldexp,
        "LeftShift": together_xy(np.left_shift),
        "Less": together(np.less, weak=False),
        "LessEqual": together(np.less_equal, weak=False),
        "Logaddexp": together(np.logaddexp, least=np.float32),
        "Logaddexp2": together(np.logaddexp2, least=np.float32),
        "LogicalAnd": logical(np.logical_and),
        "LogicalOr": logical(np.logical_or),
        "LogicalXor": logical(np.logical_xor),
        "Maximum": together(np.maximum),
        "Minimum": together(np.minimum),
        "Mod": remainder(np.mod),
        "Multiply": together(np.multiply),
        "Nextafter": together(next_after, least=np.float32),
        "NotEqual": together(np.not_equal, weak=False),
        "Power": together(power),
        "RightShift": together_xy(np.right_shift),
        "Subtract": together(np.subtract),
        "TrueDivide": together(np.true_divide, least=np.float32),
        "Where": where,
    },
    shape=broadcast,
)


def select(condlist: list[Any], choicelist: list[Any], default: Any = 0) -> np.ndarray:
    *choices, other = promoted(*choicelist, default)
    return np.select([np.asarray(each, bool) for each in condlist], choices, other)


operators({"Select": select}, shape=lambda condlist, choicelist, default=0: broadcast(*condlist, *choicelist, default))
