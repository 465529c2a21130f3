"""A world: everything that one run holds, so that a process can hold many and none touches another.

A server has one; each test and each sandbox has one of its own.

Source: none.
"""

from dataclasses import dataclass
from datetime import timedelta

import orjson

from openroots.clock import Chance, Clock, Movable
from openroots.identity.keys import Keys
from openroots.register.rulebook import Rulebook
from openroots.storage import Mark, Snapshot, Store

CLOCK = "world/clock"
SEEDED = "world/seeded"


@dataclass(slots=True)
class World:
    """A store, two times, chance, the rulebook in force, and keys.

    `wall` is the machine's time and `time` the movable one. `rulebook` is immutable: a decision
    of the register puts another in its place.
    """

    store: Store
    wall: Clock
    time: Movable
    chance: Chance
    rulebook: Rulebook
    keys: Keys


def kept_shift(db: Snapshot) -> timedelta:
    """How far the world's time was shifted when it was last moved."""
    mark = db.marks([CLOCK]).get(CLOCK)
    return timedelta(seconds=orjson.loads(mark.value)) if mark else timedelta()


def clock_mark(time: Movable) -> Mark:
    """What to commit so that the world's time is where it is after a restart too."""
    return Mark(CLOCK, orjson.dumps(time.shift.total_seconds()))
