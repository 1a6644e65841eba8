"""Conv2D, directly: tiles of output pixels times panels of eight filters."""

from dataclasses import dataclass

import numpy as np

from .activation import activated
from .assembler import Function, Int, Vector
from .layout import BYTES, LANES, Layout, padded_channels
from .loops import each_image, each_row, for_each_panel
from .tile import PANEL, Runs, rows_in_flight, tile


@dataclass(frozen=True)
class Conv2D:
    """f(x, weights, bias, y, images): y = activation(conv(x) + bias).

    The windows lie within the source and its margin; the first begins `offset` float32 after the source's first pixel
    (before it, for a window that begins in the margin).
    """

    source: Layout
    target: Layout
    size: tuple[int, int]
    strides: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    offset: int = 0
    activation: str = "linear"

    def function(self, relaxed: bool) -> Function:
        f = Function(5, relaxed)
        x, weights, bias, y, images = f.parameters
        source, target = self.source, self.target
        with (
            each_image(f, x, y, images, source, target, self.offset) as (image, out),
            each_row(f, image, out, source, target, self.strides[0]) as (row, out_row),
        ):

            def panel(weights: Int, bias: Int, out: Int, vectors: int) -> None:
                self._panel(f, row, weights, bias, out, vectors)

            for_each_panel(f, target.pixel, weights, PANEL * self._runs.size, bias, out_row, panel)
        return f

    def _panel(self, f: Function, row: Int, weights: Int, bias: Int, out: Int, vectors: int) -> None:
        """One panel of filters for a row of pixels, tile by tile. The last tile overlaps the one before it."""
        width, step = self.target.width, self.source.pixel * self.strides[1]
        rows = min(rows_in_flight(f.relaxed), width)
        column, place = f.integer(0), f.integer(0)

        def store(pixel: int, vector: int, value: Vector) -> None:
            offset = BYTES * (pixel * self.target.pixel + vector * LANES)
            f.store(target, activated(f, value, self.activation), offset)

        with f.loop(column, width):
            place.set(column)
            if width % rows:
                with f.when(place + rows > width):
                    place.set(width - rows)
            target = f.integer(out + place * (BYTES * self.target.pixel))
            tile(f, row + place * (BYTES * step), step, rows, self._runs, weights, bias, vectors, store)
            column.set(column + rows)

    @property
    def _runs(self) -> Runs:
        (height, width), (down, across) = self.size, self.dilation
        pixel, channels = self.source.pixel, self.source.channels
        row_stride = down * self.source.row
        if across == 1 and pixel == channels:
            return Runs(width * channels, rows=height, row_stride=row_stride)
        return Runs(channels, width, across * pixel, height, row_stride)


def panels(kernel: np.ndarray) -> np.ndarray:
    """A kernel (…, filters) → flat float32: panel by panel of eight filters, the last of four where that is enough,
    each (inputs, filters of the panel). Filters are padded with zeros to whole vectors.
    """
    matrix = padded_channels(kernel.reshape(-1, kernel.shape[-1]))
    parts = [matrix[:, start : start + PANEL].ravel() for start in range(0, matrix.shape[1], PANEL)]
    return np.concatenate(parts)
