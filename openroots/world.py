"""A world: everything that one run holds, so that a process can hold many and none touches another.

A server has one; each test and each sandbox has one of its own.

Source: none.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson

from openroots.clock import REAL, Chance, Clock, Course, Movable
from openroots.identity.keys import Keys
from openroots.register.rulebook import Rulebook
from openroots.storage import Json, Mark, Snapshot, Store

CLOCK = "world/clock"
SEEDED = "world/seeded"
FAULTS = "world/faults"


@dataclass(slots=True)
class World:
    """A store, two times, chance, the rulebook in force, and keys.

    `wall` is the machine's time and `time` the movable one. `rulebook` is immutable: a decision
    of the register puts another in its place. `faults` are those kept with it, as they were asked
    for: a change puts another list in its place. Once it is `ending`, what waits for something to
    happen waits no longer. `pause` is how a request that has nothing to do passes the time.
    """

    store: Store
    wall: Clock
    time: Movable
    chance: Chance
    rulebook: Rulebook
    keys: Keys
    faults: list[Json] = field(default_factory=list)
    ending: bool = False
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep


def kept_course(db: Snapshot) -> Course:
    """How the world's time ran when it was last moved."""
    mark = db.marks([CLOCK]).get(CLOCK)
    if mark is None:
        return REAL
    kept = orjson.loads(mark.value)
    if not isinstance(kept, dict):  # as it was kept before time could run fast
        return Course(timedelta(seconds=kept))
    since = datetime.fromisoformat(kept["since"])
    return Course(timedelta(seconds=kept["shift"]), kept["rate"], since)


def clock_mark(course: Course) -> Mark:
    """What to commit so that the world's time runs as it does after a restart too."""
    kept = {"shift": course.shift.total_seconds(), "rate": course.rate, "since": course.since}
    return Mark(CLOCK, orjson.dumps(kept))


def kept_faults(db: Snapshot) -> list[Json]:
    """The faults that are in place until they are cleared, as they were asked for."""
    mark = db.marks([FAULTS]).get(FAULTS)
    return list(orjson.loads(mark.value)) if mark else []


def faults_mark(faults: list[Json]) -> Mark:
    """What to commit so that these faults are in place after a restart too."""
    return Mark(FAULTS, orjson.dumps(faults))
