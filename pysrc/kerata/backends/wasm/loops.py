"""The loops that kernels share: over images, rows and pixels of a source and a target, and over panels of outputs."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from .assembler import Function, Int, IntVariable
from .layout import BYTES, LANES, Layout
from .tile import PANEL


@contextmanager
def each_image(
    f: Function, x: Int, y: Int, images: Int, source: Layout, target: Layout, offset: int = 0
) -> Iterator[tuple[IntVariable, IntVariable]]:
    """Runs its body with the first pixels of each image of both, the source's `offset` float32 farther."""
    image, out = f.integer(x + BYTES * (source.start + offset)), f.integer(y + BYTES * target.start)
    with f.loop(out, f.integer(out + images * (BYTES * target.image))):
        yield image, out
        image.set(image + BYTES * source.image)
        out.set(out + BYTES * target.image)


@contextmanager
def each_row(
    f: Function, image: Int, out: Int, source: Layout, target: Layout, stride: int
) -> Iterator[tuple[IntVariable, IntVariable]]:
    """Runs its body with each row of the target and the row of the source where its windows begin."""
    row, out_row = f.integer(image), f.integer(out)
    with f.loop(out_row, f.integer(out + BYTES * target.row * target.height)):
        yield row, out_row
        row.set(row + BYTES * source.row * stride)
        out_row.set(out_row + BYTES * target.row)


def for_each_pixel(
    f: Function,
    arrays: Sequence[Int],
    layouts: Sequence[Layout],
    images: Int,
    body: Callable[[list[IntVariable]], None],
) -> None:
    """Runs the body with the place of each pixel in all arrays, the last of which counts; it moves them to the next."""
    target = layouts[-1]
    places = [f.integer(array + BYTES * layout.start) for array, layout in zip(arrays, layouts, strict=True)]
    out = places[-1]
    with f.loop(out, f.integer(out + images * (BYTES * target.image))):
        with f.loop(out, f.integer(out + BYTES * target.row * target.height)):
            with f.loop(out, f.integer(out + BYTES * target.pixel * target.width)):
                body(places)
            for place, layout in zip(places, layouts, strict=True):
                place.set(place + BYTES * (layout.row - layout.pixel * layout.width))
        for place, layout in zip(places, layouts, strict=True):
            place.set(place + BYTES * (layout.image - layout.row * layout.height))


def for_each_panel(
    f: Function,
    outputs: int,
    weights: Int,
    weight_step: int,
    bias: Int,
    out: Int,
    body: Callable[[Int, Int, Int, int], None],
) -> None:
    """Runs the body with weights, bias and outputs of each panel, and how many vectors it has: two, in the last may be
    one. Weights of a panel are `weight_step` float32 after those of the one before.
    """
    panels, rest = divmod(outputs, PANEL)
    w, b, place = f.integer(weights), f.integer(bias), f.integer(out)
    if panels:
        with f.loop(b, f.integer(bias + BYTES * PANEL * panels)):
            body(w, b, place, PANEL // LANES)
            w.set(w + BYTES * weight_step)
            b.set(b + BYTES * PANEL)
            place.set(place + BYTES * PANEL)
    if rest:
        body(w, b, place, rest // LANES)
