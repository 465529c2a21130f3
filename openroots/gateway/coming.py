"""Has what was arranged for a moment to come happen, once the world's time has come to it.

For the housekeeping of `app.py`, and for whoever moves the time. What services declare with
`@service.comes` happens in the order of its moments, whosever it is, and once: it is done with in
the same commit.

Source: none.
"""

import asyncio
import logging
from collections.abc import Iterable, Iterator
from datetime import datetime

from openroots.service import Service
from openroots.service.coming import Happens, done_with, moment_of
from openroots.storage import Author, Conflict, Query, Row, Snapshot, Unavailable
from openroots.world import World

AT_ONCE = 1000  # that are read together
log = logging.getLogger(__name__)


async def have_come(world: World, services: Iterable[Service]) -> list[str]:
    """Have all that is due happen; of whom that was, by subject. Raises Unavailable: what is left
    is looked at again."""
    now, store = world.time.now(), world.store
    comings = {type: each for service in services for type, each in service.comings.items()}
    found = await asyncio.to_thread(lambda: _due(comings, store.snapshot(), now))
    return [each.subject for each in found if await _happened(each, comings[each.type], world)]


def _due(types: Iterable[str], db: Snapshot, now: datetime) -> list[Row]:
    """What has come by this moment and has not happened yet, the earliest first."""
    rows = [row for type in types for row in _all(type, db) if moment_of(row) <= now]
    return sorted(rows, key=lambda row: (moment_of(row), row.type, row.id))


async def _happened(due: Row, happens: Happens, world: World) -> bool:
    """Whether it happened now; not where somebody else was first, or it could not: it is looked at
    again."""
    store, chance = world.store, world.chance.bytes
    try:
        changes, signals = await asyncio.to_thread(lambda: happens(due, store.snapshot(), chance))
    except Unavailable:
        raise
    except Exception:  # a defect of one service: what others arranged need not wait for its mend
        log.exception("what was to come did not happen: %s", due.type)
        return False
    by = Author("openroots", "", "coming", "", world.wall.now(), moment_of(due))
    try:
        await store.commit([done_with(due), *changes], signals=signals, by=by)
    except Conflict:
        return False
    return True


def _all(type: str, db: Snapshot) -> Iterator[Row]:
    after = ""
    while True:
        page = db.search(Query(type, limit=AT_ONCE, after=after))
        yield from page.rows
        if not (after := page.next):
            return
