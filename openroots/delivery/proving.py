"""Proves that somebody's data is sent to whom, before it is: one audit entry for many parcels.

For the dispatcher. While an entry is being written, parcels gather; those of one application
share the next, which says whom they are about and under which ids they went. So the more there is
to send, the fewer entries it takes.

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
        self._waiting: list[asyncio.Future[None]] = []  # for the entry of those gathered
        self._is_writing = False

    def proved(self, parcels: Sequence[Parcel]) -> "asyncio.Future[None]":
        """What is done once it is on disk that these are sent, or raises Unavailable where it
        cannot be written."""
        loop = asyncio.get_running_loop()
        if not self._is_writing:
            self._is_writing = True
            loop.call_soon(self._hand_over)
        for parcel in parcels:
            whose = parcel.subscriber.application, parcel.subscriber.organisation
            self._gathered.setdefault(whose, []).append(parcel)
        written = loop.create_future()
        self._waiting.append(written)
        return written

    def _hand_over(self) -> None:
        gathered, waiting = self._gathered, self._waiting
        self._gathered, self._waiting = {}, []
        self._is_writing = bool(waiting)
        if not waiting:
            return
        work = asyncio.gather(
            *(self._prove(self._as_entry(*whose, parcels)) for whose, parcels in gathered.items())
        )
        work.add_done_callback(lambda done: self._written(waiting, done))

    def _written(
        self, waiting: Sequence["asyncio.Future[None]"], done: "asyncio.Future[Any]"
    ) -> None:
        for entry in waiting:
            _tell(entry, done)
        self._hand_over()

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
    if entry.done():  # whoever waited has been stopped
        return
    if done.cancelled():
        entry.cancel()
    elif error := done.exception():
        entry.set_exception(error)
    else:
        entry.set_result(None)
