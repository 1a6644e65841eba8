"""How near to the most that the processor can do a kernel comes, inside the page's Python."""

import time
from collections.abc import Callable

import numpy as np

from kerata.backends.wasm.assembler import Function, lanes, module
from kerata.backends.wasm.conv2d import Conv2D, panels
from kerata.backends.wasm.engine import PyodideEngine
from kerata.backends.wasm.layout import LANES, Layout

SUMS, UNROLLED, ROUNDS = 12, 4, 20_000
SOURCE, TARGET, WINDOW = Layout(26, 26, 32), Layout(24, 24, 64), (3, 3)  # the article's second convolution

engine = PyodideEngine()


def multiplications() -> tuple[Callable[[], object], int]:
    """A loop of nothing but fused multiplications on registers, and its floating-point operations."""
    f = Function(1, engine.relaxed)
    sums = [f.vector(lanes(1)) for _ in range(SUMS)]
    factor = f.vector(lanes(0.5))
    with f.repeated(ROUNDS):
        for _ in range(UNROLLED):
            for total in sums:
                total.set(f.fused(total, factor, factor))
    for place, total in enumerate(sums):
        f.store(f.parameters[0], total, 4 * LANES * place)
    run, out = engine.load(module({"f": f}))("f"), engine.array(LANES * SUMS)
    return lambda: run(engine.address(out)), 2 * LANES * SUMS * UNROLLED * ROUNDS


def convolution() -> tuple[Callable[[], object], int]:
    """A direct convolution, and its floating-point operations."""
    conv = Conv2D(SOURCE, TARGET, WINDOW)
    kernel = np.zeros((*WINDOW, SOURCE.channels, TARGET.channels), np.float32)
    pixels, weights = conv.pixels(engine.relaxed).ravel(), panels(kernel)
    sizes = [SOURCE.image, pixels.size, weights.size, TARGET.channels, TARGET.image]
    arrays = [engine.array(size) for size in sizes]
    arrays[1].view(np.int32)[:] = pixels
    run = engine.load(module({"f": conv.function(engine.relaxed)}))("f")
    addresses = [engine.address(array) for array in arrays]

    def call(arrays: list[np.ndarray] = arrays) -> object:  # kept alive: the kernel has only their addresses
        return run(*addresses, 1)

    return call, 2 * TARGET.height * TARGET.width * TARGET.channels * kernel[..., 0].size


def measured(turns: int = 30) -> list[list[float]]:
    """GFLOP/s of both in turns: those of the loop, those of the convolution."""
    found: list[list[float]] = [[], []]
    works = [multiplications(), convolution()]
    for turn in range(turns + 10):  # the first ones warm up
        for (call, operations), rates in zip(works, found, strict=True):
            start = time.perf_counter()
            for _ in range(5):
                call()
            if turn >= 10:
                rates.append(5e-9 * operations / (time.perf_counter() - start))
    return found
