"""How much memory an array may take, and how long a self-test: a file of a few bytes can ask for any amount."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

from .errors import InputError, TooLargeError, TooSlowError

ITEM = 4  # bytes of a number: a float32

_limit = 1 << 30
_deadline: float | None = None


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
    return _limit


@contextmanager
def at_most(size: int) -> Iterator[None]:
    """Within it, the limit is not above `size` bytes."""
    global _limit
    before, _limit = _limit, min(size, _limit)
    try:
        yield
    finally:
        _limit = before


@contextmanager
def in_seconds(seconds: float) -> Iterator[None]:
    """Within it, `check_time` raises TooSlowError once so many seconds have passed."""
    global _deadline
    _deadline = time.perf_counter() + seconds
    try:
        yield
    finally:
        _deadline = None


def check_time() -> None:
    """Called before each step of what can take any number of them."""
    if _deadline is not None and time.perf_counter() > _deadline:
        raise TooSlowError("Self-test: expected an answer within seconds.")


def check_size(what: str, *sizes: int | None) -> None:
    """Raises TooLargeError, which begins with `what`, where an array of these sizes is above the limit; None counts 1.

    The product is one of Python's integers, which do not overflow.
    """
    check_bytes(what, ITEM * math.prod(1 if size is None else int(size) for size in sizes))


def check_bytes(what: str, size: int) -> None:
    if size > _limit:
        raise TooLargeError(
            f"{what}{': ' * bool(what)}expected arrays of at most {_limit:,} B, as set by kerata.set_memory_limit, "
            f"received one of {_written(size)}."
        )


def _written(size: int) -> str:
    return f"{size:,} B" if size < 1 << 63 else f"more than {1 << 63:,} B"
