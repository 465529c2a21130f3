"""A store that counts what is asked of its snapshots, for tests of how much an endpoint reads.

The number of an endpoint's reads must not grow with its result. A test wraps the store it uses,
calls the endpoint, and compares `counts` with the budget that the endpoint declares.

Source: none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from openroots.storage.search import Page, Query
from openroots.storage.store import Snapshot, Store
from openroots.storage.types import (
    EVERYTHING,
    Author,
    Batched,
    Change,
    Commit,
    Guard,
    Key,
    Mark,
    Row,
    Scope,
    Signal,
    Told,
)


@dataclass(slots=True)
class Counts:
    """How often each question was asked."""

    reads: int = 0
    searches: int = 0
    histories: int = 0
    marks: int = 0

    @property
    def total(self) -> int:
        """All questions together."""
        return self.reads + self.searches + self.histories + self.marks


class CountingSnapshot:
    """Another snapshot, each call of which is counted."""

    __slots__ = ("_counts", "_inner", "scope", "seen")

    def __init__(self, inner: Snapshot, counts: Counts) -> None:
        self._inner = inner
        self._counts = counts
        self.scope = inner.scope
        self.seen = inner.seen

    @property
    def t(self) -> int:
        """The commit after which this is the store."""
        return self._inner.t

    def read(self, keys: Sequence[Key], form: str = "") -> dict[Key, Row]:
        """As the snapshot within, counted as one read however many the keys."""
        self._counts.reads += 1
        return self._inner.read(keys, form)

    def get(self, type: str, id: str, form: str = "") -> Row | None:
        """As the snapshot within, counted as one read."""
        self._counts.reads += 1
        return self._inner.get(type, id, form)

    def search(self, query: Query) -> Page:
        """As the snapshot within, counted as one search."""
        self._counts.searches += 1
        return self._inner.search(query)

    def tally(self, type: str, name: str) -> dict[str, int]:
        """As the snapshot within, counted as one search."""
        self._counts.searches += 1
        return self._inner.tally(type, name)

    def history(
        self, type: str, id: str, *, to: int | None = None, newest: int | None = None
    ) -> list[Row]:
        """As the snapshot within, counted as one history."""
        self._counts.histories += 1
        return self._inner.history(type, id, to=to, newest=newest)

    def versions(self, since: Mapping[Key, int]) -> list[Row]:
        """As the snapshot within, counted as one history however many the resources."""
        self._counts.histories += 1
        return self._inner.versions(since)

    def before(self, time: datetime) -> int:
        """As the snapshot within, counted as one search."""
        self._counts.searches += 1
        return self._inner.before(time)

    def marks(self, keys: Sequence[str]) -> dict[str, Mark]:
        """As the snapshot within, counted as one look at the marks."""
        self._counts.marks += 1
        return self._inner.marks(keys)


class CountingStore:
    """Another store, the snapshots of which add to `counts`. Put fresh `Counts` there to begin."""

    def __init__(self, inner: Store) -> None:
        self._inner = inner
        self.inline = inner.inline
        self.counts = Counts()

    @property
    def batched(self) -> Batched:
        """As the store within."""
        return self._inner.batched

    def snapshot(self, scope: Scope = EVERYTHING, at: int | None = None) -> CountingSnapshot:
        """A snapshot of the store within, which adds to the counts of this moment."""
        return CountingSnapshot(self._inner.snapshot(scope, at), self.counts)

    async def commit(
        self,
        changes: Sequence[Change] = (),
        guards: Sequence[Guard] = (),
        signals: Sequence[Signal] = (),
        marks: Sequence[Mark] = (),
        *,
        by: Author,
        across: bool = False,
    ) -> int:
        """As the store within."""
        return await self._inner.commit(changes, guards, signals, marks, by=by, across=across)

    async def feed(self, after: str = "", limit: int = 1000) -> list[Told]:
        """As the store within."""
        return await self._inner.feed(after, limit)

    def commits(self, after: int = 0, limit: int = 1000) -> list[Commit]:
        """As the store within."""
        return self._inner.commits(after, limit)

    async def sweep(self, now: datetime) -> int:
        """As the store within."""
        return await self._inner.sweep(now)

    async def erase(self, subject: str) -> int:
        """As the store within."""
        return await self._inner.erase(subject)

    async def prune(self, before: datetime, owed: int) -> int:
        """As the store within."""
        return await self._inner.prune(before, owed)

    def hasten(self) -> None:
        """As the store within."""
        self._inner.hasten()

    async def close(self) -> None:
        """Close the store within."""
        await self._inner.close()
