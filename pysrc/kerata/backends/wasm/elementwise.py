"""What is done to each value by itself: activations, scales, sums of arrays, copies from one layout to another."""

from dataclasses import dataclass

from .activation import activated
from .assembler import Function, Int, IntVariable, Vector
from .layout import BYTES, LANES, Layout
from .loops import for_each_pixel, for_each_vector


@dataclass(frozen=True)
class Scaled:
    """f(x, scale, offset, y, images): y = activation(x · scale + offset), of which each channel has its own."""

    source: Layout
    target: Layout
    activation: str = "linear"

    def function(self, relaxed: bool) -> Function:
        f = Function(5, relaxed)
        x, scale, offset, y, images = f.parameters

        def pixel(places: list[IntVariable]) -> None:
            place, out = places

            def scaled(s: Int, o: Int) -> None:
                f.store(out, activated(f, f.fused(f.load(place), f.load(s), f.load(o)), self.activation))

            for_each_vector(f, places, [scale, offset], self.target.pixel, scaled)

        for_each_pixel(f, [x, y], [self.source, self.target], images, pixel)
        return f


@dataclass(frozen=True)
class Elementwise:
    """f(x, …, y, images): y = activation(x + …), for one or more sources."""

    sources: tuple[Layout, ...]
    target: Layout
    activation: str = "linear"

    def function(self, relaxed: bool) -> Function:
        f = Function(len(self.sources) + 2, relaxed)
        *xs, y, images = f.parameters

        def pixel(places: list[IntVariable]) -> None:
            out = places[-1]
            with f.loop(out, f.integer(out + BYTES * self.target.pixel)):
                f.store(out, activated(f, self._add(f, places), self.activation))
                for place in places:
                    place.set(place + BYTES * LANES)

        for_each_pixel(f, [*xs, y], [*self.sources, self.target], images, pixel)
        return f

    @staticmethod
    def _add(f: Function, places: list[IntVariable]) -> Vector:
        first, *others = (f.load(place) for place in places[:-1])
        for other in others:
            first = first + other
        return first
