"""What is done to each value by itself: activations, sums of two arrays, and copies from one layout to another."""

from dataclasses import dataclass

from .activation import activated
from .assembler import Function, IntVariable, Vector
from .layout import BYTES, LANES, Layout


@dataclass(frozen=True)
class Elementwise:
    """f(x, …, y, images): y = activation(x + …), for one or more sources."""

    sources: tuple[Layout, ...]
    target: Layout
    activation: str = "linear"

    def function(self, relaxed: bool) -> Function:
        f = Function(len(self.sources) + 2, relaxed)
        *xs, y, images = f.parameters
        target = self.target
        layouts = (*self.sources, target)
        places = [f.integer(each + BYTES * layout.start) for each, layout in zip((*xs, y), layouts, strict=True)]
        out = places[-1]
        with f.loop(out, f.integer(out + images * (BYTES * target.image))):
            with f.loop(out, f.integer(out + BYTES * target.row * target.height)):
                with f.loop(out, f.integer(out + BYTES * target.pixel * target.width)):
                    f.store(out, activated(f, self._sum(f, places), self.activation))
                    for place in places:
                        place.set(place + BYTES * LANES)
                for place, layout in zip(places, layouts, strict=True):
                    place.set(place + BYTES * (layout.row - layout.pixel * layout.width))
            for place, layout in zip(places, layouts, strict=True):
                place.set(place + BYTES * (layout.image - layout.row * layout.height))
        return f

    @staticmethod
    def _sum(f: Function, places: list[IntVariable]) -> Vector:
        first, *others = (f.load(place) for place in places[:-1])
        for other in others:
            first = first + other
        return first
