"""ContrastLimitedAdaptiveHistogramEqualization: brightness by its rank among the pixels around.

The image is cut into tiles, each channel of a tile has the cumulative histogram of its values 0 to 255, in which no
value may count for more than `clip_limit` times the mean; a pixel's new value is interpolated between what those of the
four nearest tiles make of it.
"""

from collections.abc import Sequence

import numpy as np

from ..limits import check_size
from ..node import Config, Node, Shape
from .auto_contrast import BYTE, output_shape, to_range
from .common.data_format import in_format, register_spatial
from .common.windows import numbers
from .registry import Call

_VALUES = 256


def bounded_shape(config: Config, inputs: Sequence[Shape]) -> Shape:
    """Of tiles, their histograms, in 64 bits each, and the image that they cover have to be within memory."""
    batch, *sizes, channels = output_shape(config, inputs)
    of, grid = f"Layer {config.get('name')!r}", _grid(config)
    check_size(of, batch, *grid, channels, 2 * _VALUES)
    check_size(
        of, batch, *(-(-(size or 1) // count) * count for size, count in zip(sizes, grid, strict=True)), channels
    )
    return inputs[0]


def _grid(config: Config) -> tuple[int, ...]:
    return numbers(config, "tile_grid_size", config.get("tile_grid_size", (8, 8)), 2)


@register_spatial("ContrastLimitedAdaptiveHistogramEqualization", shape=bounded_shape)
def build(node: Node) -> Call:
    config = node.config
    full, limit = config.get("value_range", BYTE), config.get("clip_limit", 4.0)
    grid = _grid(config)

    def call(x: np.ndarray) -> np.ndarray:
        images = to_range(x.astype(np.float32, copy=False), full, BYTE)
        return to_range(_equalized(images, grid, limit), BYTE, full)

    return in_format(config, call)


def _equalized(images: np.ndarray, grid: Sequence[int], limit: float) -> np.ndarray:
    """(n, h, w, c), values from 0 to 255."""
    height, width = images.shape[1:3]
    tile = [-(-size // count) for size, count in zip((height, width), grid, strict=True)]
    border = [(0, part * count - size) for part, count, size in zip(tile, grid, (height, width), strict=True)]
    padded = np.pad(images, [(0, 0), *border, (0, 0)], mode="symmetric")
    values = np.clip(padded, 0, _VALUES - 1).astype(np.intp)
    curves = _curves(_histograms(values, grid, tile), tile[0] * tile[1], limit)
    return _interpolated(curves, values, tile)[:, :height, :width]


def _histograms(values: np.ndarray, grid: Sequence[int], tile: Sequence[int]) -> np.ndarray:
    """How often each value is in each channel of each tile: (n, rows, columns, c, 256)."""
    batch, channels = len(values), values.shape[-1]
    tiled = values.reshape(batch, grid[0], tile[0], grid[1], tile[1], channels).transpose(0, 1, 3, 5, 2, 4)
    flat = tiled.reshape(-1, tile[0] * tile[1])
    apart = flat + _VALUES * np.arange(len(flat))[:, None]
    counts = np.bincount(apart.ravel(), minlength=_VALUES * len(flat))
    return counts.astype(np.float32).reshape(batch, grid[0], grid[1], channels, _VALUES)


def _curves(histograms: np.ndarray, pixels: int, limit: float) -> np.ndarray:
    """What each tile makes of each value."""
    if limit > 0:
        clipped = np.minimum(histograms, np.float32(limit * pixels / _VALUES))
        histograms = clipped + (histograms - clipped).sum(axis=-1, keepdims=True) / _VALUES
    summed = histograms.cumsum(axis=-1)
    least = summed.min(axis=-1, keepdims=True)
    above = pixels - least
    return np.clip((summed - least) * 255 / np.where(above == 0, np.float32(1), above), 0, 255)


def _interpolated(curves: np.ndarray, values: np.ndarray, tile: Sequence[int]) -> np.ndarray:
    """The curves (n, rows, columns, c, 256) at the values (n, h, w, c), weighted by how near each tile's middle is."""
    batch, channel = np.arange(len(values))[:, None, None, None], np.arange(values.shape[-1])
    total = np.zeros(values.shape, np.float32)
    for rows, row_weights in _neighbours(values.shape[1], tile[0], curves.shape[1]):
        for columns, column_weights in _neighbours(values.shape[2], tile[1], curves.shape[2]):
            new = curves[batch, rows[:, None, None], columns[:, None], channel, values]
            total += new * row_weights[:, None, None] * column_weights[:, None]
    return total


def _neighbours(size: int, tile: int, count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Of each pixel on an axis, the tiles whose middles are before and after it, with their weights."""
    position = (np.arange(size, dtype=np.float32) - np.float32(tile / 2)) / tile
    before = np.floor(position)
    share = position - before
    places = [np.clip(place, 0, count - 1).astype(np.intp) for place in (before, before + 1)]
    return [(places[0], 1 - share), (places[1], share)]
