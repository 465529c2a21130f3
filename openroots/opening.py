"""Opens the store and the world that settings describe, and puts another store in its place.

For `app.py`. A file is seeded under another name, so that one of the right name is always whole.

Source: none.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import TypeVar

from openroots.clock import Chance, Clock, Movable
from openroots.identity.keys import Keys
from openroots.register.kept import rulebook_of
from openroots.seed import Progress, is_seeded, quiet, seed
from openroots.service import Service
from openroots.settings import Settings
from openroots.storage import Author, Json, Snapshot, Store, Terms, Unavailable
from openroots.storage.closed import ClosedStore
from openroots.storage.dropped import drop, remove_store
from openroots.storage.durable import make_private, names_to_disk
from openroots.storage.erasures import Erasures, applied_in, erase_again
from openroots.storage.forms import Forms
from openroots.storage.saved import COPY
from openroots.storage.sqlite import SqliteStore, open_sqlite, read_sqlite
from openroots.storage.sqlite_bulk import make_index, put_off_index
from openroots.storage.sqlite_writer import Writer
from openroots.world import World, kept_course, kept_faults

T = TypeVar("T")
Deriving = tuple[Terms, Forms]
Make = Callable[[Settings], Awaitable[Path]]  # a seeded file beside the store's own

FILE = "openroots.db"
KEYS = "keys"
HALF_MADE = "its world is half made: the making of it was cut short, or goes on elsewhere"
EARLIER = "Bringing an earlier store up to date"
OTHER = "the node %s has this database open, too: run one on a database for now"

log = logging.getLogger(__name__)


async def open_world(
    settings: Settings, deriving: Deriving, wall: Clock, chance: Chance, progress: Progress
) -> World:
    """The world of the settings, seeded if it is new. See `app.open_house`."""
    make_folder(settings.state)
    store = await _open_store(settings, deriving, wall, progress)
    await forget_who_was_erased(store, settings.state, wall.now())
    return await world_of(store, wall, chance, settings.state / KEYS)


async def world_of(store: Store, wall: Clock, chance: Chance, keys: Path) -> World:
    """The world that a store holds, with the keys in this folder."""
    course, rulebook = await found_in(store, kept_course), await found_in(store, rulebook_of)
    faults = await found_in(store, kept_faults)
    time = Movable(wall, course)
    return World(store, wall, time, chance, rulebook, Keys(keys, chance), faults)


async def open_part(settings: Settings, deriving: Deriving, writer: Writer) -> Store:
    """The store of the settings as one of several processes that serve it: there, and seeded.
    What is committed to a file goes to its writer, which is another process."""
    if settings.store:
        from openroots.storage.postgres import open_postgres
        from openroots.storage.postgres_nodes import node_of

        return await open_postgres(settings.store, *deriving, node=node_of(settings.state))
    return SqliteStore(settings.state / FILE, *deriving, writer)


async def look_again(world: World) -> None:
    """Take the world's time, rulebook and faults from its store, where another may have changed
    them."""
    world.time.course = await found_in(world.store, kept_course)
    world.rulebook = await found_in(world.store, rulebook_of)
    world.faults = await found_in(world.store, kept_faults)
    world.keys.look_again()


async def found_in(store: Store, look: Callable[[Snapshot], T]) -> T:
    """What a look at the store finds: on a thread where that means to wait for another machine."""
    if store.inline:
        return look(store.snapshot())
    return await asyncio.to_thread(lambda: look(store.snapshot()))


def reading(settings: Settings, look: Callable[[Snapshot], T]) -> T:
    """What a look at the store of the settings finds, beside a server that may have it open. It is
    left as it is, also where its version is an earlier one.

    Raises NoStore where it is not made yet, Unavailable where it cannot be read, TooNew where a
    later version wrote it.
    """
    if settings.store:
        from openroots.storage.postgres import read_postgres

        return asyncio.run(read_postgres(settings.store, look))
    return read_sqlite(settings.state / FILE, look)


def make_folder(state: Path) -> None:
    """The folder that keeps everything, for this user alone. Raises Unavailable."""
    try:
        make_private(state)
    except OSError as error:
        raise Unavailable(f"{state}: {error.strerror}") from error


async def forget_who_was_erased(store: Store, state: Path, now: datetime) -> None:
    """A store that was restored may hold somebody who was erased after it was saved."""
    erasures = Erasures(state)
    if erasures.all():
        applied = await found_in(store, applied_in)
        by = Author("openroots", "", "erased", "", now, now)
        await erase_again(store, erasures, applied, by)


async def _open_store(
    settings: Settings, deriving: Deriving, wall: Clock, progress: Progress
) -> Store:
    tell = partial(progress, EARLIER)
    if settings.store:
        from openroots.storage.postgres import open_postgres
        from openroots.storage.postgres_nodes import node_of

        node = node_of(settings.state)
        store: Store = await open_postgres(settings.store, *deriving, tell, node)
        await _warn_of_others(settings.store, node)
        if not await found_in(store, is_seeded):
            if await found_in(store, attrgetter("t")):
                await store.close()
                raise Unavailable(HALF_MADE)
            await seed(store, wall, settings, progress)
        return store
    path = settings.state / FILE
    for left in settings.state.glob(f"{COPY}-*"):  # whoever saved it was killed
        left.unlink()
    if not path.exists():
        made = await _make_file(settings, deriving, wall, progress)
        remove_store(settings.state)  # what is left beside one that somebody has deleted
        made.rename(path)
        names_to_disk(settings.state)
    return await open_sqlite(path, *deriving, tell)


async def _warn_of_others(url: str, node: str) -> None:
    """Tell whoever starts it of other nodes that have this database open."""
    from openroots.storage.postgres_nodes import nodes_in, place_of

    for other in await nodes_in(url):
        if other != node:
            log.warning(OTHER, place_of(other))


async def _make_file(
    settings: Settings, deriving: Deriving, wall: Clock, progress: Progress
) -> Path:
    making = settings.state / "openroots.making"
    for left in settings.state.glob("openroots.making*"):
        left.unlink()
    store = await open_sqlite(making, *deriving)
    put_off_index(making)
    await seed(store, wall, settings, progress)
    await store.close()
    await asyncio.to_thread(make_index, making)
    return making


async def renew(
    world: World, settings: Settings, deriving: Deriving, make: Make | None = None
) -> None:
    """Put a store seeded afresh, or one that `make` gives, in the place of the one in use, whose
    trails go too. What is asked in the moment between the two is told that the store is
    unavailable."""
    path = settings.state / FILE
    made = await (make(settings) if make else _make_file(settings, deriving, world.wall, quiet))
    old, world.store = world.store, ClosedStore()
    await old.close()
    drop(settings.state)
    made.replace(path)
    names_to_disk(settings.state)
    world.store = await open_sqlite(path, *deriving)
    await look_again(world)


def deriving_of(found: list[Service]) -> tuple[Terms, Forms]:
    """What the services say that is to be worked out from each resource as it is committed."""
    indexers = {type: index for service in found for type, index in service.indexers.items()}
    formers = {type: former for service in found for type, former in service.formers.items()}

    def terms(type: str, body: Json) -> Iterable[tuple[str, str]]:
        indexer = indexers.get(type)
        return indexer(body) if indexer else ()

    def forms(type: str, body: Json, labels: frozenset[str]) -> Mapping[str, Json | None]:
        former = formers.get(type)
        return former(body, labels) if former else {}

    return terms, forms
