"""Which of several nodes delivers: one at a time, and another soon after that one is gone.

For the dispatcher, where several processes have one store. Whoever delivers says so from time to
time; who has not for a while is taken to be gone. What a node keeps of delivery is refused once
another has taken its place, so that two never write over each other.

Source: M. Kleppmann, "How to do distributed locking", for the number that fences a late writer off.
"""

from datetime import datetime, timedelta
from typing import Protocol

from openroots.delivery.following import looked
from openroots.storage import Author, Change, Conflict, Guard, Mark, Snapshot, Store, Unchanged
from openroots.world import World

TENURE, THE_ONE = "DeliveryTenure", "one"  # a resource: its version counts who delivered so far
ALIVE = "delivery/alive"  # a mark that the one who delivers renews
LASTS = timedelta(seconds=15)
RENEWED = timedelta(seconds=5)


class Lease(Protocol):
    """The right to deliver."""

    guards: tuple[Guard, ...]  # of whatever is kept by this right

    async def held(self, store: Store) -> bool:
        """Whether this node may deliver now."""
        ...


class Alone:
    """There is no other node."""

    guards: tuple[Guard, ...] = ()

    async def held(self, store: Store) -> bool:
        return True


class Shared:
    """One of several nodes, by a name of its own."""

    def __init__(self, world: World, node: str) -> None:
        self._world = world
        self._node = node
        self._renew_at: datetime | None = None
        self.guards: tuple[Guard, ...] = ()

    async def held(self, store: Store) -> bool:
        now = self._world.wall.now()
        if self._renew_at is not None and now < self._renew_at:
            return bool(self.guards)
        self._renew_at = now + RENEWED
        try:
            await (self._renewed(store, now) if self.guards else self._taken(store, now))
        except Conflict:
            self.guards = ()
        return bool(self.guards)

    async def _renewed(self, store: Store, now: datetime) -> None:
        mark = Mark(ALIVE, self._node.encode(), now + LASTS)
        await store.commit(marks=[mark], guards=self.guards, by=self._by(now))

    async def _taken(self, store: Store, now: datetime) -> None:
        version, free = await looked(store, lambda db: _found(db, now))
        if free:
            change = Change(TENURE, THE_ONE, {"node": self._node}, version)
            mark = Mark(ALIVE, self._node.encode(), now + LASTS, once=True)
            await store.commit([change], marks=[mark], by=self._by(now))
            self.guards = (Unchanged(TENURE, THE_ONE, version + 1),)

    def _by(self, now: datetime) -> Author:
        return Author("openroots", "", "delivery", "", now, self._world.time.now())


def _found(db: Snapshot, now: datetime) -> tuple[int, bool]:
    """How many have delivered so far, and whether nobody does now."""
    row = db.get(TENURE, THE_ONE)
    mark = db.marks([ALIVE]).get(ALIVE)
    alive = mark is not None and mark.expires is not None and mark.expires > now
    return row.version if row else 0, not alive
