"""Matrices that Keras keeps in few bits (`model.quantize`), and the arithmetic that it does with them.

int8 and int4 have a scale for each row or column of the matrix, or int4 for each block in it, which has a zero point,
too. int4 lie two in a byte. float8 (e4m3) stays float32 in the file and is rounded in the call.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...node import Config, Node, Shape, dtype_policy

Quantizer = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]  # rows → whole numbers and the scale of each row

_LARGEST_FLOAT8 = 448  # of e4m3: Micikevicius et al., *FP8 Formats for Deep Learning*, 2022, table 1
_MANTISSA, _MIN_EXPONENT = 3, -6


@dataclass(frozen=True)
class Matrix:
    """A matrix (rows, columns) of the layer's weight `name`. Blocks and packing are along the axes."""

    name: str
    size: tuple[int | None, int | None]
    blocks_along: int
    packed_along: int = 1

    def shapes(self, mode: str, block: int | None) -> dict[str, Shape]:
        """Of its weights, without `g_idx`, which tells the block of each place along the axis."""
        other = self.size[1 - self.blocks_along]
        if mode == "int8":
            return {self.name: self.size, f"{self.name}_scale": (other,)}
        packed = [
            size if size is None or axis != self.packed_along else -(-size // 2) for axis, size in enumerate(self.size)
        ]
        if block is None:
            return {self.name: tuple(packed), f"{self.name}_scale": (other,)}
        scales = list(self.size)
        along = scales[self.blocks_along]
        scales[self.blocks_along] = None if along is None else -(-along // block)
        return {self.name: tuple(packed), **dict.fromkeys((f"{self.name}_scale", f"{self.name}_zero"), tuple(scales))}

    def read(self, node: Node) -> tuple[np.ndarray, np.ndarray | None]:
        """Its numbers in float32, and what they are still to be divided by, if anything."""
        values, scale = node.weights[self.name], node.weights[f"{self.name}_scale"]
        if mode_of(node.config) == "int4":
            length = self.size[self.packed_along]
            assert length is not None
            values = _unpacked(values, length, self.packed_along)
        if block_of(node.config) is None:
            return values, scale
        block = node.weights["g_idx"].astype(np.intp)
        zero = node.weights[f"{self.name}_zero"]
        return (values - zero.take(block, self.blocks_along)) * scale.take(block, self.blocks_along), None


def _unpacked(packed: np.ndarray, length: int, axis: int) -> np.ndarray:
    """Two numbers of four bits from each byte, the lower one first."""
    byte = packed.astype(np.int8)
    low, high = ((part & 15 ^ 8) - 8 for part in (byte, byte >> 4))
    shape = list(byte.shape)
    shape[axis] *= 2
    pairs = np.stack([low, high], axis + 1).reshape(shape)
    return pairs.take(range(length), axis).astype(np.float32)


def mode_of(config: Config, *supported: str) -> str:
    """ "int8", "int4", "float8", or "" where the layer is not quantised; raises UnsupportedError for others."""
    mode = dtype_policy(config).mode.partition("/")[0]
    if mode and supported and mode not in supported:
        raise UnsupportedError(
            f"Layer {config.get('name')!r}: expected quantisation to be {' or '.join(supported)}, received {mode}."
        )
    return mode


def block_of(config: Config) -> int | None:
    """How many numbers share a scale in int4; None where it is a whole row or column."""
    mode, _, size = dtype_policy(config).mode.partition("/")
    given = _quantization_config(config).get("block_size") if config.get("quantization_config") else int(size or -1)
    return given if mode == "int4" and given and given > 0 else None


def _quantization_config(config: Config) -> Mapping[str, Any]:
    given = config.get("quantization_config")
    return given["config"] if given else {}


def float8_statistics() -> dict[str, Shape]:
    """The weights that a layer has besides its own in float8; only the scales of its inputs and kernel are used."""
    shapes: dict[str, Shape] = {}
    for name in ("inputs", "kernel", "outputs_grad"):
        shapes |= {f"{name}_scale": (), f"{name}_amax_history": (None,)}
    return shapes


def inputs_quantizer(config: Config, default: bool) -> Quantizer | None:
    """What rounds the layer's inputs; None where they stay as they are. `default`: whether they are rounded where the
    config does not say.
    """
    given = _quantization_config(config).get("activation_quantizer")
    if given is None:
        return _quantizer({}) if default and not config.get("quantization_config") else None
    if given["class_name"] != "AbsMaxQuantizer" or given["config"].get("axis") not in (None, -1, [-1]):
        raise UnsupportedError(
            f"Layer {config.get('name')!r}: expected the inputs' quantizer to be AbsMaxQuantizer over the last axis, "
            f"received {given['class_name']} with {given['config']}."
        )
    return _quantizer(given["config"])


def _quantizer(options: Config) -> Quantizer:
    least, most = (np.float32(bound) for bound in options.get("value_range", (-127, 127)))
    epsilon = np.float32(options.get("epsilon", 1e-7))

    def quantize(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        scale = most / (np.abs(x).max(-1, keepdims=True) + epsilon)
        return np.clip(np.round(x * scale), least, most), scale

    return quantize


def float8(x: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """x with as much precision as float8 has for x / scale."""
    x = np.clip(x / scale, -_LARGEST_FLOAT8, _LARGEST_FLOAT8)
    exponent = np.frexp(x)[1] - 1
    step = np.ldexp(np.float32(1), np.maximum(exponent, _MIN_EXPONENT) - _MANTISSA)
    return np.round(x / step) * step * scale


def bfloat16(x: np.ndarray) -> np.ndarray:
    """x rounded to the upper half of its bits, to even."""
    bits = np.asarray(x, np.float32).view(np.uint32)
    bits = bits + np.uint32(0x7FFF) + (bits >> np.uint32(16) & np.uint32(1))
    return (bits & np.uint32(0xFFFF0000)).view(np.float32)
