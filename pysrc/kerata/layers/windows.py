"""The geometry that convolution and pooling share: windows sliding over the two spatial axes of (n, h, w, c)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..node import Config, Shape, option


def pair(value: Any) -> tuple[int, int]:
    """Keras lets one number stand for both axes."""
    height, width = (value, value) if isinstance(value, int) else value
    return height, width


@dataclass(frozen=True)
class Windows:
    """Windows of `size`, `strides` apart, with `dilation` between their elements, all as (height, width)."""

    size: tuple[int, int]
    strides: tuple[int, int]
    dilation: tuple[int, int] = (1, 1)
    same: bool = False  # padding="same": as many windows as strides fit, the border shared by both ends

    @cached_property
    def down(self) -> "Windows":
        """Their columns, one element wide, without a border."""
        return Windows((self.size[0], 1), (self.strides[0], 1), (self.dilation[0], 1))

    @cached_property
    def across(self) -> "Windows":
        """Their rows, one element high, without a border."""
        return Windows((1, self.size[1]), (1, self.strides[1]), (1, self.dilation[1]))

    @property
    def extent(self) -> list[int]:
        """How far a window reaches, its gaps included."""
        return [(size - 1) * gap + 1 for size, gap in zip(self.size, self.dilation, strict=True)]

    def count(self, height: int | None, width: int | None) -> list[int | None]:
        """How many windows fit on each axis; None where the size is unknown."""
        return [
            None if size is None else -(-size // stride) if self.same else (size - extent) // stride + 1
            for size, stride, extent in zip((height, width), self.strides, self.extent, strict=True)
        ]

    def border(self, height: int, width: int) -> list[tuple[int, int]]:
        """What "same" adds before and after each axis. An odd one goes after, as in TensorFlow."""
        totals = [
            max((-(-size // stride) - 1) * stride + extent - size, 0) if self.same else 0
            for size, stride, extent in zip((height, width), self.strides, self.extent, strict=True)
        ]
        return [(total // 2, total - total // 2) for total in totals]

    def padded(self, x: np.ndarray, value: float) -> np.ndarray:
        """x (n, h, w, c) with its border filled with `value`; x itself where there is no border."""
        border = self.border(x.shape[1], x.shape[2])
        if border == [(0, 0), (0, 0)]:
            return x
        return np.pad(x, [(0, 0), *border, (0, 0)], constant_values=np.float32(value))

    def over(self, x: np.ndarray) -> np.ndarray:
        """All windows, a view (n, rows, columns, height, width, c) of x, which is padded already."""
        rows, columns = Windows(self.size, self.strides, self.dilation).count(x.shape[1], x.shape[2])
        assert rows is not None and columns is not None
        batch, row, pixel, channel = x.strides
        (down, right), (dy, dx) = self.strides, self.dilation
        steps = (batch, down * row, right * pixel, dy * row, dx * pixel, channel)
        shape = (len(x), rows, columns, *self.size, x.shape[3])
        return np.lib.stride_tricks.as_strided(x, shape, steps, writeable=False)

    def views(self, x: np.ndarray) -> list[np.ndarray]:
        """For each element of a window, row by row, a view (n, rows, columns, c) of where it falls in all windows.

        x is padded already.
        """
        windows = self.over(x)
        return [windows[:, :, :, i, j] for i in range(self.size[0]) for j in range(self.size[1])]


def windows_of(config: Config, size: str, strides: Any) -> Windows:
    """Reads the windows off a layer's config; `size` is the option that holds their size."""
    option(config, "data_format", "channels_last", None, default=None)
    padding = option(config, "padding", "valid", "same", default="valid")
    return Windows(pair(config[size]), pair(strides), pair(config.get("dilation_rate", 1)), padding == "same")


def kernel_windows(config: Config) -> Windows:
    """Of a convolution."""
    return windows_of(config, "kernel_size", config.get("strides", 1))


def pool_windows(config: Config) -> Windows:
    """Of a pooling layer, side by side unless strides say otherwise."""
    return windows_of(config, "pool_size", config.get("strides") or config["pool_size"])


def output_shape(windows: Windows, inputs: Sequence[Shape], channels: int | None) -> Shape:
    batch, height, width, _ = inputs[0]
    return batch, *windows.count(height, width), channels
