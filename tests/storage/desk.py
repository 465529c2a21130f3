"""A store at work: held by an event loop on a thread of its own, and asked from another.

That is how handlers stand to a store that is not inline; one that is does not mind.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from openroots.storage import (
    Author,
    Change,
    Guard,
    How,
    Json,
    Mark,
    Query,
    Row,
    Signal,
    Snapshot,
    Store,
    Term,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BY = Author("app", "X26", "PATCH /Patient", "trail-1", NOON, NOON.replace(year=2030))
HOUR = timedelta(hours=1)
SMITH = {"is": {"family": ["Smith"]}}

Opening = Callable[[], Awaitable[Store]]


def terms(type: str, body: Json) -> Iterable[tuple[str, str]]:
    """What the test resources are indexed by: `{"is": {"family": ["Smith"]}}`."""
    for name, values in body.get("is", {}).items():
        for value in values:
            yield name, value


def forms(type: str, body: Json, labels: frozenset[str]) -> Mapping[str, Json | None]:
    """The other forms of the test resources: `{"forms": {"short": {...}}}`."""
    found: Mapping[str, Json | None] = body.get("forms", {})
    return found


def as_before(type: str, body: Json, labels: frozenset[str]) -> Mapping[str, Json | None]:
    """The forms that an earlier version of the program made of them."""
    return {"short": {"was": "shown so"}}


class Desk:
    """Opens a store, closes it, and asks it what is asynchronous as if it were not."""

    def __init__(self, opening: Opening, loop: asyncio.AbstractEventLoop) -> None:
        self._opening = opening
        self.loop = loop
        self.store: Store = self.run(self._open())

    async def _open(self) -> Store:
        return await self._opening()

    def start(self, work: Coroutine[Any, Any, Any]) -> "Future[Any]":
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.start(work).result(30)

    def commit(
        self,
        *changes: Change,
        guards: Sequence[Guard] = (),
        signals: Sequence[Signal] = (),
        marks: Sequence[Mark] = (),
        by: Author = BY,
        across: bool = False,
    ) -> int:
        """Commit and wait for its number."""
        t: int = self.run(self.store.commit(changes, guards, signals, marks, by=by, across=across))
        return t

    def all_at_once(self, commits: Iterable[Sequence[Change]]) -> list[int | BaseException]:
        """Commit each of these in the same breath; the number or the refusal of each."""

        async def together() -> list[int | BaseException]:
            asked = [self.store.commit(changes, by=BY) for changes in commits]
            return await asyncio.gather(*asked, return_exceptions=True)

        told: list[int | BaseException] = self.run(together())
        return told

    def feed(self, after: str = "", limit: int = 1000) -> list[Signal]:
        """The signals alone."""
        return [told.signal for told in self.run(self.store.feed(after, limit))]

    def reopen(self) -> None:
        """Close the store and open it as a new run of the program would."""
        self.close()
        self.store = self.run(self._open())

    def close(self) -> None:
        self.run(self.store.close())


@contextmanager
def running_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop that runs on a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@contextmanager
def desk_for(opening: Opening) -> Iterator[Desk]:
    """A desk with an open store."""
    with running_loop() as loop:
        desk = Desk(opening, loop)
        try:
            yield desk
        finally:
            desk.close()


def at(wall: datetime) -> Author:
    """An author at another moment of wall time."""
    return BY._replace(wall=wall)


def patient(
    id: str,
    expect: int = 0,
    *values: str,
    subject: str = "",
    holder: str = "",
    labels: Sequence[str] = (),
) -> Change:
    """A patient whose family names are these values."""
    body = {"id": id, "is": {"family": list(values)}}
    return Change("Patient", id, body, expect, subject, holder, frozenset(labels))


def removed(id: str, expect: int, subject: str = "") -> Change:
    """The removal of a patient."""
    return Change("Patient", id, None, expect, subject)


def read(snapshot: Snapshot, id: str) -> Row | None:
    """The patient of this id, if one is there."""
    return snapshot.get("Patient", id)


def found(snapshot: Snapshot, *where: Term) -> list[str]:
    """The ids of the patients of whom all of this is so."""
    return [row.id for row in snapshot.search(Query("Patient", where)).rows]


def family(*values: str, how: How = How.IS) -> Term:
    """That a family name is one of these."""
    return Term("family", values, how)
