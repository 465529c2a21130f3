"""What a fresh world holds: the register's founding decisions, an application, people.

For `app.py`, the command and tests. The same settings make the same world.

Source: NHS England API catalogue, for the people whom its sandboxes publish.
"""

from collections.abc import Callable
from itertools import islice

import orjson

from openroots.clock import Clock
from openroots.gateway.access import registration
from openroots.population import make, organisations
from openroots.problem import Json
from openroots.register.kept import as_change
from openroots.register.standard import founding_decisions, load_standards
from openroots.services.demographics.published import founding_people
from openroots.settings import Settings
from openroots.storage import Author, Mark, Snapshot, Store
from openroots.world import SEEDED

Progress = Callable[[str, int, int], None]  # a step in words, how many are done, of how many

AT_ONCE = 100  # households in one commit

# Known from the first second in sandbox mode, and in no other. The keys are no secret: they open
# nothing but a world of made-up people. The first has no attribute; the second has all that PDS
# goes by, so it may update without a user and is shown more.
READY_MADE: tuple[tuple[Json, str], ...] = (
    (
        {
            "id": "ashby-practice-system",
            "name": "Ashby practice system",
            "supplier": "Example Health Software",
            "ods_code": "Y90001",
            "setting": "general-practice",
        },
        "ashby-practice-key",
    ),
    (
        {
            "id": "ferndale-records-service",
            "name": "Ferndale records service",
            "supplier": "Example Health Software",
            "ods_code": "Y90002",
            "setting": "hospital",
            "attributes": {
                "apim-app-flow-vars": {"pds": {"app-restricted": {"update": True}}},
                "return-confidential-reason-for-removal": "true",
                "return-nhs-record-sharing-consent": "true",
                "return-empty-address-lines": "true",
            },
        },
        "ferndale-records-key",
    ),
)


def quiet(step: str, done: int, of: int) -> None:
    """Tell nobody of the progress."""


def is_seeded(db: Snapshot) -> bool:
    """Whether the store holds a whole world: a seeding cut short leaves it without this mark."""
    return SEEDED in db.marks([SEEDED])


async def seed(
    store: Store,
    wall: Clock,
    settings: Settings,
    progress: Progress = quiet,
) -> None:
    """Fill an empty store as the settings say, telling `progress` of each step."""
    now = wall.now()
    by = Author("openroots", "", "seed", "", now, now)
    decisions = founding_decisions(load_standards())
    progress("Loading the standards register", 0, len(decisions))
    await store.commit([as_change(decision) for decision in decisions], by=by, across=True)
    progress("Loading the standards register", len(decisions), len(decisions))
    if settings.ready_made:
        await _make_nation(store, by, settings, progress)
    kept = {"people": settings.people, "seed": settings.seed, "day": now.date().isoformat()}
    await store.commit(marks=[Mark(SEEDED, orjson.dumps(kept))], by=by)


async def _make_nation(store: Store, by: Author, settings: Settings, progress: Progress) -> None:
    """The ready-made application, the published people, and as many more as the settings say."""
    for application, key in READY_MADE:
        await store.commit(registration(application, key), by=by)
    for generation in founding_people():
        await store.commit(generation, by=by, across=True)
    places = list(organisations())
    await store.commit(places, by=by, across=True)
    progress("Opening practices and hospitals", len(places), len(places))
    households, done = make(settings.people, settings.seed, by.wall.date()), 0
    while some := list(islice(households, AT_ONCE)):
        changes = [change for household in some for change in household.changes]
        await store.commit(changes, by=by, across=True)
        done += sum(len(household.people) for household in some)
        progress("Making people", done, settings.people)
