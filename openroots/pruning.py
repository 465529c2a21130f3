"""What is kept for a time only, let go of when that has passed: versions, audit entries, trails.

For `app.py`, whose housekeeping does it every hour, and the tooling, which does it when asked. How
long each is kept the settings say; 0 days are for good. Days are of the wall: moving a world's time
makes nothing older.

Source: UK GDPR article 5(1)(e), storage limitation; house rules of OpenRoots.
"""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

from openroots.delivery.following import looked
from openroots.delivery.kept import waited_for
from openroots.gateway.audit_log import WholeLog
from openroots.gateway.trail import forget_old
from openroots.problem import Json
from openroots.services.demographics.gathering import gathered_next
from openroots.services.events.source import every_id
from openroots.settings import Settings
from openroots.storage import Author, Conflict, Store
from openroots.world import World

TURNS = 8  # segments of the audit log at least in the time for which it is kept
LEAST = timedelta(days=1)  # in one segment: each takes a line in every checkpoint while it is kept


async def pruned(settings: Settings, world: World, audit: WholeLog) -> Json:
    """Let go of what is older than the settings say; returns how much of each kind went. Raises
    Unavailable and OSError."""
    now, trails = world.wall.now(), settings.state / "trails"
    days = await asyncio.to_thread(forget_old, trails, now, settings.trails)
    return {
        "versions": await _versions(settings.versions, world, now),
        "entries": await _entries(settings, audit, now),
        "trails": days,
    }


async def owed(store: Store) -> int:
    """The first commit of which somebody who subscribed is still to be told; where all were told of
    everything, the one that comes next."""
    after, t = await looked(store, lambda db: (waited_for(db, every_id(db)), db.t))
    coming = [await store.feed(cursor, 1) for cursor in after]
    return min((told.t for tolds in coming for told in tolds), default=t + 1)


async def gather(store: Store, by: Author, before: datetime) -> None:
    """Have gathered what searches of history look for in the versions that commits before this wall
    time replaced. Raises Unavailable."""
    while (found := await asyncio.to_thread(gathered_next, store, before)) is not None:
        # Where somebody is changed meanwhile, the same commits are looked at again.
        with suppress(Conflict):
            await store.commit(found.changes, found.guards, marks=[found.mark], by=by, across=True)


async def _versions(days: int, world: World, now: datetime) -> int:
    if not days:
        return 0
    before = now - timedelta(days=days)
    by = Author("openroots", "", "pruning", "", now, world.time.now())
    await gather(world.store, by, before)
    return await world.store.prune(before, await owed(world.store))


async def _entries(settings: Settings, audit: WholeLog, now: datetime) -> int:
    if not settings.audit:
        return 0
    kept = timedelta(days=settings.audit)
    turned = now - max(kept / TURNS, LEAST)
    workers = settings.workers if settings.workers > 1 else 0
    return await audit.prune(now - kept, turned, workers)
