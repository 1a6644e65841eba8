"""The heart of convolutions and products: a few rows times a panel of weights, summed up in registers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .assembler import ZEROS, Function, Int, IntVariable, Vector
from .layout import BYTES, LANES

PANEL = 8  # outputs computed at a time: two vectors
_UNROLLED = 8  # runs no longer than this are written out

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


def tile(
    f: Function,
    inputs: Int,
    step: int,
    rows: int,
    runs: Runs,
    weights: Int,
    bias: Int | None,
    vectors: int,
    store: Store,
    weight_step: int = 0,
) -> None:
    """store(row, vector, bias + Σ inputs · weights) for `rows` rows of inputs, `step` float32 apart.

    weights: (runs.size, 4 · vectors) float32, contiguous or `weight_step` apart. bias: 4 · vectors, None for zeros.
    """
    weight_step = weight_step or LANES * vectors
    start = [f.load(bias, BYTES * LANES * v) if bias is not None else ZEROS for v in range(vectors)]
    sums = [[f.vector(value) for value in start] for _ in range(rows)]
    x, w = f.integer(inputs), f.integer(weights)
    weight, value = [f.vector(ZEROS) for _ in range(vectors)], f.vector(ZEROS)

    def multiply(k: int) -> None:
        """Adds the products of the k-th input from x on."""
        for v in range(vectors):
            weight[v].set(f.load(w, BYTES * (weight_step * k + LANES * v)))
        for row in range(rows):
            value.set(f.load_lane(x, BYTES * (k + row * step)))
            for v in range(vectors):
                sums[row][v].set(f.fused(value, weight[v], sums[row][v]))

    def run() -> None:
        if runs.length <= _UNROLLED:
            for k in range(runs.length):
                multiply(k)
            w.set(w + BYTES * weight_step * runs.length)
        else:
            with f.loop(x, f.integer(x + BYTES * runs.length)):
                multiply(0)
                x.set(x + BYTES)
                w.set(w + BYTES * weight_step)

    with _repeated(f, x, runs.rows, runs.row_stride), _repeated(f, x, runs.count, runs.stride):
        run()
    for row in range(rows):
        for v in range(vectors):
            store(row, v, sums[row][v])


@contextmanager
def _repeated(f: Function, x: IntVariable, times: int, stride: int) -> Iterator[None]:
    """Runs its body so many times, each with x `stride` float32 farther; the body may move x."""
    if times == 1:
        yield
        return
    start = f.integer(x)
    with f.loop(start, f.integer(x + BYTES * times * stride)):
        x.set(start)
        yield
        start.set(start + BYTES * stride)
