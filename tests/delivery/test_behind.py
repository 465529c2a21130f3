"""Who was away is caught up with as fast as it can be, and no faster than others allow."""

import asyncio

from openroots.delivery.dispatcher import FLIGHTS_BEHIND
from openroots.delivery.kept import REPLAY, Wish
from openroots.delivery.lane import WINDOW
from tests.delivery.desk import alone

PEOPLE = 2 * WINDOW  # more than it holds, so that it does not catch up at once


async def under_way(dispatcher):
    """Have all that can be sent be on its way."""
    for _ in range(10):
        await dispatcher.turn()
        for _ in range(20):
            await asyncio.sleep(0)


async def most_at_once(made, busy):
    """How many go at once to one that is replayed, where the other has something under way or
    none."""
    held, going = asyncio.Event(), []

    async def answer(parcels, at):
        going.extend(parcel.subscriber.id for parcel in parcels)
        await held.wait()
        return [made.shelf.put(parcel) for parcel in parcels]

    await made.tells(*[("move", f"p{n}", str(n)) for n in range(PEOPLE)])
    await made.wants("one", "shelf:1", "move")
    await made.wants("two", "shelf:2", "birth")
    made.shelf.hand_over = answer
    dispatcher = made.dispatcher()
    if busy:
        await made.tells(("birth", "ann", "b"))
    await under_way(dispatcher)
    await made.asks(Wish(REPLAY, "one"))
    await under_way(dispatcher)
    most = going.count("one")
    held.set()
    await dispatcher.settled()
    await dispatcher.close()
    return most


@alone
async def test_alone_it_is_sent_as_much_at_once_as_its_channel_takes(made):
    """Nobody waits for it."""
    assert await most_at_once(made, busy=False) == made.shelf.flights


@alone
async def test_while_others_are_sent_anything_it_is_sent_little_at_once(made):
    """So that they do not wait."""
    assert await most_at_once(made, busy=True) == FLIGHTS_BEHIND
