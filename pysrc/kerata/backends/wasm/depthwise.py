"""DepthwiseConv2D: each channel has windows of its own, so four channels are computed at a time."""

from dataclasses import dataclass

from .activation import activated
from .assembler import Function, Int, IntVariable
from .layout import BYTES, LANES, Layout
from .loops import each_image


@dataclass(frozen=True)
class DepthwiseConv2D:
    """f(x, weights, bias, y, images): weights (height · width, padded channels), one filter a channel.

    `border` is how far windows begin (above, left of) the image; what they reach beyond it is zero and left out.
    """

    source: Layout
    target: Layout
    size: tuple[int, int]
    strides: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    border: tuple[int, int] = (0, 0)
    activation: str = "linear"

    def function(self, relaxed: bool) -> Function:
        f = Function(5, relaxed)
        x, weights, bias, y, images = f.parameters
        source, target = self.source, self.target
        with each_image(f, x, y, images, source, target) as (image, out):
            for rows, taps in spans(
                source.height, target.height, self.size[0], self.strides[0], self.dilation[0], self.border[0]
            ):
                first, last = rows[0], rows[-1]
                row = f.integer(out + BYTES * target.row * first)
                place = f.integer(image + self._corner(first))
                with f.loop(row, f.integer(out + BYTES * target.row * (last + 1))):
                    self._row(f, place, weights, bias, row, taps)
                    row.set(row + BYTES * target.row)
                    place.set(place + BYTES * source.row * self.strides[0])
        return f

    def _corner(self, row: int) -> int:
        """From the image's first pixel to where the first window of a row of outputs begins; it may lie before."""
        down = row * self.strides[0] - self.border[0]
        return BYTES * (down * self.source.row - self.border[1] * self.source.pixel)

    def _row(self, f: Function, place: Int, weights: Int, bias: Int, out: Int, rows: list[int]) -> None:
        """A row of output pixels, of whose windows only these rows lie within the image."""
        source, target = self.source, self.target
        for columns, taps in spans(
            source.width, target.width, self.size[1], self.strides[1], self.dilation[1], self.border[1]
        ):
            first, last = columns[0], columns[-1]
            pixel = f.integer(out + BYTES * target.pixel * first)
            window = f.integer(place + BYTES * source.pixel * self.strides[1] * first)
            with f.loop(pixel, f.integer(out + BYTES * target.pixel * (last + 1))):
                self._pixel(f, window, weights, bias, pixel, [(i, j) for i in rows for j in taps])
                window.set(window + BYTES * source.pixel * (self.strides[1] - 1))

    def _pixel(
        self, f: Function, window: IntVariable, weights: Int, bias: Int, out: IntVariable, taps: list[tuple[int, int]]
    ) -> None:
        """All channels of one pixel; window and out are moved to their end."""
        channels = self.target.pixel
        w, b = f.integer(weights), f.integer(bias)
        with f.loop(b, f.integer(bias + BYTES * channels)):
            total = f.vector(f.load(b))
            for i, j in taps:
                offset = i * self.dilation[0] * self.source.row + j * self.dilation[1] * self.source.pixel
                weight = f.load(w, BYTES * channels * (i * self.size[1] + j))
                total.set(f.fused(f.load(window, BYTES * offset), weight, total))
            f.store(out, activated(f, total, self.activation))
            for place in (w, b, window, out):
                place.set(place + BYTES * LANES)


def spans(size: int, count: int, window: int, stride: int, gap: int, border: int) -> list[tuple[range, list[int]]]:
    """Outputs in a row whose windows reach into the image with the same elements: [(outputs, those elements), …]."""
    reached = [[k for k in range(window) if 0 <= output * stride - border + k * gap < size] for output in range(count)]
    starts = [output for output in range(count) if output == 0 or reached[output] != reached[output - 1]]
    return [(range(start, end), reached[start]) for start, end in zip(starts, [*starts[1:], count], strict=True)]
