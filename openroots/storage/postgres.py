"""Storage in PostgreSQL: the same store for many nodes that share one database.

A commit takes the next number `t`, and a snapshot is such a number: nothing of a version is ever
changed, so the store "as at t" needs no transaction held open, and may be read by many round
trips on any connections.

That rests on one promise: **commits become visible in the order of their numbers.** A sequence
would break it, for a slower commit with a lower number could appear after a faster one with a
higher number, when a reader has already gone past it, and the feed would skip its signals for
good. So a batch of commits is one statement, a call of the function `keep_all`, outside any
transaction block. The function takes a lock, reads the last number that anybody can see, and
numbers on from there; PostgreSQL makes the commit visible first and releases the lock second.
The lock is taken and released within one message to the server, so that no node that pauses,
however long, can hold up the others.

As with SQLite, all that waits goes together: the commits that callers ask for while one batch is
under way are the next batch, one round trip and one flush to disk. Each is applied within a
subtransaction, so that one in conflict leaves its neighbours alone.

A lost connection while a commit is under way leaves open whether it was kept. The caller gets
Unavailable; a retry changes nothing twice, since what was kept makes its expected versions fail.

Handlers run on threads and their snapshots wait there for the event loop of the store, which does
the talking.

Source: PostgreSQL's documentation on explicit locking, transaction isolation and PL/pgSQL.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import asyncpg

from openroots.storage.forms import Forms, no_forms
from openroots.storage.postgres_forgetting import ERASE, PRUNE, SWEEP
from openroots.storage.postgres_packed import packed
from openroots.storage.postgres_reach import (
    LOST,
    SECONDS_AT_MOST,
    SECONDS_TO_ANSWER,
    SECONDS_TO_CLOSE,
    Reach,
    reached,
)
from openroots.storage.postgres_schema import bring_up_to_date, made_by
from openroots.storage.postgres_snapshot import PostgresSnapshot
from openroots.storage.spans import Tell, tell_nobody
from openroots.storage.submission import Erasure, Submission, must_be_about_one_person, written
from openroots.storage.types import (
    EVERYTHING,
    Author,
    Batched,
    Change,
    Commit,
    Conflict,
    Guard,
    Mark,
    NoStore,
    Scope,
    Signal,
    Terms,
    Told,
    Unavailable,
)

T = TypeVar("T")
SECONDS_TO_FORGET = 3600.0  # what looks through all tables takes the longer the larger they are
# A session remembers 64 subtransactions cheaply; past that, every reader must look them up.
LARGEST_BATCH = 64

FEED = """
SELECT t, n, time, type, subject, dataref FROM signal
WHERE (t, n) > ($1, $2) ORDER BY t, n LIMIT $3
"""
COMMITS = """
SELECT t, types, ids, application, organisation, endpoint, trail, wall, time FROM committed
WHERE t > $1 ORDER BY t LIMIT $2
"""
KEEP_ALL = "SELECT kept, state, words FROM keep_all($1, $2, $3)"


async def open_postgres(
    url: str,
    terms: Terms,
    forms: Forms = no_forms,
    tell: Tell = tell_nobody,
    node: str = "openroots",
) -> "PostgresStore":
    """The store in this database, in a schema of its own, made if it is not there. `tell` hears how
    far it has come where the tables are of an earlier version; `node` is what its connections call
    themselves.

    Raises Unavailable where the server cannot be reached or refuses, TooNew where a later version
    of the program made the tables.
    """
    async with reached(url, node) as pool:
        await bring_up_to_date(pool, terms, forms, tell)
        return PostgresStore(pool, terms, forms)


async def tables_in(url: str) -> int:
    """The version of the tables that are in this database; 0 where there are none. Raises as
    `open_postgres`."""
    async with reached(url) as pool:
        found = await made_by(pool)
        await pool.close()
        return found


async def read_postgres(url: str, look: Callable[[PostgresSnapshot], T]) -> T:
    """What a look at the store in this database finds. Its tables are left as they are: who only
    looks does not know what rows are to be found by.

    Raises NoStore where there are none, else as `open_postgres`.
    """
    async with reached(url) as pool:
        if not await made_by(pool):
            raise NoStore("the database holds no world yet")
        store = PostgresStore(pool, lambda type, body: (), no_forms)
        found = await asyncio.to_thread(lambda: look(store.snapshot()))
        await store.close()
        return found


class PostgresStore:
    """A durable store in a database. Made by `open_postgres`, inside a running event loop."""

    inline = False

    def __init__(self, pool: Any, terms: Terms, forms: Forms) -> None:
        self._pool = pool
        self._terms = terms
        self._forms = forms
        self._loop = asyncio.get_running_loop()
        self._waiting: list[_Job] = []
        self._sending: asyncio.Task[None] | None = None
        self._closed = False
        self._reach = Reach(pool)
        self.batched = Batched()

    def snapshot(self, scope: Scope = EVERYTHING, at: int | None = None) -> PostgresSnapshot:
        """The store as it is when first asked, or as it was after commit `at`."""
        return PostgresSnapshot(self, at, scope)

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
        """Keep all of it, on disk, and return its `t`; or none of it. See `storage.store.Store`."""
        if not across:
            must_be_about_one_person(changes)
        if self._closed:
            raise Unavailable("the store was closed")
        writes = written(changes, self._terms, self._forms, all_terms=True)
        work, blobs = packed(Submission(writes, guards, signals, marks, by))
        job = _Job(work, blobs, self._loop.create_future())
        self._waiting.append(job)
        if self._sending is None or self._sending.done():
            self._sending = self._loop.create_task(self._send())
        return await job.done

    async def feed(self, after: str = "", limit: int = 1000) -> list[Told]:
        """The signals that follow a cursor. None can appear late: see the head of this module."""
        t, n = (int(part) for part in (after or "0.0").split("."))
        return [
            Told(f"{t}.{n}", t, time, Signal(type, subject, dataref))
            for t, n, time, type, subject, dataref in await self._fetch(FEED, t, n, limit)
        ]

    def commits(self, after: int = 0, limit: int = 1000) -> list[Commit]:
        """What was committed after `t`, by whom and which resources, in order."""
        return [
            Commit(t, Author(*by), tuple(zip(types, ids, strict=True)))
            for t, types, ids, *by in self.ask(COMMITS, after, limit)
        ]

    async def sweep(self, now: datetime) -> int:
        """Forget marks that expired before this wall time; returns how many."""
        [(count,)] = await self._fetch(SWEEP, now.astimezone(UTC))
        return int(count)

    async def erase(self, subject: str) -> int:
        """Take out all that is held about a person. See `storage.store.Store`. The server's own
        VACUUM, which is asked for, frees what is no longer there, to be written over."""
        erased = Erasure(subject).subject
        [(count,)] = await self._fetch(ERASE, erased, seconds=SECONDS_TO_FORGET)
        await self._fetch("VACUUM version, term, signal", seconds=SECONDS_TO_FORGET)
        return int(count)

    async def prune(self, before: datetime, owed: int) -> int:
        """Let go of versions that others took the place of. See `storage.store.Store`."""
        known = before.astimezone(UTC), owed
        [(count,)] = await self._fetch(PRUNE, *known, seconds=SECONDS_TO_FORGET)
        return int(count)

    def hasten(self) -> None:
        """Have nobody wait for long for a server that does not answer."""
        self._reach.hasten()

    async def close(self) -> None:
        """Finish what was accepted, then let go of the server."""
        self._closed = True
        if self._sending is not None:
            await self._sending
        if self._reach.away:  # it would not hear that one goes
            self._pool.terminate()
            return
        try:
            await asyncio.wait_for(self._pool.close(), SECONDS_TO_CLOSE)
        except (*LOST, asyncpg.PostgresError):
            self._pool.terminate()

    def ask(self, sql: str, *values: Any) -> list[Any]:
        """The records that a statement gives, waited for on a thread other than the loop's.

        Raises Unavailable, and RuntimeError where waiting would stop the loop that must answer.
        """
        if _running_loop() is self._loop:
            raise RuntimeError("a PostgreSQL snapshot is read on a thread, not on the event loop")
        fetching = self._fetch(sql, *values)
        try:
            future = asyncio.run_coroutine_threadsafe(fetching, self._loop)
        except RuntimeError as error:
            fetching.close()
            raise Unavailable("the store's event loop has ended") from error
        try:
            return future.result(SECONDS_AT_MOST)
        except (TimeoutError, CancelledError) as error:
            future.cancel()
            raise Unavailable("no answer in time") from error

    async def _fetch(self, sql: str, *values: Any, seconds: float = SECONDS_TO_ANSWER) -> list[Any]:
        return await self._reach.ask(sql, *values, seconds=seconds)

    async def _send(self) -> None:
        while self._waiting:
            batch = self._waiting[:LARGEST_BATCH]
            del self._waiting[:LARGEST_BATCH]
            try:
                settled = await self._keep(batch)
            except Exception as error:
                settled = [error] * len(batch)
            for job, outcome in zip(batch, settled, strict=True):
                job.tell(outcome)

    async def _keep(self, batch: Sequence["_Job"]) -> list[int | Exception]:
        blobs: list[bytes] = []
        skips = []
        for job in batch:
            skips.append(len(blobs))
            blobs += job.blobs
        told = await self._fetch(KEEP_ALL, [job.work for job in batch], blobs, skips)
        if kept := sum(1 for kept, *_ in told if kept):
            self.batched = self.batched.plus(kept)
        return [kept or _refusal(state, words) for kept, state, words in told]


@dataclass(slots=True, eq=False)
class _Job:
    """One commit waiting to be on disk: its JSON, and the bytes that go beside it."""

    work: str
    blobs: list[bytes]
    done: asyncio.Future[int]

    def tell(self, outcome: int | Exception) -> None:
        if self.done.cancelled():
            return
        if isinstance(outcome, Exception):
            self.done.set_exception(outcome)
        else:
            self.done.set_result(outcome)


def _refusal(state: str, words: str) -> Exception:
    return Conflict(words) if state == "OR001" else Unavailable(f"{state}: {words}")


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
