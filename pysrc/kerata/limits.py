"""How much memory an array may take, and how long a self-test: a file of a few bytes can ask for any amount."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from .errors import InputError, TooLargeError, TooSlowError

ITEM = 4  # bytes of a number: a float32

_limit = 1 << 30

# Of each thread its own: one that loads a model does not bound what another predicts.
_lower_limit: ContextVar[int | None] = ContextVar("lower_limit", default=None)
_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


def set_memory_limit(size: int) -> None:
    """Sets how many bytes a model's values may take at once, and an array that a layer needs on the way: at first
    1 GiB.

    It holds for models that are loaded or run from now on. Raises InputError unless `size` is a whole number above 0.
    """
    global _limit
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise InputError(f"Memory limit: expected a number of bytes, received {size!r}.")
    _limit = size


def memory_limit() -> int:
    lower = _lower_limit.get()
    return _limit if lower is None else min(lower, _limit)


@contextmanager
def at_most(size: int) -> Iterator[None]:
    """Within it, the limit is not above `size` bytes."""
    before = _lower_limit.set(min(size, memory_limit()))
    try:
        yield
    finally:
        _lower_limit.reset(before)


@contextmanager
def in_seconds(seconds: float) -> Iterator[None]:
    """Within it, `check_time` raises TooSlowError once so many seconds have passed."""
    before = _deadline.set(time.perf_counter() + seconds)
    try:
        yield
    finally:
        _deadline.reset(before)


def check_time() -> None:
    """Called before each step of what can take any number of them."""
    deadline = _deadline.get()
    if deadline is not None and time.perf_counter() > deadline:
        raise TooSlowError("Self-test: expected an answer within seconds.")


def check_size(what: str, *sizes: int | None) -> None:
    """Raises TooLargeError, which begins with `what`, where an array of these sizes is above the limit; None counts 1.

    The product is one of Python's integers, which do not overflow.
    """
    check_bytes(what, ITEM * math.prod(1 if size is None else int(size) for size in sizes))


def check_bytes(what: str, size: int) -> None:
    limit = memory_limit()
    if size > limit:
        raise TooLargeError(
            f"{what}{': ' * bool(what)}expected arrays of at most {limit:,} B, as set by kerata.set_memory_limit, "
            f"received one of {_written(size)}."
        )


def _written(size: int) -> str:
    return f"{size:,} B" if size < 1 << 63 else f"more than {1 << 63:,} B"
