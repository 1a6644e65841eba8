"""The loops that kernels share: over images, rows and pixels of a source and a target, and over panels of outputs."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from .assembler import Function, Int, IntVariable
from .layout import BYTES, LANES, Layout
from .microkernel import PANEL


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


def for_each_vector(
    f: Function, places: Sequence[IntVariable], weights: Sequence[Int], channels: int, body: Callable[..., None]
) -> None:
    """Runs the body for each vector of a pixel's channels, with its places in the weights, of which every channel has
    its own; moves the pixel's `places` in other arrays on with it.
    """
    own = [f.integer(weight) for weight in weights]
    with f.repeated(channels // LANES):
        body(*own)
        for each in (*places, *own):
            each.set(each + BYTES * LANES)


def for_each_panel(
    f: Function,
    outputs: int,
    weights: Int,
    weight_step: int,
    arrays: Sequence[Int],
    body: Callable[[Int, Sequence[Int], int], None],
) -> None:
    """Runs the body with the weights of each panel, its place in each of the arrays (biases, outputs), and how many
    vectors it has: two, in the last may be one. Weights of a panel are `weight_step` float32 after those of the one
    before.
    """
    panels, rest = divmod(outputs, PANEL)
    w, places = f.integer(weights), [f.integer(array) for array in arrays]
    if panels:
        with f.repeated(panels):
            body(w, places, PANEL // LANES)
            w.set(w + BYTES * weight_step)
            for place in places:
                place.set(place + BYTES * PANEL)
    if rest:
        body(w, places, rest // LANES)


def covering(f: Function, size: Int, step: int, body: Callable[[IntVariable], None]) -> None:
    """Runs the body at 0, step, 2 · step, … below `size`, the last place moved back so that a whole step fits."""
    place = f.integer(0)
    last = f.integer(size - step)
    with f.loop(place, size):
        body(place)
        place.set(place + step)
        # Beyond the last place, but not at the end: back to it.
        with f.when((place > last) & (place < size)):
            place.set(last)
