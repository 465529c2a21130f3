"""Storage in one SQLite file: every version kept, one writer, readers that never wait.

For one machine. A commit takes the next number `t`. The store "as at t" is, for each resource,
its newest version whose `t` is not later; so a snapshot holds a number and no lock. Index rows
carry the interval [since, until) of commits in which they were true, so that a search is as steady
as a read.

One thread writes. It takes every commit that is waiting, applies them in one transaction and pays
for one fsync; each caller is told once that is on disk. A commit is checked in full before
anything of it is written, so that one in conflict leaves its neighbours alone.

Source: SQLite's documentation on WAL, synchronous=FULL and the backup of a live database.
"""

import asyncio
import threading
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import apsw

from openroots.storage.search import Page, Query
from openroots.storage.sqlite_search import EXISTS, compiled
from openroots.storage.types import (
    EVERYTHING,
    Absent,
    Author,
    Change,
    Commit,
    Conflict,
    Guard,
    Key,
    Mark,
    Row,
    Scope,
    Signal,
    Submission,
    Terms,
    Told,
    TooNew,
    Unavailable,
    Unchanged,
    must_be_about_one_person,
)

SCHEMA_VERSION = 1
FOREVER = 1 << 62
MAPPED_BYTES = 64 << 30  # an upper bound: SQLite maps no more than the file holds

SCHEMA = """
CREATE TABLE IF NOT EXISTS committed (
    t INTEGER PRIMARY KEY, first INTEGER, last INTEGER,   -- the versions that it wrote
    application TEXT, organisation TEXT, endpoint TEXT, trail TEXT, wall TEXT, time TEXT
);
CREATE TABLE IF NOT EXISTS version (
    n INTEGER PRIMARY KEY,             -- a rowid: bodies of 2 KB overflow a WITHOUT ROWID page
    type TEXT, id TEXT, version INTEGER, t INTEGER,
    subject TEXT, holder TEXT, labels TEXT, raw BLOB,     -- raw empty: removed at t
    UNIQUE (type, id, version)
);
CREATE TABLE IF NOT EXISTS term (
    type TEXT, name TEXT, value TEXT, id TEXT, since INTEGER, until INTEGER,
    subject TEXT, holder TEXT, labels TEXT,
    PRIMARY KEY (type, name, value, id, since)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS term_of ON term (type, id, until);
CREATE TABLE IF NOT EXISTS signal (
    n INTEGER PRIMARY KEY, t INTEGER, time TEXT, type TEXT, subject TEXT, dataref TEXT
);
CREATE TABLE IF NOT EXISTS mark (
    n INTEGER PRIMARY KEY, key TEXT UNIQUE, value BLOB, expires TEXT
);
"""

LATEST = "SELECT ifnull(max(t), 0) FROM committed"
CURRENT = """
SELECT version, raw <> x'' FROM version WHERE type=? AND id=? ORDER BY version DESC LIMIT 1
"""
READ = """
SELECT version, t, raw, subject, holder, labels FROM version
WHERE type = ? AND id = ? AND t <= ? ORDER BY version DESC LIMIT 1
"""
HISTORY = """
SELECT version, t, raw, subject, holder, labels FROM version
WHERE type = ? AND id = ? AND t <= ? ORDER BY version
"""
# Left to itself, SQLite's planner reads all terms of the type here.
TERMS_NOW = """
SELECT name, value, subject, holder, labels FROM term INDEXED BY term_of
WHERE type=? AND id=? AND until=?
"""


def open_connection(path: Path, *, writes: bool = False) -> apsw.Connection:
    """A connection set up as every one here is. Readers wait too, while a log is recovered."""
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    db = apsw.Connection(str(path), flags=flags if writes else apsw.SQLITE_OPEN_READONLY)
    # Without this, SQLite plans a statement again whenever other values are bound to it: 10 us.
    db.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    db.set_busy_timeout(10_000 if writes else 2_000)
    db.pragma("mmap_size", MAPPED_BYTES)
    if writes:
        db.pragma("page_size", 8192)
        db.pragma("journal_mode", "wal")
        db.pragma("synchronous", "full")
    return db


async def open_sqlite(path: Path, terms: Terms) -> "SqliteStore":
    """The store in this file, made if it is not there.

    Raises Unavailable where the file cannot be opened or written, TooNew where a later version of
    the program wrote it.
    """
    try:
        _refuse_newer(path)
        writer = open_connection(path, writes=True)
        _make_schema(writer)
        return SqliteStore(path, terms, writer)
    except apsw.Error as error:
        raise Unavailable(f"{path}: {error}") from error


def _refuse_newer(path: Path) -> None:
    """Before anything is opened for writing: what a later version wrote is left as it is."""
    if not path.exists():
        return
    db = open_connection(path)
    found = db.pragma("user_version")
    db.close()
    if found > SCHEMA_VERSION:
        raise TooNew(f"{path} has schema {found}; this version of OpenRoots knows {SCHEMA_VERSION}")


def _make_schema(db: apsw.Connection) -> None:
    if db.pragma("user_version") < SCHEMA_VERSION:
        for statement in SCHEMA.split(";\n"):
            db.execute(statement)
        db.pragma("user_version", SCHEMA_VERSION)


class SqliteSnapshot:
    """The store after commit `t`, within a scope. See `storage.types.Snapshot`."""

    __slots__ = ("_db", "scope", "seen", "t")

    def __init__(self, db: apsw.Connection, t: int, scope: Scope) -> None:
        self._db = db
        self.t = t
        self.scope = scope
        self.seen: list[str] = []

    def read(self, keys: Sequence[Key]) -> dict[Key, Row]:
        """The current row for each key that has one in scope."""
        rows = {}
        for key in keys:
            found = self._db.execute(READ, (*key, self.t)).fetchone()
            if found is not None and found[2] and (row := self._in_scope(key, found)):
                rows[key] = row
        return rows

    def history(self, type: str, id: str) -> list[Row]:
        """Every version up to `t` in scope, oldest first, removals included."""
        found = self._db.execute(HISTORY, (type, id, self.t))
        rows = (self._in_scope((type, id), version) for version in found)
        return [row for row in rows if row is not None]

    def search(self, query: Query) -> Page:
        """The rows that a query finds, with the cursor of the next page."""
        sql, values = compiled(query, self.scope, self.t)
        ids = [id for (id,) in self._db.execute(sql, values)]
        more = len(ids) > query.limit
        keys = [(query.type, id) for id in ids[: query.limit]]
        rows = list(self.read(keys).values())
        return Page(rows, keys[-1][1] if more and keys else "")

    def marks(self, keys: Sequence[str]) -> dict[str, Mark]:
        """Today's marks of these keys."""
        marks = {}
        for key in keys:
            found = self._db.execute("SELECT value, expires FROM mark WHERE key=?", (key,))
            for value, expires in found:
                marks[key] = Mark(key, value, datetime.fromisoformat(expires) if expires else None)
        return marks

    def _in_scope(self, key: Key, found: tuple[Any, ...]) -> Row | None:
        version, t, raw, subject, holder, labels = found
        named = _labels(labels) if labels else frozenset()
        if self.scope is not EVERYTHING and not self.scope.holds(subject, holder, named):
            return None
        if subject:
            self.seen.append(subject)
        return Row(*key, version, t, raw, subject, holder, named)


class SqliteStore:
    """A durable store in one file. Made by `open_sqlite`, inside a running event loop."""

    inline = True

    def __init__(self, path: Path, terms: Terms, writer: apsw.Connection) -> None:
        self.path = path
        self._terms = terms
        self._reader = open_connection(path)
        self._own = threading.local()
        self._closed = False
        self._thread = threading.get_ident()
        self._latest: int = self._reader.execute(LATEST).get
        self._loop = asyncio.get_running_loop()
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._writer = threading.Thread(
            target=_Writer(writer, terms, self._jobs, self._settle).serve,
            name="openroots-writer",
            daemon=True,
        )
        self._writer.start()

    def snapshot(self, scope: Scope = EVERYTHING, at: int | None = None) -> SqliteSnapshot:
        """The store as it is now, or as it was after commit `at`."""
        return SqliteSnapshot(self._connection(), self._latest if at is None else at, scope)

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
            raise Unavailable("the store is closed")
        job = _Job(Submission(changes, guards, signals, marks, by), self._loop.create_future())
        self._jobs.put(job)
        return await job.done

    async def feed(self, after: str = "", limit: int = 1000) -> list[Told]:
        """The signals that follow a cursor. One writer numbers them, so none can appear late."""
        found = self._connection().execute(
            "SELECT n, t, time, type, subject, dataref FROM signal WHERE n > ? ORDER BY n LIMIT ?",
            (int(after or 0), limit),
        )
        return [
            Told(str(n), t, datetime.fromisoformat(time), Signal(type, subject, dataref))
            for n, t, time, type, subject, dataref in found
        ]

    def commits(self, after: int = 0, limit: int = 1000) -> list[Commit]:
        """What was committed after `t`, by whom and which resources, in order."""
        db = self._connection()
        found: list[Any] = db.execute(
            "SELECT t, first, last, application, organisation, endpoint, trail, wall, time "
            "FROM committed WHERE t > ? ORDER BY t LIMIT ?",
            (after, limit),
        ).fetchall()
        keys = "SELECT type, id FROM version WHERE n BETWEEN ? AND ? ORDER BY n"
        return [
            Commit(t, _author(*by), tuple(db.execute(keys, (first, last))))
            for t, first, last, *by in found
        ]

    async def sweep(self, now: datetime) -> int:
        """Forget marks that expired before this wall time; returns how many."""
        job = _Job(now, self._loop.create_future())
        self._jobs.put(job)
        return await job.done

    async def save(self, path: Path) -> None:
        """Write a whole, steady copy of the store to a new file while it is in use."""
        await asyncio.to_thread(_copy, self.path, path)

    async def close(self) -> None:
        """Finish what was accepted, then close the file. Commit nothing afterwards."""
        self._closed = True
        self._reader.close()
        self._jobs.put(None)
        await asyncio.to_thread(self._writer.join)

    def _connection(self) -> apsw.Connection:
        if threading.get_ident() == self._thread:
            return self._reader
        if not hasattr(self._own, "db"):
            self._own.db = open_connection(self.path)
        db: apsw.Connection = self._own.db
        return db

    def _settle(self, batch: Sequence["_Job"], latest: int) -> None:
        self._loop.call_soon_threadsafe(self._tell, batch, latest)

    def _tell(self, batch: Sequence["_Job"], latest: int) -> None:
        # A snapshot may show a commit only once it is on disk, and must show it once it is told.
        self._latest = max(self._latest, latest)
        for job in batch:
            if job.done.cancelled():
                continue
            if job.error:
                job.done.set_exception(job.error)
            else:
                job.done.set_result(job.t)


class _Job:
    """One commit, or one sweep of the marks, waiting to be on disk."""

    __slots__ = ("done", "error", "t", "work")

    def __init__(self, work: Submission | datetime, done: asyncio.Future[int]) -> None:
        self.work = work
        self.done = done
        self.t = 0
        self.error: Exception | None = None


class _Writer:
    """The one thread that writes. Its connection is its own."""

    def __init__(
        self, db: apsw.Connection, terms: Terms, jobs: "SimpleQueue[_Job | None]", settle: Any
    ) -> None:
        self._db = db
        self._terms = terms
        self._jobs = jobs
        self._settle = settle
        self._t: int = db.execute(LATEST).get
        self._n: int = db.execute("SELECT ifnull(max(n), 0) FROM version").get

    def serve(self) -> None:
        """Take all that waits, commit it together, tell the callers; until None comes."""
        going = True
        while going:
            taken = [self._jobs.get()]
            while not self._jobs.empty():
                taken.append(self._jobs.get())
            going = None not in taken
            if batch := [job for job in taken if job is not None]:
                self._commit(batch)
                self._settle(batch, self._t)
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self._db.close()

    def _commit(self, batch: Sequence[_Job]) -> None:
        t, n = self._t, self._n
        try:
            # Plain `execute`: apsw's `with connection` keeps the GIL during the fsync.
            self._db.execute("BEGIN IMMEDIATE")
            for job in batch:
                self._attempt(job)
            self._db.execute("COMMIT")
        except Exception as error:
            self._t, self._n = t, n
            self._undo()
            self._fail(batch, error)

    def _attempt(self, job: _Job) -> None:
        job.error = None
        try:
            if isinstance(job.work, datetime):
                job.t = self._sweep(job.work)
            else:
                self._refuse_conflicts(job.work)
                job.t = self._write(job.work)
        except Conflict as conflict:
            job.error = conflict

    def _undo(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def _fail(self, batch: Sequence[_Job], error: Exception) -> None:
        """Nothing of the batch was kept. What is wrong with one commit alone must not cost the
        others, so those are tried again one by one; what is wrong with the file costs all."""
        if isinstance(error, apsw.Error):
            error = Unavailable(str(error))
        elif len(batch) > 1:
            for job in batch:
                self._commit([job])
            return
        for job in batch:
            job.error = error

    def _refuse_conflicts(self, work: Submission) -> None:
        for change in work.changes:
            version, there = self._current(change.type, change.id)
            if change.expect != (version if there else 0):
                raise Conflict(f"{change.type} is at version {version if there else 0}")
        for guard in work.guards:
            self._refuse_broken(guard)
        for mark in work.marks:
            if mark.once and self._marked(mark.key, work.by.wall):
                raise Conflict("marked before")

    def _refuse_broken(self, guard: Guard) -> None:
        if isinstance(guard, Unchanged):
            version, there = self._current(guard.type, guard.id)
            if guard.version != (version if there else 0):
                raise Conflict(f"{guard.type} is at version {version if there else 0}")
        elif isinstance(guard, Absent):
            sql, values = compiled(guard.query, EVERYTHING, FOREVER - 1)
            if self._db.execute(sql, values).fetchone():
                raise Conflict(f"{guard.query.type} is there")

    def _current(self, type: str, id: str) -> tuple[int, bool]:
        version, there = self._db.execute(CURRENT, (type, id)).fetchone() or (0, 0)
        return version, bool(there)

    def _marked(self, key: str, now: datetime) -> bool:
        found = self._db.execute("SELECT expires FROM mark WHERE key=?", (key,)).fetchone()
        return found is not None and (not found[0] or found[0] > _text(now))

    def _write(self, work: Submission) -> int:
        self._t += 1
        first = self._n + 1
        for change, raw in zip(work.changes, work.raws, strict=True):
            self._write_version(change, raw)
        by = work.by
        self._db.execute(
            "INSERT INTO committed VALUES (?,?,?,?,?,?,?,?,?)",
            (
                *(self._t, first, self._n),
                *(by.application, by.organisation, by.endpoint, by.trail),
                *(_text(by.wall), _text(by.time)),
            ),
        )
        for signal in work.signals:
            self._db.execute(
                "INSERT INTO signal (t, time, type, subject, dataref) VALUES (?,?,?,?,?)",
                (self._t, _text(by.time), signal.type, signal.subject, signal.dataref),
            )
        for mark in work.marks:
            self._db.execute(
                "INSERT INTO mark (key, value, expires) VALUES (?,?,?) ON CONFLICT (key) "
                "DO UPDATE SET value=excluded.value, expires=excluded.expires",
                (mark.key, mark.value, _text(mark.expires) if mark.expires else None),
            )
        return self._t

    def _write_version(self, change: Change, raw: bytes) -> None:
        # What was expected has been found so; only what was not there may have been there before.
        version = change.expect or self._current(change.type, change.id)[0]
        self._n += 1
        marks = (change.subject, change.holder, _packed(change.labels))
        self._db.execute(
            "INSERT INTO version VALUES (?,?,?,?,?,?,?,?,?)",
            (self._n, change.type, change.id, version + 1, self._t, *marks, raw),
        )
        self._index(change, marks)

    def _index(self, change: Change, marks: tuple[str, str, str]) -> None:
        """Close the terms that are no longer so and open the new ones: often there are none."""
        key = (change.type, change.id)
        wanted = {(name, value, *marks) for name, value in self._terms_of(change)}
        held = set(self._db.execute(TERMS_NOW, (*key, FOREVER)))
        for name, value, *_ in held - wanted:
            self._db.execute(
                "UPDATE term SET until=? WHERE type=? AND name=? AND value=? AND id=? AND until=?",
                (self._t, change.type, name, value, change.id, FOREVER),
            )
        for name, value, *_ in wanted - held:
            self._db.execute(
                "INSERT INTO term VALUES (?,?,?,?,?,?,?,?,?)",
                (change.type, name, value, change.id, self._t, FOREVER, *marks),
            )

    def _terms_of(self, change: Change) -> Iterable[tuple[str, str]]:
        if change.body is None:
            return ()
        return ((EXISTS, ""), *self._terms(change.type, change.body))

    def _sweep(self, now: datetime) -> int:
        self._db.execute("DELETE FROM mark WHERE expires <= ?", (_text(now),))
        return self._db.changes()


def _packed(labels: frozenset[str]) -> str:
    return f"|{'|'.join(sorted(labels))}|" if labels else ""


def _labels(packed: str) -> frozenset[str]:
    return frozenset(packed.strip("|").split("|"))


def _text(moment: datetime) -> str:
    """UTC and of fixed width, so that text compares as time does."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _author(
    application: str, organisation: str, endpoint: str, trail: str, wall: str, time: str
) -> Author:
    times = datetime.fromisoformat(wall), datetime.fromisoformat(time)
    return Author(application, organisation, endpoint, trail, *times)


def _copy(source: Path, target: Path) -> None:
    db = open_connection(source)
    try:
        db.execute("VACUUM INTO ?", (str(target),))
    finally:
        db.close()
