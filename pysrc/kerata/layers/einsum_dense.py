"""EinsumDense: activation(einsum(equation, x, kernel) + bias), as one matrix product, or one for each index that x,
kernel and output share. The kernel may be quantized: in int8 as it is, with a scale for each of its numbers that is not
summed over, in int4 as a matrix (summed, not summed), in float8 as float32 that is rounded in the call.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from ..errors import UnsupportedError
from ..node import Config, Node, Shape
from .common.accelerator import Accelerator
from .common.matmul import prepared_matmul_nt
from .common.quantized import (
    Matrix,
    Quantizer,
    bfloat16,
    block_of,
    float8,
    float8_statistics,
    inputs_quantizer,
    mode_of,
)
from .registry import Call, activated, activation_of, register_layer, with_activation

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


class _Equation(NamedTuple):
    """The letters of all axes, those that an ellipsis stands for among them."""

    x: str
    kernel: str
    output: str
    given: str  # the output's letters as the equation gives them
    elided: int  # how many axes the ellipsis stands for
    left: bool  # whether it comes first

    @property
    def rest(self) -> str:
        """The output's letters that the option output_shape tells the sizes of."""
        start = max(1, self.elided) if self.left else 1
        return self.output[start:] if self.left else self.given[start:]


def _read(config: Config, rank: int, of: int) -> _Equation:
    """`rank`: that of x (of=0) or of the output (of=2)."""
    found = re.fullmatch(r"(\.\.\.|)([a-zA-Z]+)(\.\.\.|),([a-zA-Z]+)->\1([a-zA-Z]+)\3", config["equation"])
    left, x, right, kernel, output = found.groups() if found else [""] * 5
    elided = rank - len((x, kernel, output)[of])
    if not found or (left and right) or elided < 0 or (elided and not left and not right):
        raise UnsupportedError(
            f"Layer {config.get('name')!r}: expected an equation in the form of ab,bc->ac, ...ab,bc->...ac or "
            f"ab...,bc->ac... that fits its {rank} axes, received {config['equation']!r}."
        )
    free = [letter for letter in _LETTERS if letter not in x + kernel + output]
    more = "".join(free[:elided])
    if len(set(output)) < len(output) or len(more) < elided:
        raise UnsupportedError(
            f"Layer {config.get('name')!r}: expected each axis of the output once, received {config['equation']!r}."
        )
    before, after = (more, "") if left else ("", more)
    return _Equation(before + x + after, kernel, before + output + after, output, elided, bool(left))


def _sizes(config: Config, equation: _Equation, shape: Shape) -> dict[str, int | None]:
    """Of all letters; None where the size is open."""
    given = config["output_shape"]
    sizes = dict(zip(equation.rest, [given] if isinstance(given, int) else given, strict=True))
    return sizes | {
        letter: size for letter, size in zip(equation.x, shape, strict=True) if size is not None or letter not in sizes
    }


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    equation = _read(config, len(inputs[0]), of=0)
    sizes = _sizes(config, equation, inputs[0])
    return activated(config, tuple(sizes[letter] for letter in equation.output))


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    mode = mode_of(config, "int8", "int4", "float8")
    equation = _read(config, len(inputs[0]), of=0)
    sizes = _sizes(config, equation, inputs[0])
    kernel: dict[str, Shape] = {"kernel": tuple(sizes[letter] for letter in equation.kernel)}
    bias: dict[str, Shape] = {}
    axes = config.get("bias_axes")
    if axes:
        spanned = equation.given[min(map(equation.given.index, axes)) :]
        behind = () if equation.left else (1,) * equation.elided
        bias = {"bias": (*(sizes[letter] if letter in axes else 1 for letter in spanned), *behind)}
    if mode == "int8":
        in_kernel = [sizes[letter] if letter in equation.kernel else 1 for letter in equation.output]
        return kernel | bias | {"kernel_scale": tuple(in_kernel)}
    if mode == "int4":
        block, matrix = block_of(config), _matrix(equation, sizes)
        packed = matrix.shapes(mode, block)
        places: dict[str, Shape] = {} if block is None else {"g_idx": (matrix.size[0],)}
        return {"kernel": packed.pop("kernel")} | bias | packed | places
    return kernel | bias | (float8_statistics() if mode == "float8" else {})


def _matrix(equation: _Equation, sizes: Mapping[str, int | None]) -> Matrix:
    """The kernel as int4 has it."""

    def count(letters: Sequence[str]) -> int | None:
        known = [size for letter in letters if (size := sizes[letter]) is not None]
        return math.prod(known) if len(known) == len(letters) else None

    kept = [letter for letter in equation.kernel if letter in equation.output]
    summed = [letter for letter in equation.kernel if letter not in equation.output]
    return Matrix("kernel", (count(summed), count(kept)), 0)


@register_layer("EinsumDense", shape=output_shape, weights=with_activation(weight_shapes, output_shape))
def build(node: Node) -> Call:
    product = _product(node)
    bias = node.weights.get("bias")
    if bias is not None and mode_of(node.config) == "float8":
        bias = bfloat16(bias)
    activation = activation_of(node.config, outer=node)

    def call(x: np.ndarray) -> np.ndarray:
        y = product(x)
        if bias is not None:
            y += bias
        return activation(y)

    return call


def _product(node: Node) -> Callable[[np.ndarray], np.ndarray]:
    """x → einsum(x, kernel)."""
    mode, weights = mode_of(node.config), node.weights
    equation = _read(node.config, len(node.shape), of=2)
    if mode in ("int8", "int4"):
        return _quantized_product(node, equation, mode)
    if mode != "float8":
        return contraction(equation, weights["kernel"], node.accelerator())
    multiply = contraction(equation, float8(weights["kernel"], weights["kernel_scale"]), node.accelerator())
    return lambda x: multiply(float8(x, weights["inputs_scale"]))


def _quantized_product(node: Node, equation: _Equation, mode: str) -> Callable[[np.ndarray], np.ndarray]:
    if set(equation.x) - set(equation.kernel + equation.output) or len(set(equation.x)) < len(equation.x):
        raise UnsupportedError(
            f"Layer {node.name!r}: expected a quantized equation whose inputs have each axis once, and in the kernel "
            f"or the output as well, received {node.config['equation']!r}."
        )
    quantize = inputs_quantizer(node.config, default=mode == "int8")
    accelerator = node.accelerator()
    if mode == "int8":
        scales = node.weights["kernel_scale"]
        multiply = contraction(equation, node.weights["kernel"], accelerator, quantize)
        return lambda x: multiply(x) / scales
    values, scale = Matrix("kernel", (None, node.weights["kernel_scale"].shape[-1]), 0).read(node)
    values = values if scale is None else values / scale

    @cache
    def multiply_by(*shape: int) -> Callable[[np.ndarray], np.ndarray]:
        return contraction(equation, values.reshape(shape), accelerator, quantize)

    def call(x: np.ndarray) -> np.ndarray:
        """The sizes of the axes that are summed over are x's to tell."""
        sizes = _sizes(node.config, equation, x.shape)
        return multiply_by(*(sizes[letter] for letter in equation.kernel))(x)

    return call


def contraction(
    equation: _Equation,
    kernel: np.ndarray,
    accelerator: Accelerator | None,
    quantize: Quantizer | None = None,
) -> Callable[[np.ndarray], np.ndarray]:
    """x → einsum(x, kernel). `quantize` rounds x, for each place that is not summed over by a scale of its own."""
    x, output = equation.x, equation.output
    tidy = "".join(letter for letter in dict.fromkeys(x) if letter in equation.kernel + output)
    both = [letter for letter in tidy if letter in equation.kernel]
    alone = [letter for letter in tidy if letter not in equation.kernel]  # of x
    units = [letter for letter in output if letter not in tidy]  # of the kernel
    shared = [letter for letter in both if letter in output]
    summed = [letter for letter in both if letter not in output]
    columns = np.einsum(
        f"{equation.kernel}->{''.join(shared + units + summed)}", kernel
    )  # the diagonal of a letter's axes
    sizes = columns.shape[len(shared) : len(shared) + len(units)]
    columns = np.ascontiguousarray(columns.reshape(*columns.shape[: len(shared)], math.prod(sizes), -1))
    multiply = prepared_matmul_nt(columns, accelerator)
    in_order = [(shared + alone + units).index(letter) for letter in output]
    axes = [tidy.index(letter) for letter in shared + alone + summed]

    def contract(values: np.ndarray) -> np.ndarray:
        if tidy != x:
            values = np.einsum(f"{x}->{tidy}", values)
        values = values.transpose(axes)
        kept = values.shape[: len(shared) + len(alone)]
        rows = values.reshape(*kept[: len(shared)], math.prod(kept[len(shared) :]), columns.shape[-1])
        rows, scales = quantize(rows) if quantize else (rows, None)
        y = multiply(rows) if summed else rows * columns.swapaxes(-1, -2)  # (*shared, rows, units)
        if scales is not None:
            y /= scales
        return y.reshape(*kept, *sizes).transpose(in_order)

    return contract
