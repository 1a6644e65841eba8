"""Conv2D, directly: tiles of output pixels times panels of eight filters."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .activation import activated
from .assembler import Function, Int, IntVariable, Vector
from .layout import BYTES, LANES, Layout, aligned, padded_channels
from .loops import each_image, for_each_panel
from .microkernel import PANEL, Runs, rows_in_flight, tile

_CACHE = 2**18  # bytes of inputs that stay in a core's cache


@dataclass(frozen=True)
class Conv2D:
    """f(x, pixels, weights, bias, y, images): y = activation(conv(x) + bias).

    The windows lie within the source and its margin; the first begins `offset` float32 after the source's first pixel
    (before it, for a window that begins in the margin). pixels, weights and bias are those of one group of channels and
    filters, the latter whole vectors: each is a call with what `pixels` gives for it.
    """

    source: Layout
    target: Layout
    size: tuple[int, int]
    strides: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    offset: int = 0
    activation: str = "linear"
    groups: int = 1

    def pixels(self, relaxed: bool, group: int = 0) -> np.ndarray:
        """Where windows begin and where their outputs go: bytes, int32 (blocks, tiles, 2, pixels of a tile).

        Tiles run across the ends of rows; what the last ones have too much repeats the last pixel.
        """
        blocks, tiles = self._blocks(relaxed)
        numbers = np.arange(blocks * tiles * rows_in_flight(relaxed))
        row, column = np.divmod(np.minimum(numbers, self._count - 1), self.target.width)
        begins = row * self.strides[0] * self.source.row + column * self.strides[1] * self.source.pixel
        goes = row * self.target.row + column * self.target.pixel
        begins, goes = begins + group * self._channels, goes + group * self._filters
        pairs = np.stack([begins, goes]).reshape(2, blocks, tiles, -1)
        return (BYTES * pairs.transpose(1, 2, 0, 3)).astype(np.int32)

    @property
    def _channels(self) -> int:
        """That a window sees."""
        return self.source.channels // self.groups

    @property
    def _filters(self) -> int:
        """Of a group, in whole vectors."""
        return self.target.pixel // self.groups

    @property
    def _count(self) -> int:
        return self.target.height * self.target.width

    def _blocks(self, relaxed: bool) -> tuple[int, int]:
        """(blocks, tiles of a block): as few blocks as have inputs that stay in the cache while all weights pass."""
        at_once = rows_in_flight(relaxed)
        tiles = -(-self._count // at_once)
        room = BYTES * self.source.pixel * self.strides[0] * self.strides[1] * at_once
        blocks = -(-tiles // max(1, _CACHE // room))
        return blocks, -(-tiles // blocks)

    def function(self, relaxed: bool) -> Function:
        f = Function(6, relaxed)
        x, pixels, weights, bias, y, images = f.parameters
        at_once, (blocks, tiles) = rows_in_flight(relaxed), self._blocks(relaxed)
        step = 2 * BYTES * at_once
        with each_image(f, x, y, images, self.source, self.target, self.offset) as (image, out):
            block = f.integer(pixels)
            with f.repeated(blocks):

                def panel(weights: Int, places: Sequence[Int], vectors: int) -> None:
                    bias, out = places
                    place = f.integer(block)
                    with f.repeated(tiles):
                        self._tile(f, place, image, weights, bias, out, vectors)
                        place.set(place + step)

                for_each_panel(f, self._filters, weights, PANEL * self._runs.size, [bias, out], panel)
                block.set(block + step * tiles)
        return f

    def _tile(
        self, f: Function, pixels: IntVariable, image: Int, weights: Int, bias: Int, out: Int, vectors: int
    ) -> None:
        at_once = rows_in_flight(f.relaxed)
        inputs = [(f.integer(image + f.load_int(pixels, BYTES * i)), 0) for i in range(at_once)]
        target = f.integer(out)

        def store(pixel: int, vector: int, value: Vector) -> None:
            if vector == 0:
                target.set(out + f.load_int(pixels, BYTES * (at_once + pixel)))
            f.store(target, activated(f, value, self.activation), BYTES * LANES * vector)

        tile(f, inputs, self._runs, weights, bias, vectors, store)

    @property
    def _runs(self) -> Runs:
        (height, width), (down, across) = self.size, self.dilation
        pixel, channels = self.source.pixel, self._channels
        row_stride = down * self.source.row
        if across == 1 and pixel == channels:
            return Runs(width * channels, rows=height, row_stride=row_stride)
        return Runs(channels, width, across * pixel, height, row_stride)


def panels(kernel: np.ndarray) -> np.ndarray:
    """A kernel (…, filters) → flat float32, aligned: panel by panel of eight filters, the last of four where that is
    enough, each (inputs, filters of the panel). Filters are padded with zeros to whole vectors.
    """
    matrix = padded_channels(kernel.reshape(-1, kernel.shape[-1]))
    parts = [matrix[:, start : start + PANEL].ravel() for start in range(0, matrix.shape[1], PANEL)]
    # Where engines leave it: a copy would stay beside it.
    return np.concatenate(parts, out=aligned(matrix.size))
