"""The heart of convolutions and products: a few rows times a panel of weights, summed up in registers."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from .assembler import ZEROS, Function, Int, IntVariable, Vector
from .layout import BYTES, LANES

PANEL = 8  # outputs computed at a time: two vectors
_UNROLLED = 16  # no more inputs than this are written out
_STEPS = (8, 4, 3, 2, 1)  # otherwise so many, of which the first that fits

Store = Callable[[int, int, Vector], None]  # row of the tile, vector of the panel, what was summed up


def rows_in_flight(relaxed: bool) -> int:
    """V8 has 15 vector registers to give away on x86-64: two sums for each row, two weights, and one input.

    Without fused multiplication the product takes another, so fewer rows fit.
    """
    return 6 if relaxed else 4


@dataclass(frozen=True)
class Runs:
    """Which inputs an output sums up, in float32: `rows` times, `row_stride` apart, `count` runs of `length`, `stride`
    apart. A convolution's window is rows of pixels; without dilation a row of them is one run.
    """

    length: int
    count: int = 1
    stride: int = 0
    rows: int = 1
    row_stride: int = 0

    @property
    def size(self) -> int:
        return self.length * self.count * self.rows

    @property
    def past_row(self) -> int:
        """From where a row of runs begins to where its pointer ends."""
        return self.count * self.stride if self.count > 1 else self.length

    def offsets(self) -> Iterator[int]:
        """Of each input."""
        for row in range(self.rows):
            for run in range(self.count):
                for place in range(self.length):
                    yield row * self.row_stride + run * self.stride + place


def tile(
    f: Function,
    inputs: Sequence[tuple[Int, int]],
    runs: Runs,
    weights: Int,
    bias: Int | None,
    vectors: int,
    store: Store,
) -> None:
    """store(row, vector, bias + Σ inputs · weights) for a few rows of inputs, each an address and so many float32 more.

    weights: (runs.size, 4 · vectors) float32. bias: 4 · vectors, None for zeros.
    """
    start = [f.load(bias, BYTES * LANES * v) if bias is not None else ZEROS for v in range(vectors)]
    sums = [[f.vector(value) for value in start] for _ in inputs]
    pointers = {address: f.integer(address) for address, _ in inputs}
    w = f.integer(weights)
    weight, value = [f.vector(ZEROS) for _ in range(vectors)], f.vector(ZEROS)

    def multiply(k: int, ahead: int) -> None:
        """Adds the products with the k-th weights from w on, `ahead` being the inputs' distance from their pointers."""
        for v in range(vectors):
            weight[v].set(f.load(w, BYTES * LANES * (vectors * k + v)))
        for row, (address, offset) in enumerate(inputs):
            value.set(f.load_lane(pointers[address], BYTES * (ahead + offset)))
            for v in range(vectors):
                sums[row][v].set(f.fused(value, weight[v], sums[row][v]))

    def move(pointers: Iterable[IntVariable], by: int) -> None:
        for pointer in pointers if by else ():
            pointer.set(pointer + BYTES * by)

    def run() -> None:
        """Moves the pointers to the run's end."""
        step = next(step for step in _STEPS if runs.length % step == 0)
        with f.repeated(runs.length // step):
            for k in range(step):
                multiply(k, k)
            move(pointers.values(), step)
            move([w], LANES * vectors * step)

    if runs.size <= _UNROLLED:
        for k, ahead in enumerate(runs.offsets()):
            multiply(k, ahead)
    else:
        with f.repeated(runs.rows):
            with f.repeated(runs.count):
                run()
                move(pointers.values(), runs.stride - runs.length if runs.count > 1 else 0)
            move(pointers.values(), runs.row_stride - runs.past_row if runs.rows > 1 else 0)
    for row in range(len(inputs)):
        for v in range(vectors):
            store(row, v, sums[row][v])
