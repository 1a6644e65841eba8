"""Conv2D of 3×3 windows by Winograd's F(4×4, 3×3): a quarter of the multiplications.

A tile of 4×4 outputs depends on 6×6 inputs. With V = Bᵀ·d·B and U = G·g·Gᵀ, its outputs are Aᵀ·(U ∘ V)·A, and the
products over channels become 36 matrix products (A. Lavin, S. Gray, *Fast algorithms for convolutional neural
networks*, 2015; the points are 0, ±1, ±2, ∞).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from ...layers.common.winograd import KERNEL_TRANSFORM, TILE, WINDOW
from .activation import activated
from .assembler import Function, Int, IntVariable, Vector, lanes
from .conv2d import panels
from .layout import BYTES, LANES, Layout, padded
from .loops import each_image, for_each_panel
from .microkernel import PANEL, Runs, rows_in_flight, tile

_PLACES = WINDOW * WINDOW
_MAX_TILES = 64  # at once


def weights_of(kernel: np.ndarray) -> np.ndarray:
    """(3, 3, channels, filters) → U, flat float32: panels as `conv2d.panels` makes them, in each place after place."""
    u = np.einsum("ia,abcn,jb->ijcn", KERNEL_TRANSFORM, kernel.astype(np.float64), KERNEL_TRANSFORM)
    return panels(u.reshape(-1, kernel.shape[-1]))


def weights_size(shape: tuple[int, ...]) -> int:
    """Of U, in float32, for a kernel (3, 3, channels, filters)."""
    return _PLACES * shape[2] * padded(shape[3])


@dataclass(frozen=True)
class Winograd:
    """f(x, weights, bias, y, images, scratch): y = activation(conv(x) + bias), then the largest of 2×2 if `pooled`.

    Both sides of the target are at least one tile; the last tile of a row or column overlaps the one before it. Where
    it is pooled they are whole tiles. Windows lie within the source and its margin, the first `offset` float32 after
    the source's first pixel. scratch: `scratch` float32.
    """

    source: Layout
    target: Layout
    offset: int = 0
    activation: str = "linear"
    pooled: bool = False

    @property
    def _side(self) -> int:
        """Output pixels of a tile, on each side."""
        return TILE // 2 if self.pooled else TILE

    @property
    def _across(self) -> int:
        """Tiles in a row."""
        return -(-self.target.width // self._side)

    def _rows(self, at_once: int) -> int:
        """Rows of tiles that are transformed and multiplied together: few enough for the cache, and as many as leave
        little of the last stretch of the matrix product empty.
        """
        down = -(-self.target.height // self._side)

        def waste(rows: int) -> float:
            tiles = rows * self._across
            return -(-tiles // at_once) * at_once / tiles

        choices = [rows for rows in range(1, down + 1) if down % rows == 0 and rows * self._across <= _MAX_TILES]
        return min(choices, key=waste, default=1)

    def scratch(self, relaxed: bool) -> int:
        tiles = self._rows(rows_in_flight(relaxed)) * self._across
        return _PLACES * tiles * (self.source.channels + PANEL)

    def function(self, relaxed: bool) -> Function:
        f = Function(6, relaxed)
        x, weights, bias, y, images, scratch = f.parameters
        source, target, side = self.source, self.target, self._side
        rows = self._rows(rows_in_flight(relaxed))
        products = f.integer(scratch + BYTES * _PLACES * rows * self._across * source.channels)
        first, place = f.integer(0), f.integer(0)  # output row; in V or M
        with each_image(f, x, y, images, source, target, self.offset) as (image, out):
            first.set(0)
            with f.loop(first, target.height):
                place.set(scratch)
                with self._tiles(f, first, rows) as (row, column):
                    d = image + (row * source.row + column * source.pixel) * (BYTES * TILE // side)
                    self._transform_inputs(f, d, place, rows)

                def panel(weights: Int, places: Sequence[Int], vectors: int) -> None:
                    """The products of a panel of filters stay in the nearest cache until they are transformed."""
                    bias, out = places
                    self._multiply(f, scratch, weights, products, rows, vectors)
                    place.set(products)
                    with self._tiles(f, first, rows) as (row, column):
                        tile_ = out + (row * target.row + column * target.pixel) * BYTES
                        self._transform_outputs(f, place, bias, tile_, rows, vectors)

                for_each_panel(f, target.pixel, weights, PANEL * _PLACES * source.channels, [bias, out], panel)
                first.set(first + side * rows)
        return f

    @contextmanager
    def _tiles(self, f: Function, first: Int, rows: int) -> Iterator[tuple[IntVariable, IntVariable]]:
        """Runs its body with the output row and column of each tile of some rows of tiles."""
        height, width, side = self.target.height, self.target.width, self._side
        row, column, top, left = f.integer(first), f.integer(0), f.integer(0), f.integer(0)
        with f.loop(row, f.integer(first + side * rows)):
            _set_at_most(f, top, row, height - side)
            column.set(0)
            with f.loop(column, width):
                _set_at_most(f, left, column, width - side)
                yield top, left
                column.set(column + side)
            row.set(row + side)

    def _transform_inputs(self, f: Function, window: Int, v: IntVariable, rows: int) -> None:
        """V of a tile, (place, tile, channel); v is moved to the next tile."""
        source, tiles = self.source, rows * self._across
        place = f.integer(window)
        with f.loop(place, f.integer(place + BYTES * source.channels)):

            def d(i: int, j: int) -> Vector:
                return f.load(place, BYTES * (i * source.row + j * source.pixel))

            for i, values in enumerate(_both_ways(f, d, _input_transform)):
                for j, value in enumerate(values):
                    f.store(v, value, BYTES * (i * WINDOW + j) * tiles * source.channels)
            place.set(place + BYTES * LANES)
            v.set(v + BYTES * LANES)

    def _multiply(self, f: Function, v: Int, weights: Int, products: Int, rows: int, vectors: int) -> None:
        """M = V · U at each place: (tiles, channels) times (channels, a panel's filters)."""
        channels, filters, tiles = self.source.channels, LANES * vectors, rows * self._across
        at_once = min(rows_in_flight(f.relaxed), tiles)
        inputs, w, m = f.integer(v), f.integer(weights), f.integer(products)
        place, out, number = f.integer(0), f.integer(0), f.integer(0)

        def store(tile_: int, vector: int, value: Vector) -> None:
            f.store(out, value, BYTES * (tile_ * filters + vector * LANES))

        with f.loop(inputs, products):
            number.set(0)
            with f.loop(number, tiles):
                _set_at_most(f, place, number, tiles - at_once)
                out.set(m + place * (BYTES * filters))
                start = inputs + place * (BYTES * channels)
                rows_of = [(start, channels * i) for i in range(at_once)]
                tile(f, rows_of, Runs(channels), w, None, vectors, store)
                number.set(number + at_once)
            w.set(w + BYTES * filters * channels)
            m.set(m + BYTES * filters * tiles)
            inputs.set(inputs + BYTES * channels * tiles)

    def _transform_outputs(self, f: Function, m: IntVariable, bias: Int, out: Int, rows: int, vectors: int) -> None:
        """Aᵀ·M·A of a tile, bias and activation, and the tile is in its place; m is moved to the next tile."""
        target, side, step = self.target, self._side, BYTES * rows * self._across * LANES * vectors
        place, b = f.integer(out), f.integer(bias)
        with f.loop(b, f.integer(bias + BYTES * LANES * vectors)):

            def products(i: int, j: int) -> Vector:
                return f.load(m, step * (i * WINDOW + j))

            rows_of = _both_ways(f, products, _output_transform)
            for i in range(side):
                values = _largest(f, next(rows_of), next(rows_of)) if self.pooled else next(rows_of)
                for j, value in enumerate(values):
                    offset = BYTES * (i * target.row + j * target.pixel)
                    f.store(place, activated(f, value + f.load(b), self.activation), offset)
            for each in (b, m, place):
                each.set(each + BYTES * LANES)


def _set_at_most(f: Function, variable: IntVariable, value: Int, most: int) -> None:
    variable.set(value)
    with f.when(variable > most):
        variable.set(most)


def _largest(f: Function, upper: list[Vector], lower: list[Vector]) -> list[Vector]:
    """Of each 2×2 in two rows. Bias and activation, which do not change the order, come after."""
    columns = [f.vector(f.largest(*pair)) for pair in zip(upper, lower, strict=True)]
    return [f.largest(*pair) for pair in zip(columns[::2], columns[1::2], strict=True)]


Transform = Callable[[Function, list[Vector]], list[Vector]]


def _both_ways(f: Function, load: Callable[[int, int], Vector], transform: Transform) -> Iterator[list[Vector]]:
    """The transform of all columns, then of one row after the other. `load` gives what is in a row and column; it is
    called late and rows are to be used early, since V8 keeps the order and has few registers.
    """
    columns = [transform(f, [f.vector(load(i, j)) for i in range(WINDOW)]) for j in range(WINDOW)]
    for row in zip(*columns, strict=True):
        yield transform(f, list(row))


def _input_transform(f: Function, d: list[Vector]) -> list[Vector]:
    """Bᵀ·d: six inputs to six."""
    even, odd = f.vector(f.fused(d[2], lanes(-4), d[4])), f.vector(f.fused(d[1], lanes(-4), d[3]))
    near, far = f.vector(d[4] - d[2]), f.vector(d[3] - d[1])
    twice = f.vector(far + far)
    return [
        f.vector(value)
        for value in (
            f.fused(d[0] - d[2], lanes(4), near),
            even + odd,
            even - odd,
            near + twice,
            near - twice,
            f.fused(far, lanes(-4), d[5] - d[3]),
        )
    ]


def _output_transform(f: Function, m: list[Vector]) -> list[Vector]:
    """Aᵀ·m: six products to four outputs."""
    sum1, difference1 = f.vector(m[1] + m[2]), f.vector(m[1] - m[2])
    sum2, difference2 = f.vector(m[3] + m[4]), f.vector(m[3] - m[4])
    twice = f.vector(difference2 + difference2)
    return [
        f.vector(value)
        for value in (
            m[0] + sum1 + sum2,
            difference1 + twice,
            f.fused(sum2, lanes(4), sum1),
            f.fused(twice, lanes(4), difference1) + m[5],
        )
    ]
