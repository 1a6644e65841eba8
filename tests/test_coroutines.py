import asyncio

import pytest

from kerata import UnsupportedError
from kerata.coroutines import begin, finish
from tests.support.loops import run


async def at_once():
    return 3


async def later(error=None):
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(lambda: future.set_exception(error) if error else future.set_result(1))
    await asyncio.sleep(0)
    return await future + 2


def test_what_has_nothing_to_wait_for_is_there_at_once():
    assert finish(at_once()) == begin(at_once()) == 3


def test_what_has_to_be_waited_for_goes_on_as_a_task():
    async def main():
        return await begin(later())

    assert run(main()) == 3


def test_a_failure_reaches_who_waits():
    async def main():
        with pytest.raises(ZeroDivisionError):
            await begin(later(ZeroDivisionError()))

    run(main())


def test_a_plain_call_at_the_desk_cannot_wait():
    async def main():
        with pytest.raises(UnsupportedError, match=r"^Predict: expected `await Model\.apredict"):
            finish(later())

    run(main())
