"""What is done now and then while a world is open, and as it opens and closes.

For `app.py` and the workers. What has had its time is let go of; calls are counted and suppliers
told; another node's rulebook is carried; and every commit comes to have its audit entry.

Source: none.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from openroots.gateway.carrying import Carrier
from openroots.gateway.coming import have_come
from openroots.gateway.counting import count_trails
from openroots.gateway.noticing import Noticing
from openroots.gateway.proof import Proved, unproved
from openroots.gateway.tooling.desk import Prune
from openroots.opening import found_in
from openroots.service import Service
from openroots.settings import Settings
from openroots.storage import Author, Mark, Store, Unavailable
from openroots.storage.audit import Journal
from openroots.world import World

HOUSEKEEPING = timedelta(hours=1)
COUNTING = timedelta(minutes=1)
PULLING = timedelta(minutes=1)


async def prove_what_was_left(world: World, journal: Journal, audit: Path, run: str = "") -> None:
    """Audit the commits that a crash left without an entry: all, or those of one gateway's run."""
    look = partial(unproved, world.store, audit, run)
    for entry in look() if world.store.inline else await asyncio.to_thread(look):
        await journal.keep(entry)


async def _counting(world: World, services: Sequence[Service], trails: Path) -> None:
    """Every minute: count who meets which standard, from what the trails say, tell suppliers of
    what has come by the world's time, and have happen what is due by it."""
    noticing = Noticing()
    while True:
        await asyncio.sleep(COUNTING.total_seconds())
        with suppress(Unavailable, OSError):
            await count_trails(world, trails)
            await noticing.look(world)
            await have_come(world, services)


async def all_is_proved(world: World, housekeeping: "asyncio.Task[None]") -> None:
    """Note up to where every commit has its entry, for the next start."""
    housekeeping.cancel()
    with suppress(Unavailable):  # then the next start looks further back
        latest = await found_in(world.store, attrgetter("t"))
        await _keep_mark(world, Proved(latest, world.wall.now()).mark())


async def _pulling(carrier: Carrier) -> None:
    """Every minute: take over what the other node has published since."""
    while True:
        with suppress(Unavailable):  # a full disk: the next round does it
            await carrier.pull()
        await asyncio.sleep(PULLING.total_seconds())


async def kept_house(
    settings: Settings,
    world: World,
    services: Sequence[Service],
    carrier: Carrier | None,
    prune: Prune,
) -> None:
    """Now and then: forget what has expired, and move on from where the next start must look for
    commits without proof. What was committed a whole round ago has been proved since."""
    trails = settings.state / "trails"
    rounds = [_pulling(carrier)] if carrier else []
    rounds += [] if settings.stateless else [_counting(world, services, trails)]
    beside = [asyncio.create_task(one) for one in rounds]
    try:
        await _kept_in_order(world, prune)
    finally:
        for task in beside:
            task.cancel()


class Seen(NamedTuple):
    """How far a store had come when it was looked at."""

    store: Store
    proved: Proved


async def moved_on(world: World, before: Seen | None) -> Seen:
    """Note what was seen a round before, which has been proved since; returns what is seen now. How
    far one store had come says nothing of another that took its place."""
    store, now = world.store, world.wall.now()
    if before is not None and before.store is store:
        await _keep_mark(world, before.proved.mark())
    return Seen(store, Proved(await found_in(store, attrgetter("t")), now))


async def _kept_in_order(world: World, prune: Prune) -> None:
    seen: Seen | None = None
    while True:
        with suppress(Unavailable, OSError):  # a full disk, a lost server: the next round does it
            await prune()
        with suppress(Unavailable):
            await world.store.sweep(world.wall.now())
            seen = await moved_on(world, seen)
        await asyncio.sleep(HOUSEKEEPING.total_seconds())


async def _keep_mark(world: World, mark: Mark) -> None:
    now = world.wall.now()
    await world.store.commit(marks=[mark], by=Author("openroots", "", "proof", "", now, now))
