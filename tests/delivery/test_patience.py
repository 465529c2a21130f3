"""Many things at once are each waited for so long and no longer, by one timer."""

import asyncio
from contextlib import suppress

import pytest

from openroots.delivery.patience import Patience


def test_what_takes_too_long_is_stopped():
    async def slow():
        with Patience(0.02).within():
            await asyncio.sleep(30)

    with pytest.raises(TimeoutError):
        asyncio.run(slow())


def test_what_is_done_in_time_is_not():
    async def quick():
        patience = Patience(0.02)
        with patience.within():
            await asyncio.sleep(0)
        await asyncio.sleep(0.05)
        return "done"

    assert asyncio.run(quick()) == "done"


def test_each_has_its_own_time_whoever_else_began_before():
    """One that begins while another's time runs out is given all of its own."""

    async def both():
        patience, loop = Patience(0.1), asyncio.get_running_loop()

        async def waited():
            begun = loop.time()
            with suppress(TimeoutError), patience.within():
                await asyncio.sleep(30)
            return loop.time() - begun

        first = asyncio.create_task(waited())
        await asyncio.sleep(0.06)
        return await asyncio.gather(first, waited())

    assert all(0.09 <= took < 30 for took in asyncio.run(both()))


def test_the_timer_goes_on_after_nothing_was_left_to_wait_for():
    async def again():
        patience, stopped = Patience(0.02), 0
        for _ in range(3):
            with patience.within():
                await asyncio.sleep(0)
            await asyncio.sleep(0.03)
            try:
                with patience.within():
                    await asyncio.sleep(30)
            except TimeoutError:
                stopped += 1
        return stopped

    assert asyncio.run(again()) == 3


def test_whoever_is_cancelled_by_another_is_not_said_to_be_too_slow():
    async def cancelled():
        async def work():
            with Patience(30).within():
                await asyncio.sleep(30)

        task = asyncio.create_task(work())
        await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())


def test_whoever_is_stopped_may_go_on_with_something_else():
    """The task that was too slow is not taken to be cancelled."""

    async def goes_on():
        with suppress(TimeoutError), Patience(0.01).within():
            await asyncio.sleep(30)
        await asyncio.sleep(0.01)
        task = asyncio.current_task()
        assert task is not None
        return task.cancelling()

    assert asyncio.run(goes_on()) == 0
