"""Conv2D, directly: tiles of output pixels times panels of eight filters."""

from dataclasses import dataclass

import numpy as np

from .activation import activated
from .assembler import Function, Int, Vector
from .layout import BYTES, LANES, Layout
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
        image = f.integer(x + BYTES * (source.start + self.offset))
        out = f.integer(y + BYTES * target.start)
        with f.loop(out, f.integer(out + images * (BYTES * target.image))):
            row, out_row = f.integer(image), f.integer(out)
            with f.loop(out_row, f.integer(out + BYTES * target.row * target.height)):
                self._row(f, row, weights, bias, out_row)
                row.set(row + BYTES * source.row * self.strides[0])
                out_row.set(out_row + BYTES * target.row)
            image.set(image + BYTES * source.image)
            out.set(out + BYTES * target.image)
        return f

    def _row(self, f: Function, row: Int, weights: Int, bias: Int, out_row: Int) -> None:
        """All filters of a row of output pixels, panel by panel."""
        panels, rest = divmod(self.target.pixel, PANEL)
        w, b, out = f.integer(weights), f.integer(bias), f.integer(out_row)
        if panels:
            with f.loop(b, f.integer(bias + BYTES * PANEL * panels)):
                self._panel(f, row, w, b, out, PANEL // LANES)
                w.set(w + BYTES * PANEL * self._runs.size)
                b.set(b + BYTES * PANEL)
                out.set(out + BYTES * PANEL)
        if rest:
            self._panel(f, row, w, b, out, rest // LANES)

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
    filters = kernel.shape[-1]
    matrix = np.pad(kernel.reshape(-1, filters), ((0, 0), (0, -filters % LANES)))
    parts = [matrix[:, start : start + PANEL].ravel() for start in range(0, matrix.shape[1], PANEL)]
    return np.concatenate(parts).astype(np.float32)


def padded_bias(bias: np.ndarray) -> np.ndarray:
    return np.pad(bias, (0, -len(bias) % LANES)).astype(np.float32)
