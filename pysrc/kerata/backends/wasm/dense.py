"""Dense, for many rows by tiles, and for one row by the inputs that are not zero."""

from dataclasses import dataclass

from .activation import activated
from .assembler import ZEROS, Function, Int, Vector
from .layout import BYTES, LANES, padded
from .loops import for_each_panel
from .tile import PANEL, Runs, rows_in_flight, tile


@dataclass(frozen=True)
class Dense:
    """f(x, weights, bias, y, rows): y = activation(x · weights + bias), by tiles.

    Rows of x are `step` float32 apart; those of weights, (inputs, units), and of y are whole vectors.
    """

    inputs: int
    units: int
    step: int
    activation: str = "linear"

    def function(self, relaxed: bool) -> Function:
        f = Function(5, relaxed)
        x, weights, bias, y, rows = f.parameters

        def panel(weights: Int, bias: Int, out: Int, vectors: int) -> None:
            self._panel(f, x, weights, bias, out, rows, vectors)

        for_each_panel(f, padded(self.units), weights, PANEL, bias, y, panel)
        return f

    def _panel(self, f: Function, x: Int, weights: Int, bias: Int, y: Int, rows: Int, vectors: int) -> None:
        """One panel for all rows: tiles while there are enough, then row by row."""
        step, out_step = BYTES * self.step, BYTES * padded(self.units)
        at_once = rows_in_flight(f.relaxed)
        source, target, row = f.integer(x), f.integer(y), f.integer(0)

        def store(place: int, vector: int, value: Vector) -> None:
            f.store(target, activated(f, value, self.activation), place * out_step + BYTES * LANES * vector)

        for count in (at_once, 1):
            with f.when(rows + 1 > row + count), f.loop(row, rows + (1 - count)):
                tile(f, source, self.step, count, Runs(self.inputs), weights, bias, vectors, store, padded(self.units))
                source.set(source + step * count)
                target.set(target + out_step * count)
                row.set(row + count)


@dataclass(frozen=True)
class SparseDense:
    """f(x, weights, bias, y, rows, scratch): the same, each row by itself, reading only the weights of inputs that are
    not zero, as most are after ReLU and max pooling: for few rows the time goes into reading weights.

    scratch: `scratch` float32.
    """

    inputs: int
    units: int
    step: int
    activation: str = "linear"

    _AT_ONCE = 6  # inputs multiplied between loading and storing the sums
    _BLOCK = 128  # units whose code is written out

    @property
    def scratch(self) -> int:
        return 2 * (self.inputs + self._AT_ONCE)

    def function(self, relaxed: bool) -> Function:
        f = Function(6, relaxed)
        x, weights, bias, y, rows, scratch = f.parameters
        length = BYTES * padded(self.units)
        source, out = f.integer(x), f.integer(y)
        with f.loop(out, f.integer(y + rows * length)):
            end = self._collect(f, source, weights, scratch)
            for n in range(0, length, BYTES * LANES):
                f.store(out, f.load(bias, n), n)
            self._multiply(f, scratch, end, out)
            for n in range(0, length, BYTES * LANES):
                f.store(out, activated(f, f.load(out, n), self.activation), n)
            source.set(source + BYTES * self.step)
            out.set(out + length)
        return f

    def _collect(self, f: Function, source: Int, weights: Int, scratch: Int) -> Int:
        """Lists pairs (value, address of its weights) without a branch: a zero is overwritten by the next. Returns the
        list's end, after which are as many pairs of zeros as `_multiply` may read beyond it.
        """
        pair, place, address = f.integer(scratch), f.integer(source), f.integer(weights)
        bits = f.integer(0)
        with f.loop(place, f.integer(source + BYTES * self.inputs)):
            bits.set(f.load_int(place))
            f.store_int(pair, bits)
            f.store_int(pair, address, BYTES)
            pair.set(pair + bits.nonzero() * (2 * BYTES))
            place.set(place + BYTES)
            address.set(address + BYTES * padded(self.units))
        for i in range(self._AT_ONCE):
            f.store_int(pair, 0, 2 * BYTES * i)
            f.store_int(pair, weights, 2 * BYTES * i + BYTES)
        return pair

    def _multiply(self, f: Function, scratch: Int, end: Int, out: Int) -> None:
        """All pairs for a block of units after another."""
        units = padded(self.units)
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
        values = [f.vector(ZEROS) for _ in range(self._AT_ONCE)]
        addresses = [f.integer(0) for _ in range(self._AT_ONCE)]
        with f.loop(pair, end):
            for i in range(self._AT_ONCE):
                values[i].set(f.load_lane(pair, 2 * BYTES * i))
                addresses[i].set(f.load_int(pair, 2 * BYTES * i + BYTES) + block)
            for n in range(0, units, LANES):
                total = f.vector(f.load(sums, BYTES * n))
                for value, address in zip(values, addresses, strict=True):
                    total.set(f.fused(value, f.load(address, BYTES * n), total))
                f.store(sums, total, BYTES * n)
            pair.set(pair + 2 * BYTES * self._AT_ONCE)
