"""The one thread that writes a SQLite store: group commit.

It takes every commit that is waiting, applies them in one transaction and pays for one fsync;
each caller is told once that is on disk. A commit is checked in full before anything of it is
written, so that one in conflict leaves its neighbours alone.

A file has one writer. Where several processes serve one file, the others hand their commits to
the process that has it: see `workers`.

Source: SQLite's documentation on WAL and synchronous=FULL.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import Protocol

import apsw

from openroots.storage.search import EXISTS
from openroots.storage.sqlite_search import compiled
from openroots.storage.types import (
    EVERYTHING,
    Absent,
    Batched,
    Conflict,
    Guard,
    Submission,
    Unavailable,
    Unchanged,
    Written,
)

FOREVER = 1 << 62
LATEST = "SELECT ifnull(max(t), 0) FROM committed"
CURRENT = """
SELECT version, raw <> x'' FROM version WHERE type=? AND id=? ORDER BY version DESC LIMIT 1
"""
# Left to itself, SQLite's planner reads all terms of the type here.
TERMS_NOW = "SELECT name, value FROM term INDEXED BY term_of WHERE type=? AND id=? AND until=?"
# All terms of a resource carry the same marks, and this is one that each resource has. To ask for
# the marks of all would be to look each of them up in the table: the index holds the rest.
MARKS_NOW = f"""
SELECT subject, holder, labels FROM term
WHERE type=? AND name='{EXISTS}' AND value='' AND id=? AND until=?
"""

Work = Submission | datetime  # a commit; or the wall time before which marks are swept


class Writer(Protocol):
    """What a store hands its commits to: a thread of its own, or another process."""

    @property
    def batched(self) -> Batched:
        """What was put on disk by this process."""
        ...

    def latest(self, db: apsw.Connection) -> int:
        """The newest commit that a snapshot may show; `db` is there to look."""
        ...

    def keep(self, work: Work) -> "asyncio.Future[int]":
        """The number of the commit once it is on disk, or how many marks were swept. The future
        may end in Conflict or Unavailable."""
        ...

    async def close(self) -> None:
        """Finish what was accepted."""
        ...


class WriterThread:
    """The writer of this process. Made inside a running event loop."""

    def __init__(self, db: apsw.Connection) -> None:
        self._loop = asyncio.get_running_loop()
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._latest: int = db.execute(LATEST).get
        self._closed = False
        self._writing = _Writing(db, self._jobs, self._settle)
        self._thread = threading.Thread(
            target=self._writing.serve, name="openroots-writer", daemon=True
        )
        self._thread.start()

    @property
    def batched(self) -> Batched:
        """What the thread has put on disk."""
        return self._writing.batched

    def latest(self, db: apsw.Connection) -> int:
        """The newest commit whose caller is being told that it is on disk."""
        return self._latest

    def keep(self, work: Work) -> "asyncio.Future[int]":
        """Hand this to the thread. Raises Unavailable once closed."""
        if self._closed:
            raise Unavailable("the store is closed")
        job = _Job(work, self._loop.create_future())
        self._jobs.put(job)
        return job.done

    async def close(self) -> None:
        """Finish what was accepted, then close the file."""
        self._closed = True
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

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

    def __init__(self, work: Work, done: asyncio.Future[int]) -> None:
        self.work = work
        self.done = done
        self.t = 0
        self.error: Exception | None = None


class _Writing:
    """What the thread does. Its connection is its own."""

    def __init__(
        self,
        db: apsw.Connection,
        jobs: "SimpleQueue[_Job | None]",
        settle: Callable[[Sequence[_Job], int], None],
    ) -> None:
        self._db = db
        self._jobs = jobs
        self._settle = settle
        self._t: int = db.execute(LATEST).get
        self._n: int = db.execute("SELECT ifnull(max(n), 0) FROM version").get
        self.batched = Batched()  # put in place whole, so that other threads may look at it

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
        with suppress(apsw.Error):  # a full disk: the log is as good, and the next end empties it
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
            return
        if self._t > t:
            self.batched = self.batched.plus(self._t - t)

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
        for change in work.writes:
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
        return found is not None and (not found[0] or found[0] > moment_text(now))

    def _write(self, work: Submission) -> int:
        self._t += 1
        first = self._n + 1
        for change in work.writes:
            self._write_version(change)
        by, time = work.by, moment_text(work.by.time)
        self._db.execute(
            "INSERT INTO committed VALUES (?,?,?,?,?,?,?,?,?)",
            (
                *(self._t, first, self._n),
                *(by.application, by.organisation, by.endpoint, by.trail),
                *(moment_text(by.wall), time),
            ),
        )
        for signal in work.signals:
            self._db.execute(
                "INSERT INTO signal (t, time, type, subject, dataref) VALUES (?,?,?,?,?)",
                (self._t, time, signal.type, signal.subject, signal.dataref),
            )
        for mark in work.marks:
            self._db.execute(
                "INSERT INTO mark (key, value, expires) VALUES (?,?,?) ON CONFLICT (key) "
                "DO UPDATE SET value=excluded.value, expires=excluded.expires",
                (mark.key, mark.value, moment_text(mark.expires) if mark.expires else None),
            )
        return self._t

    def _write_version(self, change: Written) -> None:
        # What was expected has been found so; only what was not there may have been there before.
        version = change.expect or self._current(change.type, change.id)[0]
        self._n += 1
        marks = (change.subject, change.holder, packed_labels(change.labels))
        self._db.execute(
            "INSERT INTO version VALUES (?,?,?,?,?,?,?,?,?,?)",
            (
                *(self._n, change.type, change.id, version + 1, self._t),
                *(*marks, change.raw, change.forms),
            ),
        )
        self._index(change, marks)

    def _index(self, change: Written, marks: tuple[str, str, str]) -> None:
        """Close the terms that are no longer so and open the new ones: often there are none."""
        key = (change.type, change.id)
        held = set(self._db.execute(TERMS_NOW, (*key, FOREVER)))
        marked = self._db.execute(MARKS_NOW, (*key, FOREVER)).fetchone()
        kept = held & change.terms if marked == marks else set()
        for name, value in held - kept:
            self._db.execute(
                "UPDATE term SET until=? WHERE type=? AND name=? AND value=? AND id=? AND until=?",
                (self._t, change.type, name, value, change.id, FOREVER),
            )
        for name, value in change.terms - kept:
            self._db.execute(
                "INSERT INTO term VALUES (?,?,?,?,?,?,?,?,?)",
                (change.type, name, value, change.id, self._t, FOREVER, *marks),
            )

    def _sweep(self, now: datetime) -> int:
        self._db.execute("DELETE FROM mark WHERE expires <= ?", (moment_text(now),))
        return self._db.changes()


def packed_labels(labels: frozenset[str]) -> str:
    """Labels as one column holds them: |R|V|."""
    return f"|{'|'.join(sorted(labels))}|" if labels else ""


def read_labels(kept: str) -> frozenset[str]:
    """The labels in a column."""
    return frozenset(kept.strip("|").split("|")) if kept else frozenset()


def moment_text(moment: datetime) -> str:
    """UTC and of fixed width, so that text compares as time does."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
