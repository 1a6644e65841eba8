"""Softmax over rows: e to the power of each value less the row's largest, divided by their sum."""

from dataclasses import dataclass

from .assembler import ADD, MAX, Function, Int, IntVariable, Vector, VectorVariable, lanes
from .layout import BYTES, LANES, padded

_LOG2_E = 1.44269504
# 2^t for t in ±1/2 is this polynomial, highest power first, within 3 units in the last place of float32: the Taylor
# series of e^(t·ln 2), its highest coefficient adjusted for the interval.
_POWERS = (1.540353e-4, 1.3333558e-3, 9.6181291e-3, 5.5504109e-2, 2.4022651e-1, 6.9314718e-1, 1.0)
_LEAST_EXPONENT = -126.0  # below, float32 is no longer normal
_LOWEST = -3e38  # in the lanes that pad a row: no probability


def exponential(f: Function, value: Vector) -> Vector:
    """e to the power of a value ≤ 0: 2^n · 2^t, n whole and put into the exponent's bits, t at most a half."""
    scaled = f.vector((value * lanes(_LOG2_E)).max(lanes(_LEAST_EXPONENT)))
    whole = f.vector(scaled.nearest())
    rest = f.vector(scaled - whole)
    power = lanes(_POWERS[0])
    for coefficient in _POWERS[1:]:
        power = f.fused(power, rest, lanes(coefficient))
    return power * whole.to_int().plus_int(127).shifted(23)


@dataclass(frozen=True)
class Softmax:
    """f(x, y, rows): rows of `size` values, padded to whole vectors."""

    size: int

    def function(self, relaxed: bool) -> Function:
        f = Function(3, relaxed)
        x, y, rows = f.parameters
        length = BYTES * padded(self.size)
        source, row = f.integer(x), f.integer(y)
        with f.loop(row, f.integer(y + rows * length)):
            end = f.integer(row + length)
            largest = self._copy(f, source, row, end)
            total = self._exponentials(f, row, end, largest)
            place = f.integer(row)
            with f.loop(place, end):
                f.store(place, f.load(place) / total)
                place.set(place + BYTES * LANES)
            row.set(end)
        return f

    def _copy(self, f: Function, source: IntVariable, row: Int, end: Int) -> VectorVariable:
        """From x to y, what pads the row so low that it has no probability; returns the largest value."""
        place, largest = f.integer(row), f.vector(lanes(_LOWEST))
        with f.loop(place, end):
            f.store(place, f.load(source))
            source.set(source + BYTES * LANES)
            place.set(place + BYTES * LANES)
        for lane in range(self.size, padded(self.size)):
            f.store_first(row, lanes(_LOWEST), BYTES * lane)
        place.set(row)
        with f.loop(place, end):
            largest.set(largest.max(f.load(place)))
            place.set(place + BYTES * LANES)
        largest.set(largest.folded(MAX))
        return largest

    @staticmethod
    def _exponentials(f: Function, row: Int, end: Int, largest: VectorVariable) -> VectorVariable:
        place, total = f.integer(row), f.vector(lanes(0))
        with f.loop(place, end):
            power = f.vector(exponential(f, f.load(place) - largest))
            f.store(place, power)
            total.set(total + power)
            place.set(place + BYTES * LANES)
        total.set(total.folded(ADD))
        return total
