"""Layer and RMS normalisation: each pixel's channels less their mean, over their root mean square."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .assembler import ADD, ZEROS, Function, Int, IntVariable, Vector, VectorVariable, lanes, lanes_of
from .layout import BYTES, LANES, Layout
from .loops import for_each_pixel, for_each_vector

_AT_ONCE = 4  # sums, so that none waits for the one before


@dataclass(frozen=True)
class Normalization:
    """f(x, scale, offset, y, images): y = x · scale / √(mean of x² + epsilon) + offset over the channels of each pixel,
    where `centred` with x less its mean for x.
    """

    source: Layout
    target: Layout
    epsilon: float
    centred: bool

    def function(self, relaxed: bool) -> Function:
        f = Function(5, relaxed)
        x, scale, offset, y, images = f.parameters

        def pixel(places: list[IntVariable]) -> None:
            place, out = places
            mean = self._mean(f, place, lambda value, channels: channels(value)) if self.centred else f.vector(ZEROS)
            power = self._mean(f, place, lambda value, channels: _square(f, channels(value - mean)))
            factor = f.vector(lanes(1) / (power + lanes(self.epsilon)).sqrt())

            def scaled(s: Int, o: Int) -> None:
                f.store(out, f.fused((f.load(place) - mean) * factor, f.load(s), f.load(o)))

            for_each_vector(f, places, [scale, offset], self.target.pixel, scaled)

        for_each_pixel(f, [x, y], [self.source, self.target], images, pixel)
        return f

    def _mean(self, f: Function, pixel: Int, term: Callable[[Vector, "Channels"], Vector]) -> VectorVariable:
        """Of `term` over all channels, in every lane. It gets a vector of them, and what makes 0 of those that only pad
        it.
        """
        sums = [f.vector(ZEROS) for _ in range(_AT_ONCE)]
        place = f.integer(pixel)
        whole, rest = divmod(self.source.channels, LANES)
        rounds, single = divmod(whole, _AT_ONCE)

        def add(vectors: Sequence[int], channels: "Channels") -> None:
            for vector in vectors:
                sums[vector].set(sums[vector] + term(f.load(place, BYTES * LANES * vector), channels))

        if rounds:
            with f.repeated(rounds):
                add(range(_AT_ONCE), lambda value: value)
                place.set(place + BYTES * LANES * _AT_ONCE)
        add(range(single), lambda value: value)
        if rest:
            add([single], lambda value: value & lanes_of(rest))
        total = f.vector((sums[0] + sums[1]) + (sums[2] + sums[3]))
        return f.vector(total.folded(ADD) * lanes(1 / self.source.channels))


Channels = Callable[[Vector], Vector]


def _square(f: Function, value: Vector) -> Vector:
    value = f.vector(value)
    return value * value
