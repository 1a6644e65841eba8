"""Dense: many rows by tiles, and few rows, or rows of zeros, by the inputs that are not zero."""

from collections.abc import Sequence
from dataclasses import dataclass

from .activation import activated
from .assembler import ZEROS, Function, Int, Vector
from .layout import BYTES, LANES, padded
from .loops import for_each_panel
from .microkernel import PANEL, Runs, rows_in_flight, tile

FEW_ROWS = 4  # fewer do not fill a tile, and panels are not read for them
_LOOKED_AT = 16  # inputs
_SPARSE = 3  # times as many inputs as are not zero, at least, and skipping zeros is faster than tiles


@dataclass(frozen=True)
class Dense:
    """f(x, weights, panels, bias, y, rows, scratch): y = activation(x · weights + bias), the faster way.

    Rows of x are `step` float32 apart; those of weights, (inputs, units), and of y are whole vectors; panels has the
    weights as `conv2d.panels` puts them; scratch has `scratch` float32. How many inputs are zero is seen in the first
    row.
    """

    inputs: int
    units: int
    step: int
    activation: str = "linear"

    @property
    def scratch(self) -> int:
        return 2 * (self.inputs + _Sparse.AT_ONCE)

    def function(self, relaxed: bool) -> Function:
        f = Function(7, relaxed)
        x, weights, panels, bias, y, rows, scratch = f.parameters
        sparse = _Sparse(self)
        many = f.integer(rows > FEW_ROWS - 1)
        with f.when(many):
            end = sparse.collect(f, x, weights, scratch)
            many.set(end > scratch + 2 * BYTES * (self.inputs // _SPARSE))
        with f.when(many):
            _Tiled(self).write(f, x, panels, bias, y, rows)
        with f.when(many < 1):
            sparse.write(f, x, weights, bias, y, rows, scratch)
        return f


@dataclass(frozen=True)
class _Tiled:
    """A panel of units after the other, so that its weights stay in the cache for all rows."""

    dense: Dense

    def write(self, f: Function, x: Int, panels: Int, bias: Int, y: Int, rows: Int) -> None:
        def panel(weights: Int, places: Sequence[Int], vectors: int) -> None:
            bias, out = places
            self._panel(f, x, weights, bias, out, rows, vectors)

        for_each_panel(f, padded(self.dense.units), panels, PANEL * self.dense.inputs, [bias, y], panel)

    def _panel(self, f: Function, x: Int, weights: Int, bias: Int, y: Int, rows: Int, vectors: int) -> None:
        """One panel for all rows: tiles while there are enough, then row by row."""
        dense = self.dense
        step, out_step = BYTES * dense.step, BYTES * padded(dense.units)
        source, target, row = f.integer(x), f.integer(y), f.integer(0)

        def store(place: int, vector: int, value: Vector) -> None:
            f.store(target, activated(f, value, dense.activation), place * out_step + BYTES * LANES * vector)

        for count in (rows_in_flight(f.relaxed), 1):
            with f.when(rows + 1 > row + count), f.loop(row, rows + (1 - count)):
                inputs = [(source, dense.step * i) for i in range(count)]
                tile(f, inputs, Runs(dense.inputs), weights, bias, vectors, store)
                source.set(source + step * count)
                target.set(target + out_step * count)
                row.set(row + count)


@dataclass(frozen=True)
class _Sparse:
    """Each row by itself, reading only the weights of inputs that are not zero, as few are after ReLU and max pooling:
    for few rows the time goes into reading weights.
    """

    dense: Dense

    AT_ONCE = 6  # inputs multiplied between loading and storing the sums
    _BLOCK = 128  # units whose code is written out

    def write(self, f: Function, x: Int, weights: Int, bias: Int, y: Int, rows: Int, scratch: Int) -> None:
        length = BYTES * padded(self.dense.units)
        source, out = f.integer(x), f.integer(y)
        with f.loop(out, f.integer(y + rows * length)):
            end = self.collect(f, source, weights, scratch)
            for n in range(0, length, BYTES * LANES):
                f.store(out, f.load(bias, n), n)
            self._multiply(f, scratch, end, out)
            for n in range(0, length, BYTES * LANES):
                f.store(out, activated(f, f.load(out, n), self.dense.activation), n)
            source.set(source + BYTES * self.dense.step)
            out.set(out + length)

    def collect(self, f: Function, source: Int, weights: Int, scratch: Int) -> Int:
        """Lists pairs (value, address of its weights) of the inputs that are not zero, 16 looked at together. Returns
        the list's end, after which are as many pairs of zeros as `_multiply` may read beyond it.
        """
        pair, place, address = f.integer(scratch), f.integer(source), f.integer(weights)
        bits, lane = f.integer(0), f.integer(0)
        row = BYTES * padded(self.dense.units)
        together, alone = divmod(self.dense.inputs, _LOOKED_AT)
        for at_once, times in ((_LOOKED_AT, together), (1, alone)):
            if not times:
                continue
            with f.repeated(times):
                bits.set(_nonzero(f, place, at_once))
                with f.until_zero(bits):
                    lane.set(bits.trailing_zeros())
                    f.store_int(pair, f.load_int(place + lane * BYTES))
                    f.store_int(pair, address + lane * row, BYTES)
                    pair.set(pair + 2 * BYTES)
                    bits.set(bits & (bits - 1))
                place.set(place + BYTES * at_once)
                address.set(address + row * at_once)
        for i in range(self.AT_ONCE):
            f.store_int(pair, 0, 2 * BYTES * i)
            f.store_int(pair, weights, 2 * BYTES * i + BYTES)
        return pair

    def _multiply(self, f: Function, scratch: Int, end: Int, out: Int) -> None:
        """All pairs for a block of units after another."""
        units = padded(self.dense.units)
        whole, rest = divmod(units, self._BLOCK)
        block = f.integer(0)
        if whole:
            with f.loop(block, BYTES * self._BLOCK * whole):
                self._multiply_block(f, scratch, end, out, block, self._BLOCK)
                block.set(block + BYTES * self._BLOCK)
        if rest:
            self._multiply_block(f, scratch, end, out, block, rest)

    def _multiply_block(self, f: Function, scratch: Int, end: Int, out: Int, block: Int, units: int) -> None:
        pair, sums = f.integer(scratch), f.integer(out + block)
        values = [f.vector(ZEROS) for _ in range(self.AT_ONCE)]
        addresses = [f.integer(0) for _ in range(self.AT_ONCE)]
        with f.loop(pair, end):
            for i in range(self.AT_ONCE):
                values[i].set(f.load_lane(pair, 2 * BYTES * i))
                addresses[i].set(f.load_int(pair, 2 * BYTES * i + BYTES) + block)
            for n in range(0, units, LANES):
                total = f.vector(f.load(sums, BYTES * n))
                for value, address in zip(values, addresses, strict=True):
                    total.set(f.fused(value, f.load(address, BYTES * n), total))
                f.store(sums, total, BYTES * n)
            pair.set(pair + 2 * BYTES * self.AT_ONCE)


def _nonzero(f: Function, place: Int, count: int) -> Int:
    """A bit for each of `count` float32, 1 or whole vectors of them: whether it is not 0."""
    if count == 1:
        return f.load_lane(place).nonzero_lanes() & 1
    bits = f.load(place).nonzero_lanes()
    for vector in range(1, count // LANES):
        bits = bits | f.load(place, BYTES * LANES * vector).nonzero_lanes() << LANES * vector
    return bits
