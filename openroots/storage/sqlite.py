"""Storage in one SQLite file: every version kept, one writer, readers that never wait.

For one machine. A commit takes the next number `t`. The store "as at t" is, for each resource,
its newest version whose `t` is not later; so a snapshot holds a number and no lock. Index rows
carry the interval [since, until) of commits in which they were true, so that a search is as steady
as a read.

A commit is handed to the file's one writer, which is a thread of this process or another process.

Source: SQLite's documentation on WAL, synchronous=FULL and the backup of a live database.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import apsw
import orjson

from openroots.storage.connections import Connections
from openroots.storage.forms import Forms, no_forms
from openroots.storage.phrases import short
from openroots.storage.spans import Tell, tell_nobody
from openroots.storage.sqlite_pruning import pruned_to
from openroots.storage.sqlite_reading import unavailable_where_lost
from openroots.storage.sqlite_schema import bring_up_to_date, refuse_newer
from openroots.storage.sqlite_snapshot import SqliteSnapshot
from openroots.storage.sqlite_writer import LATEST, Writer, WriterThread
from openroots.storage.submission import (
    Erasure,
    Pruning,
    Submission,
    must_be_about_one_person,
    written,
)
from openroots.storage.types import (
    EVERYTHING,
    Author,
    Batched,
    Change,
    Commit,
    Guard,
    Json,
    Mark,
    NoStore,
    Scope,
    Signal,
    Terms,
    Told,
    Unavailable,
)

T = TypeVar("T")
MAPPED_BYTES = 64 << 30  # an upper bound: SQLite maps no more than the file holds


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


async def open_sqlite(
    path: Path, terms: Terms, forms: Forms = no_forms, tell: Tell = tell_nobody
) -> "SqliteStore":
    """The store in this file, made if it is not there, with a writer in this process. `tell` hears
    how far it has come where the file is of an earlier version.

    Raises Unavailable where the file cannot be opened or written, TooNew where a later version of
    the program wrote it.
    """
    try:
        _refuse_newer(path)
        db = open_connection(path, writes=True)
        bring_up_to_date(db, terms, forms, tell)
        return SqliteStore(path, terms, forms, WriterThread(db))
    except apsw.Error as error:
        raise Unavailable(f"{path}: {error}") from error


def read_sqlite(path: Path, look: Callable[["SqliteSnapshot"], T]) -> T:
    """What a look at the store in this file finds. Raises NoStore where it is not there, else as
    `open_sqlite`."""
    if not path.exists():
        raise NoStore(f"{path} is not there yet")
    try:
        with _reading(path) as db:
            return look(SqliteSnapshot(db, db.execute(LATEST).get, EVERYTHING))
    except apsw.Error as error:
        raise Unavailable(f"{path}: {error}") from error


def _refuse_newer(path: Path) -> None:
    """Before anything is opened for writing: what a later version wrote is left as it is."""
    if path.exists():
        with _reading(path):
            pass


@contextmanager
def _reading(path: Path) -> Iterator[apsw.Connection]:
    with closing(open_connection(path)) as db:
        refuse_newer(db, path)
        yield db


class SqliteStore:
    """A durable store in one file, and the writer that it hands commits to. Made inside a running
    event loop, by `open_sqlite` or where the writer is another process."""

    inline = True

    def __init__(self, path: Path, terms: Terms, forms: Forms, writer: Writer) -> None:
        self.path = path
        self._terms = terms
        self._forms = forms
        self.writer = writer
        self._reader = open_connection(path)
        self._others = Connections(partial(open_connection, path))
        self._thread = threading.get_ident()

    @property
    def batched(self) -> Batched:
        """What the writer has put on disk since the file was opened."""
        return self.writer.batched

    def snapshot(self, scope: Scope = EVERYTHING, at: int | None = None) -> SqliteSnapshot:
        """The store as it is now, or as it was after commit `at`."""
        db = self._connection()
        return SqliteSnapshot(db, self.writer.latest(db) if at is None else at, scope)

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
        # Whatever needs no store is done before the one writer has it, which many may wait for.
        writes = written(changes, self._terms, self._forms, encoded=_short)
        return await self.writer.keep(Submission(writes, guards, signals, marks, by))

    async def feed(self, after: str = "", limit: int = 1000) -> list[Told]:
        """The signals that follow a cursor. One writer numbers them, so none can appear late."""
        return self._told(int(after or 0), limit)

    @unavailable_where_lost
    def _told(self, after: int, limit: int) -> list[Told]:
        found = self._connection().execute(
            "SELECT n, t, time, type, subject, dataref FROM signal WHERE n > ? ORDER BY n LIMIT ?",
            (after, limit),
        )
        return [
            Told(str(n), t, datetime.fromisoformat(time), Signal(type, subject, dataref))
            for n, t, time, type, subject, dataref in found
        ]

    @unavailable_where_lost
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
        return await self.writer.keep(now)

    async def erase(self, subject: str) -> int:
        """Take out all that is held about a person. See `storage.store.Store`."""
        return await self.writer.keep(Erasure(subject))

    async def prune(self, before: datetime, owed: int) -> int:
        """Let go of versions that others took the place of, little by little, so that commits need
        not wait for it. See `storage.store.Store`."""
        count, at = 0, -1
        while at < (come := pruned_to(self._connection())):
            count, at = count + await self.writer.keep(Pruning(before, owed)), come
        return count

    async def save(self, path: Path) -> None:
        """Write a whole, steady copy of the store to a new file while it is in use. Raises
        Unavailable where it cannot be written, and leaves no part of it there."""
        await asyncio.to_thread(_copy, self.path, path)

    def hasten(self) -> None:
        """Nobody waits for another machine."""

    async def close(self) -> None:
        """Finish what was accepted, then close the file. Commit nothing afterwards."""
        self._reader.close()
        self._others.close()
        await self.writer.close()

    def _connection(self) -> apsw.Connection:
        if threading.get_ident() == self._thread:
            return self._reader
        return self._others.own()


def _short(body: Json) -> bytes:
    return short(orjson.dumps(body))


def _author(
    application: str, organisation: str, endpoint: str, trail: str, wall: str, time: str
) -> Author:
    times = datetime.fromisoformat(wall), datetime.fromisoformat(time)
    return Author(application, organisation, endpoint, trail, *times)


def _copy(source: Path, target: Path) -> None:
    db = open_connection(source)
    try:
        db.execute("VACUUM INTO ?", (str(target),))
    except apsw.Error as error:
        for part in (target, target.with_name(f"{target.name}-journal")):
            part.unlink(missing_ok=True)
        raise Unavailable(f"{target}: {error}") from error
    finally:
        db.close()
