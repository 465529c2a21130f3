"""Proves that somebody's data is sent to whom, before it is: one audit entry for many parcels.

For the dispatcher. Parcels of one application that are ready in the same turn of the event loop
share an entry, which says whom they are about and under which ids they went.

Source: none.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from openroots.delivery.source import Parcel
from openroots.storage import Json
from openroots.world import World

Prove = Callable[[Json], Coroutine[Any, Any, object]]


class Proving:
    """What is sent in a world, on its way into the audit log."""

    def __init__(self, world: World, prove: Prove) -> None:
        self._world = world
        self._prove = prove
        self._gathered: dict[tuple[str, str], list[Parcel]] = {}
        self._entry: asyncio.Future[None] | None = None

    async def proved(self, parcels: Sequence[Parcel]) -> None:
        """Return once it is on disk that these are sent. Raises Unavailable where it cannot be
        written."""
        if self._entry is None:
            loop = asyncio.get_running_loop()
            self._entry = loop.create_future()
            loop.call_soon(self._hand_over)
        for parcel in parcels:
            whose = parcel.subscriber.application, parcel.subscriber.organisation
            self._gathered.setdefault(whose, []).append(parcel)
        await asyncio.shield(self._entry)

    def _hand_over(self) -> None:
        gathered, entry = self._gathered, self._entry
        self._gathered, self._entry = {}, None
        assert entry is not None
        work = asyncio.gather(
            *(self._prove(self._as_entry(*whose, parcels)) for whose, parcels in gathered.items())
        )
        work.add_done_callback(lambda done: _tell(entry, done))

    def _as_entry(self, application: str, organisation: str, parcels: Sequence[Parcel]) -> Json:
        subjects = dict.fromkeys(parcel.subject for parcel in parcels if parcel.subject)
        return {
            "wall": self._world.wall.now(),
            "time": self._world.time.now(),
            "application": application,
            "organisation": organisation,
            "access": "subscription",
            "user": "",
            "endpoint": "delivery.send",
            "subjects": list(subjects),
            "status": 202,
            "trail": "",
            "t": None,
            "deliveries": [parcel.id for parcel in parcels],
        }


def _tell(entry: "asyncio.Future[None]", done: "asyncio.Future[Any]") -> None:
    if entry.done():
        return
    if done.cancelled():
        entry.cancel()
    elif error := done.exception():
        entry.set_exception(error)
    else:
        entry.set_result(None)
