"""Tells suppliers of each step of a phase-out when its time has come, without being asked.

For the housekeeping of `app.py`. Steps go by the world's time. What was told is kept with its
signal in one commit, so that nothing is told twice: not after a crash, and not where somebody
asked for the same at the same moment.

Source: none.
"""

import asyncio
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from openroots.register.telling import as_told, due_in
from openroots.storage import Author, Conflict
from openroots.world import World

AGAIN = timedelta(hours=1)  # after which it is looked again, though no day or decision is new
AT_ONCE = 1_000  # notices in one commit


@dataclass(slots=True)
class Noticing:
    """Where the last look was: on which day of the world, by which rulebook, and when."""

    day: date = date.min
    rulebook: str = ""
    looked: datetime | None = None

    async def look(self, world: World) -> int:
        """Tell what is due, where anything can be; returns how many notices were given."""
        wall, time, rulebook = world.wall.now(), world.time.now(), world.rulebook.hash
        same = (self.day, self.rulebook) == (time.date(), rulebook)
        if same and self.looked and wall - self.looked < AGAIN:
            return 0
        count = await tell_due(world)
        self.day, self.rulebook, self.looked = time.date(), rulebook, wall
        return count


async def tell_due(world: World) -> int:
    """Give the signal of every step that has come and was not told; returns how many."""
    time, wall = world.time.now(), world.wall.now()
    found = await asyncio.to_thread(lambda: due_in(world.store.snapshot(), time))
    by, count = Author("openroots", "", "notices", "", wall, time), 0
    for begin in range(0, len(found), AT_ONCE):
        given = [as_told(notice, time) for notice in found[begin : begin + AT_ONCE]]
        changes, signals = [change for change, _ in given], [signal for _, signal in given]
        try:
            await world.store.commit(changes, signals=signals, by=by, across=True)
        except Conflict:
            return count  # somebody else is telling; what is left is told at the next look
        count += len(given)
    return count
