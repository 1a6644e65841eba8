"""LocallyConnected1D and LocallyConnected2D of Keras 2: convolutions that have a kernel of their own at each place.

Keras has three implementations, which keep the kernels in different forms:
1. (places, window, filters), a window being all its numbers in the order of the input's axes;
2. (*input, *output), a matrix of all places of both, in which most numbers are not used;
3. those numbers of the transposed matrix alone that are used, row by row.
"""

import math
from collections.abc import Sequence
from functools import cache, cached_property
from typing import NamedTuple

import numpy as np

from ..errors import UnsupportedError
from ..node import Config, Node, Shape, option
from .common.data_format import channels_first, in_format, register_spatial
from .common.windows import Windows, numbers, rank
from .conv import bias_shape
from .registry import Call, activation_of


class _Places(NamedTuple):
    """Along one axis: how many places there are in the input, and which of them a window holds at each of its own."""

    size: int
    inputs: np.ndarray  # (places, window)

    @property
    def inside(self) -> np.ndarray:
        return (self.inputs >= 0) & (self.inputs < self.size)


class _Geometry:
    """Of the windows over an input (batch, *sizes, channels)."""

    def __init__(self, config: Config, shape: Shape) -> None:
        axes = rank(shape)
        self.size = numbers(config, "kernel_size", config["kernel_size"], axes)
        self.strides = numbers(config, "strides", config.get("strides", 1), axes)
        self._same = option(config, "padding", "valid", "same", default="valid") == "same"
        *sizes, channels = shape[1:]
        least = (1,) * axes if self._same else self.size
        if channels is None or any(size is None or size < window for size, window in zip(sizes, least, strict=True)):
            raise UnsupportedError(
                f"Layer {config.get('name')!r}: expected an input of known size that windows of {self.size} fit into, "
                f"received the shape {shape}."
            )
        self.sizes: list[int] = sizes  # type: ignore[assignment]
        self.channels = channels

    @cached_property
    def axes(self) -> list[_Places]:
        """With "same" padding, a window's middle, for an even one the later of two, lies on the input's place."""
        found = []
        for size, window, stride in zip(self.sizes, self.size, self.strides, strict=True):
            count = -(-size // stride) if self._same else (size - window) // stride + 1
            first = np.arange(count)[:, None] * stride - (window // 2 if self._same else 0)
            found.append(_Places(size, first + np.arange(window)))
        return found

    @property
    def counts(self) -> list[int]:
        return [len(axis.inputs) for axis in self.axes]

    def padded(self, x: np.ndarray) -> np.ndarray:
        border = [
            (max(-int(axis.inputs.min()), 0), max(int(axis.inputs.max()) + 1 - axis.size, 0)) for axis in self.axes
        ]
        return np.pad(x, [(0, 0), *border, (0, 0)])

    @property
    def inputs(self) -> np.ndarray:
        """Where each number of each window is in the input, or nearby: (axes, *places, *window)."""
        return _joined([axis.inputs.clip(0, axis.size - 1) for axis in self.axes])

    @property
    def places(self) -> np.ndarray:
        """Whose window that is."""
        return _joined([np.indices(axis.inputs.shape)[0] for axis in self.axes])

    @property
    def inside(self) -> np.ndarray:
        """Whether it is in the input: (*places, *window)."""
        return np.asarray(_joined([axis.inside for axis in self.axes]).all(0))


def _joined(values: Sequence[np.ndarray]) -> np.ndarray:
    """For each axis an array (places, window) → their combinations (axes, *places, *window)."""
    axes = len(values)
    spread = []
    for axis, value in enumerate(values):
        shape = [1] * (2 * axes)
        shape[axis], shape[axes + axis] = value.shape
        spread.append(value.reshape(shape))
    return np.stack(np.broadcast_arrays(*spread))


def output_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    return inputs[0][0], *_Geometry(config, inputs[0]).counts, config["filters"]


def weight_shapes(config: Config, inputs: Sequence[Shape]) -> dict[str, Shape]:
    geometry, filters = _Geometry(config, inputs[0]), config["filters"]
    sizes, counts, channels = geometry.sizes, geometry.counts, geometry.channels
    implementation = option(config, "implementation", 1, 2, 3, default=1)
    kernel: Shape
    if implementation == 1:
        kernel = (math.prod(counts), math.prod(geometry.size) * channels, filters)
    elif implementation == 3:
        kernel = (math.prod(int(axis.inside.sum()) for axis in geometry.axes) * channels * filters,)
    elif channels_first(config):
        kernel = (channels, *sizes, filters, *counts)
    else:
        kernel = (*sizes, channels, *counts, filters)
    bias = {name: (*counts, *shape) for name, shape in bias_shape(config, filters).items()}
    return {"kernel": kernel} | bias


@register_spatial("LocallyConnected1D", shape=output_shape, weights=weight_shapes)
@register_spatial("LocallyConnected2D", shape=output_shape, weights=weight_shapes)
def build(node: Node) -> Call:
    bias = _bias(node)

    @cache
    def planned(*shape: int) -> tuple[_Geometry, np.ndarray]:
        """For inputs of this shape, whose batch does not matter."""
        geometry = _Geometry(node.config, shape)
        return geometry, _kernels(node, geometry)

    def convolve(x: np.ndarray) -> np.ndarray:
        geometry, kernels = planned(1, *x.shape[1:])
        windows = Windows(geometry.size, geometry.strides, (1,) * len(geometry.size))
        patches = windows.over(geometry.padded(x)).reshape(len(x), *kernels.shape[:2])
        y = np.matmul(patches.swapaxes(0, 1), kernels)  # (places, batch, filters)
        return y.swapaxes(0, 1).reshape(len(x), *geometry.counts, -1) + bias

    linear, activation = in_format(node.config, convolve), activation_of(node.config, outer=node)
    return lambda x: activation(linear(x))


def _bias(node: Node) -> np.ndarray:
    """(*places, filters). With channels first, Keras takes its numbers as if they were (filters, *places)."""
    bias: np.ndarray = node.weights.get("bias", np.zeros(1, np.float32))
    if not channels_first(node.config) or bias.ndim == 1:
        return bias
    return np.moveaxis(bias.reshape(bias.shape[-1], *bias.shape[:-1]), 0, -1)


def _kernels(node: Node, geometry: _Geometry) -> np.ndarray:
    """(places, window · channels, filters), from any implementation."""
    kernel, first, implementation = (
        node.weights["kernel"],
        channels_first(node.config),
        node.config.get("implementation", 1),
    )
    places, channels, filters = math.prod(geometry.counts), geometry.channels, node.config["filters"]
    if implementation == 1:
        if first:
            kernel = kernel.reshape(places, channels, -1, filters).swapaxes(1, 2)
    elif implementation == 2:
        kernel = _from_matrix(kernel, first, geometry)
    else:
        kernel = _from_used_alone(kernel, first, geometry, filters)
    return np.ascontiguousarray(kernel.reshape(places, -1, filters))


def _from_matrix(kernel: np.ndarray, first: bool, geometry: _Geometry) -> np.ndarray:
    axes = len(geometry.size)
    if first:  # (channels, *input, filters, *places)
        kernel = np.moveaxis(kernel, (0, axes + 1), (axes, -1))
    every = slice(None)
    used = kernel[(*geometry.inputs, every, *geometry.places, every)]  # (*places, *window, channels, filters)
    return used * geometry.inside[..., None, None]


def _from_used_alone(kernel: np.ndarray, first: bool, geometry: _Geometry, filters: int) -> np.ndarray:
    """The numbers are in the order of their rows and columns in the matrix (output, input)."""
    counts, sizes, channels = geometry.counts, geometry.sizes, geometry.channels
    place = np.ravel_multi_index(tuple(geometry.places), counts)[..., None, None]
    position = np.ravel_multi_index(tuple(geometry.inputs), sizes)[..., None, None]
    channel, unit = np.arange(channels)[:, None], np.arange(filters)
    rows = unit * math.prod(counts) + place if first else place * filters + unit
    columns = channel * math.prod(sizes) + position if first else position * channels + channel
    rows, columns, inside = np.broadcast_arrays(rows, columns, geometry.inside[..., None, None])
    used = np.flatnonzero(inside)
    order = np.lexsort((columns.ravel()[used], rows.ravel()[used]))
    whole = np.zeros(inside.shape, np.float32)
    whole.ravel()[used[order]] = kernel
    return whole
