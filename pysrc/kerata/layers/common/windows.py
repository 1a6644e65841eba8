"""The geometry that convolution and pooling share: windows sliding over the spatial axes of (n, …, c), of which there
are one, two or three.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from ...errors import UnsupportedError
from ...limits import ITEM, check_size
from ...node import Config, Shape, option


def pair(value: Any) -> tuple[int, int]:
    """Keras lets one number stand for both axes."""
    height, width = (value, value) if isinstance(value, int) else value
    return height, width


def numbers(config: Config, key: str, value: Any, rank: int, least: int = 1) -> tuple[int, ...]:
    """The value of option `key` as a number for each axis; one number may stand for all.

    Raises UnsupportedError for what is not `rank` whole numbers from `least` on.
    """
    each = (value,) * rank if isinstance(value, int) else tuple(value)
    if len(each) != rank or not all(isinstance(number, int) and number >= least for number in each):
        raise UnsupportedError(
            f"Layer {config.get('name')!r}: expected {key} of {rank} whole numbers, none below {least}, "
            f"received {value!r}."
        )
    return each


_BLOCK = 1 << 26  # bytes of windows that are copied at once


@dataclass(frozen=True)
class Windows:
    """Windows of `size`, `strides` apart, with `dilation` between their elements: a number for each spatial axis.

    padding: "valid", the windows lie within the image; "same", there are as many as strides fit, the border shared by
    both ends; "causal", as many, the border all before the image.
    """

    size: tuple[int, ...]
    strides: tuple[int, ...]
    dilation: tuple[int, ...]
    padding: str = "valid"

    @cached_property
    def separate(self) -> list["Windows"]:
        """For each axis, windows as long as these along it, one element long along the others, without a border."""

        def along(axis: int, values: tuple[int, ...]) -> tuple[int, ...]:
            return tuple(value if place == axis else 1 for place, value in enumerate(values))

        return [
            Windows(along(axis, self.size), along(axis, self.strides), along(axis, self.dilation))
            for axis in range(len(self.size))
        ]

    @cached_property
    def extent(self) -> list[int]:
        """How far a window reaches, its gaps included."""
        return [(size - 1) * gap + 1 for size, gap in zip(self.size, self.dilation, strict=True)]

    def count(self, *sizes: int | None) -> list[int | None]:
        """How many windows fit on each axis; None where the size is unknown."""
        inside = self.padding == "valid"
        return [
            None if size is None else (size - extent) // stride + 1 if inside else -(-size // stride)
            for size, stride, extent in zip(sizes, self.strides, self.extent, strict=True)
        ]

    def border(self, *sizes: int) -> list[tuple[int, int]]:
        """What the padding adds before and after each axis. An odd one of "same" goes after, as in TensorFlow."""
        if self.padding == "causal":
            return [(extent - 1, 0) for extent in self.extent]
        if self.padding == "valid":
            return [(0, 0)] * len(sizes)
        totals = [
            max((-(-size // stride) - 1) * stride + extent - size, 0)
            for size, stride, extent in zip(sizes, self.strides, self.extent, strict=True)
        ]
        return [(total // 2, total - total // 2) for total in totals]

    def padded(self, x: np.ndarray, value: float) -> np.ndarray:
        """x (n, …, c) with its border filled with `value`; x itself where there is no border."""
        border = self.border(*x.shape[1:-1])
        if not any(map(any, border)):
            return x
        return np.pad(x, [(0, 0), *border, (0, 0)], constant_values=value)

    def over(self, x: np.ndarray) -> np.ndarray:
        """All windows, a view (n, *their places, *their size, c) of x, which is padded already."""
        batch, *steps, channel = x.strides
        strides = [step * stride for step, stride in zip(steps, self.strides, strict=True)]
        gaps = [step * gap for step, gap in zip(steps, self.dilation, strict=True)]
        shape = (len(x), *self._within(x), *self.size, x.shape[-1])
        return np.lib.stride_tricks.as_strided(x, shape, (batch, *strides, *gaps, channel), writeable=False)

    def views(self, x: np.ndarray) -> list[np.ndarray]:
        """For each element of a window, row by row, a view (n, *places, c) of where it falls in all windows.

        x is padded already.
        """
        reaches = [(count - 1) * stride + 1 for count, stride in zip(self._within(x), self.strides, strict=True)]
        along = [
            [slice(place * gap, place * gap + reach, stride) for place in range(size)]
            for size, gap, reach, stride in zip(self.size, self.dilation, reaches, self.strides, strict=True)
        ]
        return [x[:, *place] for place in product(*along)]

    def _within(self, x: np.ndarray) -> list[int]:
        """How many windows lie within x on each axis."""
        counts = Windows(self.size, self.strides, self.dilation).count(*x.shape[1:-1])
        return [count for count in counts if count is not None]


def kernel_windows(config: Config, rank: int = 2) -> Windows:
    """Of a convolution over `rank` axes."""
    paddings = ("valid", "same", "causal") if rank == 1 else ("valid", "same")
    return Windows(
        numbers(config, "kernel_size", config["kernel_size"], rank),
        numbers(config, "strides", config.get("strides", 1), rank),
        numbers(config, "dilation_rate", config.get("dilation_rate", 1), rank),
        option(config, "padding", *paddings, default="valid"),
    )


def pool_windows(config: Config, rank: int = 2) -> Windows:
    """Of a pooling layer over `rank` axes, side by side unless strides say otherwise."""
    return Windows(
        numbers(config, "pool_size", config["pool_size"], rank),
        numbers(config, "strides", config.get("strides") or config["pool_size"], rank),
        (1,) * rank,
        option(config, "padding", "valid", "same", default="valid"),
    )


def output_shape(config: Config, windows: Windows, source: Shape, channels: int | None) -> Shape:
    """With `channels` for each window over an input of shape `source`; raises UnsupportedError where none fits,
    TooLargeError where the padded input is above the memory limit.
    """
    of, sizes = f"Layer {config.get('name')!r}", source[1:-1]
    counts = windows.count(*sizes)
    if any(count is not None and count < 1 for count in counts):
        raise UnsupportedError(
            f"{of}: expected an input that windows of {windows.extent} fit into, received the shape {source}."
        )
    borders = windows.border(*(1 if size is None else size for size in sizes))
    check_size(of, source[0], *((size or 1) + sum(ends) for size, ends in zip(sizes, borders, strict=True)), source[-1])
    return source[0], *counts, channels


def can_be_copied(windows: np.ndarray) -> bool:
    """Whether they are small enough to be copied all at once."""
    return ITEM * windows.size <= _BLOCK


def blocks(windows: np.ndarray) -> Iterator[tuple[slice, slice]]:
    """Parts of the first two axes of windows (n, places, …) that are small enough to be copied: of a row at least."""
    rows = max(1, _BLOCK // max(1, ITEM * math.prod(windows.shape[2:])))
    batch, places = windows.shape[:2]
    images = max(1, rows // max(1, places))
    for start in range(0, batch, images):
        for first in range(0, places, places if images > 1 else min(rows, places)):
            yield slice(start, start + images), slice(first, first + (places if images > 1 else rows))


def rank(shape: Shape) -> int:
    """How many spatial axes there are between batch and channels."""
    return len(shape) - 2
