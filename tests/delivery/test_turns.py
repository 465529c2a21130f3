"""So many at once are let through, and whoever comes later waits for a turn."""

import asyncio

from openroots.delivery.turns import Turns


def test_so_many_are_through_at_once_and_no_more():
    async def all_of_them():
        turns, through, most = Turns(3), 0, 0

        async def one():
            nonlocal through, most
            if not turns.taken():
                await turns.wait()
            through += 1
            most = max(most, through)
            await asyncio.sleep(0)
            through -= 1
            turns.give()

        await asyncio.gather(*(one() for _ in range(20)))
        return most, turns.is_idle

    assert asyncio.run(all_of_them()) == (3, True)


def test_whoever_has_waited_longest_is_next():
    """One that comes as a turn is given up does not overtake who waits."""

    async def in_order():
        turns, order = Turns(1), []
        assert turns.taken()

        async def one(name):
            await turns.wait()
            order.append(name)
            turns.give()

        waiting = [asyncio.create_task(one(name)) for name in "abc"]
        await asyncio.sleep(0)
        turns.give()
        assert not turns.taken()
        await asyncio.gather(*waiting)
        return order

    assert asyncio.run(in_order()) == ["a", "b", "c"]


def test_who_waits_no_longer_takes_no_turn():
    async def stopped():
        turns = Turns(1)
        assert turns.taken()
        waiting = asyncio.create_task(turns.wait())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        turns.give()
        return turns.is_idle

    assert asyncio.run(stopped())


def test_a_turn_given_to_one_who_is_stopped_is_not_lost():
    """It had been given up to them, and they never took it."""

    async def stopped():
        turns = Turns(1)
        assert turns.taken()
        waiting = asyncio.create_task(turns.wait())
        await asyncio.sleep(0)
        turns.give()
        waiting.cancel()
        await asyncio.wait([waiting])
        return turns.is_idle

    assert asyncio.run(stopped())
