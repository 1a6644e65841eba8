"""Softmax: e to the power of each value less the largest, divided by their sum."""

from collections.abc import Callable
from dataclasses import dataclass

from .assembler import ADD, MAX, Function, Int, IntVariable, lanes
from .exponential import exponential
from .layout import BYTES, LANES, Layout, padded
from .loops import for_each_pixel

_LOWEST = -3e38  # in the lanes that pad the channels: no probability


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
            channels = f.integer(out)
            with f.loop(out, f.integer(out + BYTES * self.target.pixel)):
                f.store(out, f.load(place))
                for each in places:
                    each.set(each + BYTES * LANES)
            shares(f, channels, self.target.channels)

        for_each_pixel(f, [x, y], [self.source, self.target], images, pixel)
        return f


def shares(f: Function, row: Int, count: int) -> None:
    """So many values in whole vectors, in their place: each one's exponential as its share of all."""
    vectors = padded(count) // LANES
    for lane in range(count, padded(count)):
        f.store_first(row, lanes(_LOWEST), BYTES * lane)
    place, largest, total = f.integer(row), f.vector(lanes(_LOWEST)), f.vector(lanes(0))

    def for_each(body: Callable[[], None]) -> None:
        place.set(row)
        with f.repeated(vectors):
            body()
            place.set(place + BYTES * LANES)

    def power() -> None:
        value = f.vector(exponential(f, f.load(place) - largest))
        f.store(place, value)
        total.set(total + value)

    for_each(lambda: largest.set(f.largest(largest, f.load(place))))
    largest.set(largest.folded(MAX))
    for_each(power)
    total.set(total.folded(ADD))
    for_each(lambda: f.store(place, f.load(place) / total))
