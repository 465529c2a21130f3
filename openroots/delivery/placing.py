"""Puts parcels into queues and mailboxes of this very house: each is a resource in the store.

What a parcel becomes there is worked out by the service that has the queues or the mailboxes. A
parcel has the same id whenever it is repeated, so it is there once.

Source: none.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from openroots.delivery.following import looked
from openroots.delivery.source import Outcome, Parcel
from openroots.storage import Author, Change, Conflict, Snapshot
from openroots.world import World

ATTEMPTS = 5  # at a commit that others get in the way of

Places = Callable[[Sequence[Parcel], Snapshot, datetime], list[Change]]


class NoPlace(Exception):
    """There is nothing of that name to put a parcel into."""


class Placing:
    """The channel to endpoints of one scheme, such as mesh://. `places` says what to commit so
    that parcels of one subscription are there, and no second time; it raises NoPlace where they
    cannot be."""

    batch = 64
    flights = 1

    def __init__(self, world: World, scheme: str, places: Places) -> None:
        self._world = world
        self._scheme = scheme
        self._places = places

    def takes(self, endpoint: str) -> bool:
        return endpoint.startswith(self._scheme)

    async def hand_over(self, parcels: Sequence[Parcel], at: datetime) -> list[Outcome]:
        outcome = Outcome(False, "others were first")
        for _ in range(ATTEMPTS):
            try:
                await self._put(parcels, at)
                outcome = Outcome(True, "placed")
                break
            except NoPlace as error:
                outcome = Outcome(False, str(error))
                break
            except Conflict:
                continue
        return [outcome] * len(parcels)

    async def close(self) -> None:
        """There is nothing to close."""

    async def _put(self, parcels: Sequence[Parcel], at: datetime) -> None:
        store = self._world.store
        changes = await looked(store, lambda db: self._places(parcels, db, at))
        if changes:
            by = Author("openroots", "", "delivery", "", at, self._world.time.now())
            await store.commit(changes, by=by, across=True)
