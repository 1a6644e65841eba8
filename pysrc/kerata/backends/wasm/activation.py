"""Activations of vectors: short ones, which a kernel applies before it stores, and curves, each a pass of its own.

What a curve is given must be a variable.
"""

from collections.abc import Callable
from math import pi, sqrt

from .assembler import ZEROS, Function, Vector, lanes
from .exponential import exponential

_FAR = 43.0  # from here on, a sigmoid or a tanh is 0 or ±1 as float32 has it; e to twice this is still a float32


def sigmoid(f: Function, x: Vector) -> Vector:
    """1 / (1 + e^−x)"""
    power = exponential(f, (ZEROS - x).min(lanes(2 * _FAR)).max(lanes(-2 * _FAR)))
    return lanes(1) / (lanes(1) + power)


def tanh(f: Function, x: Vector) -> Vector:
    """1 − 2 / (1 + e^2x)"""
    power = exponential(f, (x + x).min(lanes(2 * _FAR)).max(lanes(-2 * _FAR)))
    return lanes(1) - lanes(2) / (lanes(1) + power)


def _elu(f: Function, x: Vector) -> Vector:
    return x.max(ZEROS) + (exponential(f, x.min(ZEROS)) - lanes(1))


# M. Abramowitz, I. A. Stegun, Handbook of Mathematical Functions, 7.1.26: 1 − erf(z) for z ≥ 0 is this polynomial of
# 1 / (1 + p·z), highest power first and without a constant term, times e^−z², within 1.5e-7.
_P = 0.3275911
_TAIL = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)


def _gelu(f: Function, x: Vector) -> Vector:
    """x · Φ(x): max(x, 0) less |x| times the part of a normal distribution beyond |x|."""
    size = f.vector(x.max(ZEROS - x))
    t = f.vector(lanes(1) / f.fused(size, lanes(_P / sqrt(2)), lanes(1)))
    tail = lanes(_TAIL[0])
    for coefficient in _TAIL[1:]:
        tail = f.fused(tail, t, lanes(coefficient))
    density = exponential(f, f.vector(x * x) * lanes(-0.5))
    return x.max(ZEROS) - size * lanes(0.5) * (tail * t) * density


def _gelu_by_tanh(f: Function, x: Vector) -> Vector:
    """x · ½ (1 + tanh(y)), which is x · sigmoid(2y), y = √(2/π) · (x + 0.044715 x³)."""
    factor = 2 * sqrt(2 / pi)
    return x * sigmoid(f, f.vector(x * f.fused(x * x, lanes(0.044715 * factor), lanes(factor))))


def _hard_sigmoid(f: Function, x: Vector) -> Vector:
    return f.fused(x, lanes(1 / 6), lanes(0.5)).max(ZEROS).min(lanes(1))


def _silu(f: Function, x: Vector) -> Vector:
    return x * sigmoid(f, x)


_ACTIVATIONS: dict[str, Callable[[Function, Vector], Vector]] = {
    "linear": lambda f, value: value,
    "relu": lambda f, value: value.max(ZEROS),
    "relu6": lambda f, value: value.max(ZEROS).min(lanes(6)),
    "elu": _elu,
    "gelu": _gelu,
    "gelu_by_tanh": _gelu_by_tanh,
    "hard_sigmoid": _hard_sigmoid,
    "hard_silu": lambda f, value: value * _hard_sigmoid(f, value),
    "sigmoid": sigmoid,
    "silu": _silu,
    "swish": _silu,
    "tanh": tanh,
}


def activated(f: Function, value: Vector, name: str) -> Vector:
    return _ACTIVATIONS[name](f, value)
