"""Activations that a kernel applies to a vector before it stores it."""

from collections.abc import Callable

from .assembler import ZEROS, Function, Vector, lanes

_ACTIVATIONS: dict[str, Callable[[Function, Vector], Vector]] = {
    "linear": lambda f, value: value,
    "relu": lambda f, value: value.max(ZEROS),
    "relu6": lambda f, value: value.max(ZEROS).min(lanes(6)),
}


def activated(f: Function, value: Vector, name: str) -> Vector:
    return _ACTIVATIONS[name](f, value)
