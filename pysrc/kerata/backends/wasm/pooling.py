"""Max and average pooling, over windows or over whole images."""

from dataclasses import dataclass

from .assembler import Function, Int, Vector, lanes
from .layout import BYTES, LANES, Layout
from .loops import each_image, each_row


@dataclass(frozen=True)
class Pooling2D:
    """f(x, y, images): the largest, or the mean, of each window.

    The windows lie within the source and its margin, whose zeros count; the first begins `offset` float32 after the
    source's first pixel.
    """

    source: Layout
    target: Layout
    size: tuple[int, int]
    strides: tuple[int, int]
    average: bool = False
    offset: int = 0

    def function(self, relaxed: bool) -> Function:
        f = Function(3, relaxed)
        x, y, images = f.parameters
        source, target = self.source, self.target
        with (
            each_image(f, x, y, images, source, target, self.offset) as (image, out),
            each_row(f, image, out, source, target, self.strides[0]) as (row, out_row),
        ):
            self._row(f, row, out_row)
        return f

    def _row(self, f: Function, row: Int, out_row: Int) -> None:
        pixel = self.source.pixel
        place, out = f.integer(row), f.integer(out_row)
        with f.loop(out, f.integer(out_row + BYTES * pixel * self.target.width)):
            channels = f.integer(out + BYTES * pixel)
            with f.loop(out, channels):
                f.store(out, self._window(f, place))
                place.set(place + BYTES * LANES)
                out.set(out + BYTES * LANES)
            place.set(place + BYTES * pixel * (self.strides[1] - 1))

    def _window(self, f: Function, place: Int) -> Vector:
        height, width = self.size
        corners = [BYTES * (i * self.source.row + j * self.source.pixel) for i in range(height) for j in range(width)]
        first, *rest = (f.load(place, corner) for corner in corners)
        total = f.vector(first)
        for value in rest:
            total.set(total + value if self.average else f.largest(total, value))
        return total * lanes(1 / (height * width)) if self.average else total


@dataclass(frozen=True)
class GlobalPooling2D:
    """f(x, y, images): the largest, or the mean, of each channel, to images of one pixel."""

    source: Layout
    target: Layout
    average: bool = False

    def function(self, relaxed: bool) -> Function:
        f = Function(3, relaxed)
        x, y, images = f.parameters
        with each_image(f, x, y, images, self.source, self.target) as (image, out):
            channel, place = f.integer(image), f.integer(out)
            with f.loop(place, f.integer(out + BYTES * self.source.pixel)):
                f.store(place, self._channels(f, channel))
                channel.set(channel + BYTES * LANES)
                place.set(place + BYTES * LANES)
        return f

    def _channels(self, f: Function, first: Int) -> Vector:
        """Four channels of all pixels."""
        source = self.source
        total = f.vector(lanes(0 if self.average else float("-inf")))
        row = f.integer(first)
        with f.loop(row, f.integer(first + BYTES * source.row * source.height)):
            pixel = f.integer(row)
            with f.loop(pixel, f.integer(row + BYTES * source.pixel * source.width)):
                value = f.load(pixel)
                total.set(total + value if self.average else f.largest(total, value))
                pixel.set(pixel + BYTES * source.pixel)
            row.set(row + BYTES * source.row)
        return total * lanes(1 / (source.height * source.width)) if self.average else total
