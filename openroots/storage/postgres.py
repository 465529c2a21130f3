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
the talking. Text may not hold the character NUL, which PostgreSQL does not store.

Source: PostgreSQL's documentation on explicit locking, transaction isolation and PL/pgSQL.
"""

import asyncio
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg
import orjson

from openroots.storage.forms import Forms, form_in, no_forms
from openroots.storage.postgres_schema import LATEST, bring_up_to_date
from openroots.storage.postgres_search import compile_query, compile_tally
from openroots.storage.search import Page, Query
from openroots.storage.submission import (
    Erasure,
    Submission,
    Written,
    must_be_about_one_person,
    read_terms,
    written,
)
from openroots.storage.types import (
    EVERYTHING,
    Absent,
    Author,
    Batched,
    Change,
    Commit,
    Conflict,
    Guard,
    Json,
    Key,
    Mark,
    Row,
    Scope,
    Signal,
    Terms,
    Told,
    Unavailable,
    Unchanged,
)

SECONDS_TO_ANSWER = 30.0
CONNECTIONS = 10
# A session remembers 64 subtransactions cheaply; past that, every reader must look them up.
LARGEST_BATCH = 64
NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")

# What tells of the server or the way to it, rather than of what was asked.
LOST = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresSystemError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
)

NEWEST = """
SELECT v.type, v.id, v.version, v.t, v.raw, v.subject, v.holder, v.labels{forms} FROM {keys}
CROSS JOIN LATERAL (
    SELECT * FROM version WHERE type = k.type AND id = k.id AND t <= $2
    ORDER BY version DESC LIMIT 1
) v ORDER BY k.n
"""
KEYS = "unnest($1::text[], $3::text[]) WITH ORDINALITY AS k(type, id, n)"
FORMS = {False: "", True: ", v.forms"}  # fetched only for those who ask for one
HISTORY = """
SELECT type, id, version, t, raw, subject, holder, labels FROM version
WHERE type = $1 AND id = $2 AND t <= $3 ORDER BY version DESC LIMIT $4
"""
MARKS = "SELECT key, value, expires FROM mark WHERE key = ANY ($1)"
FEED = """
SELECT t, n, time, type, subject, dataref FROM signal
WHERE (t, n) > ($1, $2) ORDER BY t, n LIMIT $3
"""
FIRST_SINCE = """
SELECT t FROM committed WHERE time >= $1 AND t <= $2
AND time <> (SELECT time FROM committed ORDER BY t LIMIT 1) ORDER BY t LIMIT 1
"""
COMMITS = """
SELECT t, types, ids, application, organisation, endpoint, trail, wall, time FROM committed
WHERE t > $1 ORDER BY t LIMIT $2
"""
KEEP_ALL = "SELECT kept, state, words FROM keep_all($1, $2, $3)"
SWEEP = """
WITH swept AS (DELETE FROM mark WHERE expires <= $1 RETURNING 1) SELECT count(*) FROM swept
"""
ERASE = """
WITH emptied AS (
    UPDATE version SET raw = '', forms = '', holder = '', labels = '{}'
    WHERE subject = $1 AND length(raw) > 0 RETURNING 1
), unfound AS (
    DELETE FROM term WHERE subject = $1
), untold AS (
    UPDATE signal SET type = 'erased', subject = '', dataref = '' WHERE subject = $1
)
SELECT count(*) FROM emptied
"""
# What a version was found by goes with it, up to the commit that took its place.
PRUNE = """
WITH gone AS (
    DELETE FROM version old USING version new, committed c
    WHERE new.type = old.type AND new.id = old.id AND new.version = old.version + 1
    AND c.t = new.t AND old.subject <> '' AND new.t < $2 AND c.wall < $1
    RETURNING old.type, old.id, old.subject, new.t
), unfound AS (
    DELETE FROM term USING gone WHERE term.subject = gone.subject
    AND term.type = gone.type AND term.id = gone.id AND term.until <= gone.t
)
SELECT count(*) FROM gone
"""


async def open_postgres(url: str, terms: Terms, forms: Forms = no_forms) -> "PostgresStore":
    """The store in this database, in a schema of its own, made if it is not there.

    Raises Unavailable where the server cannot be reached or refuses, TooNew where a later version
    of the program made the tables.
    """
    with _reaching():
        pool = await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=CONNECTIONS,
            timeout=SECONDS_TO_ANSWER,
            command_timeout=SECONDS_TO_ANSWER,
            reset=_leave_as_it_is,
            server_settings={
                "search_path": "openroots",
                "default_transaction_isolation": "read committed",  # see what the lock waited for
                "jit": "off",
            },
        )
    try:
        with _reaching():
            await bring_up_to_date(pool, terms, forms)
    except BaseException:
        await pool.close()
        raise
    return PostgresStore(pool, terms, forms)


async def _leave_as_it_is(connection: Any) -> None:
    """No statement here leaves anything behind, so a connection needs no round trip to clean it."""


@contextmanager
def _reaching() -> Iterator[None]:
    """Raises Unavailable for a server that is lost, and ValueError for text it cannot hold."""
    try:
        yield
    except asyncpg.CharacterNotInRepertoireError as error:
        raise ValueError("text may not hold NUL") from error
    except ValueError:
        raise
    except LOST as error:
        raise Unavailable(str(error) or type(error).__name__) from error


class PostgresSnapshot:
    """The store after commit `t`, within a scope. See `storage.types.Snapshot`.

    Used on any thread but that of the store's event loop, which each call waits for. The number
    is looked up when first needed, so that a handler that reads nothing costs no round trip.
    """

    __slots__ = ("_at", "_store", "scope", "seen")

    def __init__(self, store: "PostgresStore", at: int | None, scope: Scope) -> None:
        self._store = store
        self._at = at
        self.scope = scope
        self.seen: list[str] = []

    @property
    def t(self) -> int:
        """The commit after which this is the store."""
        if self._at is None:
            self._at = int(self._store.ask(LATEST)[0][0])
        return self._at

    def read(self, keys: Sequence[Key], form: str = "") -> dict[Key, Row]:
        """The current row for each key that has one in scope, in the form asked for."""
        types, ids = [type for type, _ in keys], [id for _, id in keys]
        sql = NEWEST.format(keys=KEYS, forms=FORMS[bool(form)])
        found = self._store.ask(sql, types, self.t, ids) if keys else []
        rows = self._in_scope([record for record in found if record["raw"]], form)
        return {(row.type, row.id): row for row in rows}

    def search(self, query: Query) -> Page:
        """The rows that a query finds, with the cursor of the next page."""
        ids, texts = compile_query(query, self.scope)
        sql = NEWEST.format(keys=f"({ids}) AS k", forms=FORMS[bool(query.form)])
        found = self._store.ask(sql, texts, self.t)
        page = found[: query.limit]
        more = len(found) > query.limit and page
        return Page(self._in_scope(page, query.form), str(page[-1]["id"]) if more else "")

    def tally(self, type: str, name: str) -> dict[str, int]:
        """How many resources have each value of a name."""
        sql, texts = compile_tally(type, name, self.scope)
        return dict(map(tuple, self._store.ask(sql, texts, self.t)))

    def before(self, time: datetime) -> int:
        """The commit before the first that was made at this time of the world or later."""
        found = self._store.ask(FIRST_SINCE, time.astimezone(UTC), self.t)
        return int(found[0]["t"]) - 1 if found else self.t

    def history(
        self, type: str, id: str, *, to: int | None = None, newest: int | None = None
    ) -> list[Row]:
        """Every version up to `t` in scope, oldest first, removals included."""
        last = self.t if to is None else min(to, self.t)
        return self._in_scope(self._store.ask(HISTORY, type, id, last, newest)[::-1])

    def marks(self, keys: Sequence[str]) -> dict[str, Mark]:
        """Today's marks of these keys."""
        found = self._store.ask(MARKS, list(keys))
        return {key: Mark(key, value, expires) for key, value, expires in found}

    def _in_scope(self, found: Sequence[Any], form: str = "") -> list[Row]:
        rows = [
            row
            for row in (_row(record, form) for record in found)
            if self.scope.holds(row.subject, row.holder, row.labels)
        ]
        if self.scope.without and rows:
            barred = self._who_has(self.scope.without, {row.subject for row in rows})
            rows = [row for row in rows if row.subject not in barred]
        self.seen += [row.subject for row in rows if row.subject]
        return rows

    def _who_has(self, type: str, subjects: set[str]) -> set[str]:
        """Those of these people who have a resource of the type under their own key."""
        ids = sorted(subjects - {""})
        sql = NEWEST.format(keys=KEYS, forms=FORMS[False])
        found = self._store.ask(sql, [type] * len(ids), self.t, ids) if ids else []
        return {record["id"] for record in found if record["raw"]}


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
        """Keep all of it, on disk, and return its `t`; or none of it. See `storage.types.Store`."""
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
        """Take out all that is held about a person. See `storage.types.Store`. The server's own
        VACUUM, which is asked for, overwrites what is no longer there."""
        [(count,)] = await self._fetch(ERASE, Erasure(subject).subject)
        await self._fetch("VACUUM version, term, signal")
        return int(count)

    async def prune(self, before: datetime, owed: int) -> int:
        """Let go of versions that others took the place of. See `storage.types.Store`."""
        [(count,)] = await self._fetch(PRUNE, before.astimezone(UTC), owed)
        return int(count)

    async def close(self) -> None:
        """Finish what was accepted, then let go of the server."""
        self._closed = True
        if self._sending is not None:
            await self._sending
        try:
            await asyncio.wait_for(self._pool.close(), SECONDS_TO_ANSWER)
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
            return future.result(SECONDS_TO_ANSWER)
        except (TimeoutError, CancelledError) as error:
            future.cancel()
            raise Unavailable("no answer in time") from error

    async def _fetch(self, sql: str, *values: Any) -> list[Any]:
        with _reaching():
            records: list[Any] = await self._pool.fetch(sql, *values)
            return records

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


def _row(record: Any, form: str) -> Row:
    type, id, version, t, raw, subject, holder, labels, *forms = record
    row = Row(type, id, version, t, raw, subject, holder, frozenset(labels))
    formed = form_in(forms[0], form, raw) if forms else b""
    return row._replace(raw=formed, form=form) if formed else row


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


def packed(work: Submission) -> tuple[str, list[bytes]]:
    """A submission as `keep_all` takes it: JSON, and the bodies and values of marks beside it.

    Raises ValueError for text that holds NUL, here, where it costs no neighbour its commit.
    """
    marks = {mark.key: mark for mark in work.marks}
    by = work.by
    text = orjson.dumps(
        {
            "relied": [_standing(change) for change in work.writes]
            + [_standing(guard) for guard in work.guards if isinstance(guard, Unchanged)],
            "absent": [_absent(guard) for guard in work.guards if isinstance(guard, Absent)],
            "once": [mark.key for mark in work.marks if mark.once],
            "changes": [_changed(change) for change in work.writes],
            "signals": [
                {"type": told.type, "subject": told.subject, "dataref": told.dataref}
                for told in work.signals
            ],
            "marks": [{"key": mark.key, "expires": mark.expires} for mark in marks.values()],
            "application": by.application,
            "organisation": by.organisation,
            "endpoint": by.endpoint,
            "trail": by.trail,
            "wall": by.wall,
            "time": by.time,
        }
    )
    if NUL.search(text):
        raise ValueError("text may not hold NUL")
    bodies = [blob for change in work.writes for blob in (change.raw, change.forms)]
    return text.decode(), [*bodies, *(mark.value for mark in marks.values())]


def _standing(relied: Written | Unchanged) -> Json:
    version = relied.expect if isinstance(relied, Written) else relied.version
    return {"type": relied.type, "id": relied.id, "version": version}


def _absent(guard: Absent) -> Json:
    sql, texts = compile_query(guard.query, EVERYTHING)
    return {"type": guard.query.type, "sql": sql, "texts": texts}


def _changed(change: Written) -> Json:
    return {
        "type": change.type,
        "id": change.id,
        "subject": change.subject,
        "holder": change.holder,
        "labels": sorted(change.labels),
        "terms": sorted(read_terms(change.terms or "")),
    }
