"""Coroutines for plain callers: what a GPU computes has to be waited for, everything else is there at once."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from . import browser
from .errors import UnsupportedError

T = TypeVar("T")


def finish(coroutine: Coroutine[Any, Any, T]) -> T:
    """The coroutine's result; where it waits, so does the browser. Raises UnsupportedError where that cannot."""
    try:
        pending = coroutine.send(None)
        while browser.can_wait():
            browser.wait_for(_settled(pending))
            pending = coroutine.send(None)
    except StopIteration as end:
        return end.value
    coroutine.close()
    raise UnsupportedError(
        "Predict: expected `await Model.apredict(…)`, since what runs on WebGPU has to be waited for; "
        "received a plain call in a browser that cannot wait within one."
    )


def begin(coroutine: Coroutine[Any, Any, T]) -> "T | asyncio.Task[T]":
    """The coroutine's result where it has nothing to wait for, else a task that goes on with it."""
    try:
        pending = coroutine.send(None)
    except StopIteration as end:
        return end.value
    return asyncio.ensure_future(_rest(coroutine, pending))


async def _rest(coroutine: Coroutine[Any, Any, T], pending: Any) -> T:
    """Goes on with a coroutine that waits for something. If that fails, the coroutine itself learns it."""
    try:
        while True:
            await _settled(pending)
            pending = coroutine.send(None)
    except StopIteration as end:
        return end.value


async def _settled(pending: "asyncio.Future[Any] | None") -> None:
    """Waits for what a coroutine waits for: a future, whatever becomes of it, or just its next turn."""
    await (asyncio.sleep(0) if pending is None else asyncio.wait([pending]))
