"""Keras's activation functions on float32 arrays: plain functions, array in, array of the same shape out.

Formulas are those of `keras.activations`. Python numbers do not widen float32 arrays (NumPy ≥ 2).
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .errors import UnsupportedError

Activation = Callable[[np.ndarray], np.ndarray]


def linear(x: np.ndarray) -> np.ndarray:
    return x


def relu(
    x: np.ndarray, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> np.ndarray:
    """x above the threshold, negative_slope · (x − threshold) below it, at most max_value."""
    if not negative_slope and not threshold:
        # Where signs vary, `np.maximum` takes twice as long in Pyodide.
        return np.where(x < 0, np.float32(0), x) if max_value is None else np.clip(x, 0, max_value)
    y = np.where(x > threshold, x, negative_slope * (x - threshold))
    return y if max_value is None else np.minimum(y, max_value)


def leaky_relu(x: np.ndarray, negative_slope: float = 0.2) -> np.ndarray:
    return np.maximum(x, negative_slope * x)


def relu6(x: np.ndarray) -> np.ndarray:
    return np.clip(x, 0, 6)


def softmax(x: np.ndarray, axis: int | tuple[int, ...] = -1) -> np.ndarray:
    """Shifted by the largest value, so that no exponential overflows."""
    y = np.exp(x - x.max(axis, keepdims=True))
    y /= y.sum(axis, keepdims=True)
    return y


def log_softmax(x: np.ndarray, axis: int = -1) -> np.ndarray:
    shifted = x - x.max(axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis, keepdims=True))


def sparsemax(x: np.ndarray, axis: int = -1) -> np.ndarray:
    """Martins and Astudillo, 2016, algorithm 1, as Keras computes it.

    Where several values are in the support, Keras sums all their cumulative sums for the threshold where the paper
    takes the last one. Models were trained with Keras's numbers, so these are Keras's.
    """
    z = np.moveaxis(x, axis, -1)
    descending = -np.sort(-z, axis=-1)
    cumulative = np.cumsum(descending, axis=-1, dtype=np.float32)
    rank = np.arange(1, z.shape[-1] + 1, dtype=np.float32)
    support = descending * rank > cumulative - 1
    total = np.sum(np.where(support, cumulative, 0), axis=-1, keepdims=True)
    tau = (total - 1) / np.sum(support, axis=-1, keepdims=True, dtype=np.float32)
    return np.moveaxis(np.maximum(z - tau, 0), -1, axis)


def sigmoid(x: np.ndarray) -> np.ndarray:
    """By tanh, which saturates without overflow."""
    return 0.5 * np.tanh(0.5 * x) + 0.5


def hard_sigmoid(x: np.ndarray) -> np.ndarray:
    return np.clip(x / 6 + 0.5, 0, 1)


def keras2_hard_sigmoid(x: np.ndarray) -> np.ndarray:
    """What `hard_sigmoid` was before Keras 3."""
    return np.clip(0.2 * x + 0.5, 0, 1)


def sparse_sigmoid(x: np.ndarray) -> np.ndarray:
    return np.clip(0.5 * (x + 1), 0, 1)


def log_sigmoid(x: np.ndarray) -> np.ndarray:
    return -softplus(-x)


def silu(x: np.ndarray) -> np.ndarray:
    return x * sigmoid(x)


def hard_silu(x: np.ndarray) -> np.ndarray:
    return x * hard_sigmoid(x)


def tanh(x: np.ndarray) -> np.ndarray:
    return np.tanh(x)


def hard_tanh(x: np.ndarray) -> np.ndarray:
    return np.clip(x, -1, 1)


def tanh_shrink(x: np.ndarray) -> np.ndarray:
    return x - np.tanh(x)


def soft_shrink(x: np.ndarray, threshold: float = 0.5) -> np.ndarray:
    return np.sign(x) * np.maximum(np.abs(x) - threshold, 0)


def hard_shrink(x: np.ndarray, threshold: float = 0.5) -> np.ndarray:
    return np.where(np.abs(x) > threshold, x, 0)


def threshold(x: np.ndarray, threshold: float, default_value: float) -> np.ndarray:
    return np.where(x > threshold, x, default_value)


def softplus(x: np.ndarray) -> np.ndarray:
    return np.logaddexp(x, 0)


def squareplus(x: np.ndarray, b: float = 4) -> np.ndarray:
    return (x + np.sqrt(x * x + b)) / 2


def sparse_plus(x: np.ndarray) -> np.ndarray:
    return np.where(x >= 1, x, np.square(np.maximum(x + 1, 0)) / 4)


def softsign(x: np.ndarray) -> np.ndarray:
    return x / (1 + np.abs(x))


def elu(x: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def celu(x: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    return np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0) / alpha)


def selu(x: np.ndarray) -> np.ndarray:
    """Constants from Klambauer et al., *Self-Normalizing Neural Networks*, 2017."""
    return 1.0507009873554805 * elu(x, 1.6732632423543772)


def gelu(x: np.ndarray, approximate: bool = False) -> np.ndarray:
    """x · Φ(x), with Φ the normal distribution; `approximate` takes the tanh form of Hendrycks and Gimpel, 2016."""
    if approximate:
        return 0.5 * x * (1 + np.tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)))
    return 0.5 * x * erfc(-0.7071067811865476 * x)


def glu(x: np.ndarray, axis: int = -1) -> np.ndarray:
    """The first half along the axis, gated by the sigmoid of the second; half as long along that axis."""
    values, gates = np.split(x, 2, axis)
    return values * sigmoid(gates)


def mish(x: np.ndarray) -> np.ndarray:
    return x * np.tanh(softplus(x))


def exponential(x: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):  # it is infinite then, as it is in Keras
        return np.exp(x)


# Coefficients of the Chebyshev fit `erfcc` in Press et al., *Numerical Recipes*, §6.2; relative error below 1.2e-7.
_ERFC = (
    *(0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807),
    *(-0.18628806, 0.09678418, 0.37409196, 1.00002368, -1.26551223),
)


def erfc(x: np.ndarray) -> np.ndarray:
    """The complementary error function, 1 − erf(x), as exact as float32 is; NumPy has none."""
    z = np.abs(x)
    t = 1 / (1 + 0.5 * z)
    series = np.zeros_like(t)
    for coefficient in _ERFC:
        series = series * t + coefficient
    tail = t * np.exp(series - z * z)
    return np.where(x >= 0, tail, 2 - tail)


_BY_NAME: dict[str, Activation] = {
    function.__name__: function
    for function in (
        *(linear, relu, leaky_relu, relu6, elu, celu, selu, gelu, glu, silu, mish, exponential),
        *(sigmoid, hard_sigmoid, sparse_sigmoid, log_sigmoid, hard_silu, softmax, log_softmax, sparsemax),
        *(tanh, hard_tanh, tanh_shrink, soft_shrink, hard_shrink, softplus, squareplus, sparse_plus, softsign),
    )
} | {"swish": silu, "hard_swish": hard_silu, "keras2_hard_sigmoid": keras2_hard_sigmoid}


def get(identifier: Any) -> Activation:
    """The function that a Keras config names: a string, None for linear, or Keras 3's dict around a string.

    Raises UnsupportedError for anything else, such as a function of the user's own.
    """
    name = name_of(identifier)
    if name not in _BY_NAME:
        raise UnsupportedError(
            f"Kerata has no activation {name[:40]!r}; if it is your own, add it as a layer of that name with "
            "kerata.register_layer."
        )
    return _BY_NAME[name]


def name_of(identifier: Any) -> str:
    """The name in a Keras config, without the package that somebody's own function is registered in."""
    name = identifier
    if isinstance(name, Mapping):
        name = name.get("config") if name.get("class_name") == "function" else name.get("class_name")
    return "linear" if identifier is None else str(name).rpartition(">")[2]
