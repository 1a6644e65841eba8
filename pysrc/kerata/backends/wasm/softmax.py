"""Softmax: e to the power of each value less the largest, divided by their sum."""

from dataclasses import dataclass

from .assembler import ADD, MAX, Function, Int, IntVariable, Vector, VectorVariable, lanes
from .layout import BYTES, LANES, Layout
from .loops import for_each_pixel

_LOG2_E = 1.44269504
# 2^t for t in ±1/2 is this polynomial, highest power first, within 3 units in the last place of float32: the Taylor
# series of e^(t·ln 2), its highest coefficient adjusted for the interval.
_POWERS = (1.540353e-4, 1.3333558e-3, 9.6181291e-3, 5.5504109e-2, 2.4022651e-1, 6.9314718e-1, 1.0)
_LEAST_EXPONENT = -126.0  # below, float32 is no longer normal
_LOWEST = -3e38  # in the lanes that pad the channels: no probability


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
    """f(x, y, images): over the channels of each pixel."""

    source: Layout
    target: Layout

    def function(self, relaxed: bool) -> Function:
        f = Function(3, relaxed)
        x, y, images = f.parameters

        def pixel(places: list[IntVariable]) -> None:
            place, out = places
            self._pixel(f, place, out)
            place.set(place + BYTES * self.source.pixel)
            out.set(out + BYTES * self.target.pixel)

        for_each_pixel(f, [x, y], [self.source, self.target], images, pixel)
        return f

    def _pixel(self, f: Function, source: Int, target: Int) -> None:
        end = f.integer(target + BYTES * self.target.pixel)
        largest = self._copy(f, source, target, end)
        place, total = f.integer(target), f.vector(lanes(0))
        with f.loop(place, end):
            power = f.vector(exponential(f, f.load(place) - largest))
            f.store(place, power)
            total.set(total + power)
            place.set(place + BYTES * LANES)
        total.set(total.folded(ADD))
        place.set(target)
        with f.loop(place, end):
            f.store(place, f.load(place) / total)
            place.set(place + BYTES * LANES)

    def _copy(self, f: Function, source: Int, target: Int, end: Int) -> VectorVariable:
        """From x to y, what pads the channels so low that it has no probability; returns the largest value."""
        place, value, largest = f.integer(target), f.integer(source), f.vector(lanes(_LOWEST))
        with f.loop(place, end):
            f.store(place, f.load(value))
            value.set(value + BYTES * LANES)
            place.set(place + BYTES * LANES)
        for lane in range(self.target.channels, self.target.pixel):
            f.store_first(target, lanes(_LOWEST), BYTES * lane)
        place.set(target)
        with f.loop(place, end):
            largest.set(f.largest(largest, f.load(place)))
            place.set(place + BYTES * LANES)
        largest.set(largest.folded(MAX))
        return largest
