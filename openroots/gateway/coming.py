"""Has what was arranged for a day to come happen, once the world's time has come to it.

For the housekeeping of `app.py`, and for whoever moves the time. What is due in between happens in
the order of its moments, and once: it is done with in the same commit.

Source: none.
"""

import asyncio
from functools import partial

from openroots.services.demographics.deaths import due, moment_of, notified
from openroots.storage import Author, Conflict, Row
from openroots.world import World


async def have_come(world: World) -> list[str]:
    """Have all that is due happen; of whom that was, by subject."""
    now, store = world.time.now(), world.store
    found = await asyncio.to_thread(lambda: due(store.snapshot(), now))
    return [each.subject for each in found if await _happened(each, world)]


async def _happened(death: Row, world: World) -> bool:
    """Whether it happened now; not where somebody else was first: it is looked at again."""
    store, chance = world.store, world.chance.bytes
    decide = partial(notified, death)
    changes, signals = await asyncio.to_thread(lambda: decide(store.snapshot(), chance))
    by = Author("openroots", "", "coming", "", world.wall.now(), moment_of(death))
    try:
        await store.commit(changes, signals=signals, by=by)
    except Conflict:
        return False
    return True
