"""What a fresh world holds: the register's founding decisions, products, applications, people.

For `app.py`, the command and tests. The same settings make the same world.

Source: NHS England API catalogue, for the people whom its sandboxes publish.
"""

import asyncio
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import orjson

from openroots import services
from openroots.clock import Clock
from openroots.gateway.products import products, subscribed_to
from openroots.gateway.registration import registration
from openroots.identity.applications import PRODUCT
from openroots.identity.issuers import ISSUER, made_up
from openroots.identity.keypairs import key_file, new_pair
from openroots.identity.staff import STAFF as STAFF_USER
from openroots.population import Household, make, organisations
from openroots.ready_made import APPLICATIONS, STAFF
from openroots.register.kept import as_change
from openroots.register.kept_agreements import founding_changes
from openroots.register.standard import founding_decisions, load_standards
from openroots.services.demographics.published import founding_people
from openroots.services.mesh.mailboxes import ready_made as mailboxes
from openroots.settings import Settings
from openroots.storage import Author, Change, Mark, Snapshot, Store
from openroots.storage.durable import make_private
from openroots.world import SEEDED

Progress = Callable[[str, int, int], None]  # a step in words, how many are done, of how many

AT_ONCE = 100  # households in one commit


def quiet(step: str, done: int, of: int) -> None:
    """Tell nobody of the progress."""


def is_seeded(db: Snapshot) -> bool:
    """Whether the store holds a whole world: a seeding cut short leaves it without this mark."""
    return SEEDED in db.marks([SEEDED])


def is_made_up(db: Snapshot) -> bool | None:
    """Whether all people of this world are made up, and its keys published; None where the version
    of the program that made it did not note that."""
    mark = db.marks([SEEDED]).get(SEEDED)
    return orjson.loads(mark.value).get("made_up") if mark else None


async def seed(
    store: Store,
    wall: Clock,
    settings: Settings,
    progress: Progress = quiet,
) -> None:
    """Fill an empty store as the settings say, telling `progress` of each step."""
    now, found = wall.now(), services.find()
    by = Author("openroots", "", "seed", "", now, now)
    decisions = founding_decisions(load_standards())
    await store.commit([as_change(decision) for decision in decisions], by=by, across=True)
    progress("Loading the standards register", len(decisions), len(decisions))
    offered = products(found, settings.environment)
    await store.commit([Change(PRODUCT, each["id"], each, 0) for each in offered], by=by)
    await store.commit(founding_changes(), by=by)
    if settings.ready_made:
        await _register(store, by, settings.state, subscribed_to(offered))
        await store.commit(mailboxes(), by=by)
        await _make_nation(store, by, settings, progress)
    kept = {
        "people": settings.people,
        "seed": settings.seed,
        "day": now.date().isoformat(),
        "made_up": settings.ready_made,
    }
    await store.commit(marks=[Mark(SEEDED, orjson.dumps(kept))], by=by)


async def _register(store: Store, by: Author, state: Path, subscribed: list[str]) -> None:
    """The ready-made applications, each with a key pair of its own, and the staff."""
    for application in APPLICATIONS:
        pair = new_pair(f"{application.id}-1")
        _keep_key(key_file(state, pair.public["kid"]), pair.private)
        body = {**application.body, "products": subscribed, "jwks": {"keys": [pair.public]}}
        await store.commit(registration(body, application.key), by=by)
    await store.commit([Change(STAFF_USER, each["id"], each, 0) for each in STAFF], by=by)
    await store.commit([Change(ISSUER, each["id"], each, 0) for each in made_up()], by=by)


def _keep_key(path: Path, private: bytes) -> None:
    """Put a private key where nobody else can read it."""
    make_private(path.parent)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(private)


async def _make_nation(store: Store, by: Author, settings: Settings, progress: Progress) -> None:
    """The published people, and as many more as the settings say."""
    for generation in founding_people():
        await store.commit(generation, by=by, across=True)
    places = list(organisations())
    await store.commit(places, by=by, across=True)
    progress("Opening practices and hospitals", len(places), len(places))
    households, done = make(settings.people, settings.seed, by.wall.date()), 0
    some = _next(households)
    while some:
        changes = [change for household in some for change in household.changes]
        done += sum(len(household.people) for household in some)
        # The next ones are made up while these are being written.
        writing = store.commit(changes, by=by, across=True)
        _, some = await asyncio.gather(writing, asyncio.to_thread(_next, households))
        progress("Making people", done, settings.people)


def _next(households: Iterator[Household]) -> list[Household]:
    return list(islice(households, AT_ONCE))
