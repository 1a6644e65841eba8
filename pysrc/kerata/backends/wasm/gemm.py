"""Matrix products of any size, for what the layers on NumPy multiply: where NumPy has no BLAS, most of their time.

The other kernels are written for a layer's sizes; this one gets them when it is called.
"""

from collections.abc import Sequence

import numpy as np

from .assembler import ZEROS, Function, Int, IntVariable, module
from .engine import Engine
from .layout import BYTES, LANES
from .loops import covering
from .microkernel import PANEL, rows_in_flight

MIN_COLUMNS = LANES
_WIDE = 8 * LANES  # columns of a single row at a time
_UNROLLED = 4  # products written out


class Gemm:
    """a (batch, m, k) · b (batch, k, n) → (batch, m, n), float32; n is at least `MIN_COLUMNS`."""

    def __init__(self, engine: Engine) -> None:
        self._address = engine.address
        self._run = engine.load(module({"gemm": _function(engine.relaxed)}))("gemm")
        self._array = engine.array

    def __call__(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        a, b = _with_rows(a), _with_rows(b)
        batch, m, k = a.shape
        n = b.shape[2]
        c = self._array(batch * m * n).reshape(batch, m, n)
        steps = [array.strides[axis] for axis in (0, 1) for array in (a, b, c)]
        self._run(*(self._address(array) for array in (a, b, c)), batch, m, BYTES * n, BYTES * k, *steps)
        return c


def _with_rows(array: np.ndarray) -> np.ndarray:
    """float32 whose rows are without gaps, a copy where they were not."""
    array = np.asarray(array, np.float32)
    return array if array.strides[-1] == BYTES else np.ascontiguousarray(array)


def _function(relaxed: bool) -> Function:
    """f(a, b, c, batch, m, n, k, and in bytes: from matrix to matrix of a, b and c, from row to row of a, b and c).

    n and k are in bytes, too.
    """
    f = Function(13, relaxed)
    a, b, c, batch, m, n, k, *steps = f.parameters
    matrices, rows = steps[:3], steps[3:]
    done = f.integer(0)
    with f.loop(done, batch):
        _Product(f, (a, b, c), m, n, k, rows).write()
        for address, step in zip((a, b, c), matrices, strict=True):
            address.set(address + step)
        done.set(done + 1)
    return f


class _Product:
    """Tile by tile: some columns after others, and in them some rows after others. Where the last tile of a row or a
    column does not fit, it is moved back, and some sums are made twice.
    """

    def __init__(
        self, f: Function, addresses: Sequence[IntVariable], m: Int, n: Int, k: Int, steps: Sequence[Int]
    ) -> None:
        self.f, self.m, self.n, self.k = f, m, n, k
        self.a, self.b, self.c = addresses
        self.a_step, self.b_step, self.c_step = steps

    def write(self) -> None:
        f = self.f
        tall = rows_in_flight(f.relaxed)
        is_tall, is_panel = f.integer(self.m > tall - 1), f.integer(self.n > BYTES * PANEL - 1)
        is_wide = f.integer(self.n > BYTES * _WIDE - 1)
        with f.when(is_tall):
            with f.when(is_panel):
                self._tiles(tall, PANEL)
            with f.when(is_panel < 1):
                self._tiles(tall, LANES)
        with f.when(is_tall < 1):
            with f.when(is_wide):
                self._tiles(1, _WIDE)
            with f.when(is_panel > is_wide):
                self._tiles(1, PANEL)
            with f.when(is_panel < 1):
                self._tiles(1, LANES)

    def _tiles(self, rows: int, columns: int) -> None:
        f = self.f

        def across(column: Int) -> None:
            covering(f, self.m, rows, lambda row: self._tile(row, rows, column, columns))

        covering(f, self.n, BYTES * columns, across)

    def _tile(self, row: Int, rows: int, column: Int, columns: int) -> None:
        f, vectors = self.f, columns // LANES
        first = f.integer(self.a + row * self.a_step)
        inputs = [first]
        for _ in range(rows - 1):
            inputs.append(f.integer(inputs[-1] + self.a_step))
        weights = f.integer(self.b + column)
        sums = [[f.vector(ZEROS) for _ in range(vectors)] for _ in range(rows)]
        weight, value = [f.vector(ZEROS) for _ in range(min(vectors, 2))], f.vector(ZEROS)

        def multiply(ahead: int) -> None:
            """Adds the products of the inputs so many bytes ahead with the next row of weights."""
            if rows == 1:
                value.set(f.load_lane(inputs[0], ahead))
                for v in range(vectors):
                    sums[0][v].set(f.fused(value, f.load(weights, BYTES * LANES * v), sums[0][v]))
            else:
                for v in range(vectors):
                    weight[v].set(f.load(weights, BYTES * LANES * v))
                for place, those in zip(inputs, sums, strict=True):
                    value.set(f.load_lane(place, ahead))
                    for v in range(vectors):
                        those[v].set(f.fused(value, weight[v], those[v]))
            weights.set(weights + self.b_step)

        def move(by: int) -> None:
            for place in inputs:
                place.set(place + by)

        end = f.integer(first + self.k)
        whole = f.integer(end - BYTES * (_UNROLLED - 1))
        with f.when(self.k > BYTES * _UNROLLED - 1), f.loop(first, whole):
            for place in range(_UNROLLED):
                multiply(BYTES * place)
            move(BYTES * _UNROLLED)
        with f.when(first < end), f.loop(first, end):
            multiply(0)
            move(BYTES)
        target = f.integer(self.c + column + row * self.c_step)
        for those in sums:
            for v in range(vectors):
                f.store(target, those[v], BYTES * LANES * v)
            target.set(target + self.c_step)
