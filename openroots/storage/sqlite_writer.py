"""The one writer of a SQLite store: group commit.

It takes every commit that is waiting, applies them in one transaction and pays for one fsync;
each caller is told once that is on disk. A commit is checked in full before anything of it is
written, so that one in conflict leaves its neighbours alone.

While the disk is quick, commits are written in the event loop's own turn: to wake a thread
and be woken by it takes longer, and the two fight for the interpreter with each statement. All else
is a thread's: what is large, what the file is locked for, and emptying SQLite's log into the file.

A file has one writer. Where several processes serve one file, the others hand their commits to
the process that has it: see `workers`.

Source: SQLite's documentation on WAL and synchronous=FULL.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from queue import SimpleQueue
from typing import Protocol

import apsw

from openroots.clock import stopwatch
from openroots.storage.patience import Patience
from openroots.storage.sqlite_transaction import Transaction
from openroots.storage.submission import Erasure, Pruning, Submission
from openroots.storage.types import Batched, Conflict, Unavailable
from openroots.storage.wave import Wave

FEW, SMALL = 2048, 64  # rows that the loop writes at once, and of one commit among them
# After which SQLite's log is emptied into the file; commits that come meanwhile wait. It is four
# times SQLite's own default: pages that many commits have changed are written once for all of them.
LOG_PAGES = 4000
NOT_AT_ALL, PATIENTLY = 0, 10_000  # ms that are waited for others who hold the file
LATEST = "SELECT ifnull(max(t), 0) FROM committed"

# A commit; the wall time before which marks are swept; somebody to be taken out; or which versions
# are to be let go of. A batch of none is a turn for the thread to empty the log.
Work = Submission | datetime | Erasure | Pruning


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
        """The number of the commit once it is on disk, or how many marks were swept or versions
        emptied. The future may end in Conflict or Unavailable."""
        ...

    async def close(self) -> None:
        """Finish what was accepted."""
        ...


class WriterThread:
    """The writer of this process. Made inside a running event loop."""

    def __init__(self, db: apsw.Connection) -> None:
        self._loop = asyncio.get_running_loop()
        self._jobs: SimpleQueue[list[_Job] | None] = SimpleQueue()
        self._gathered: list[_Job] = []
        self._wave = Wave(lambda: len(self._gathered), self._hand_over)
        self._under_way = 0  # batches that the thread has
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
        if not self._gathered:
            self._wave.begin()
        self._gathered.append(job)
        return job.done

    def _hand_over(self) -> None:
        batch, self._gathered = self._gathered, []
        if not batch:
            return
        if not self._under_way and self._writing.at_once(batch):
            self._tell(batch, self._writing.t)
            if self._writing.log_is_full:
                self._give([])
        else:
            self._give(batch)

    def _give(self, batch: list["_Job"]) -> None:
        """Leave it to the thread; until it is done, all else is the thread's too."""
        self._under_way += 1
        self._jobs.put(batch)

    async def close(self) -> None:
        """Finish what was accepted, then close the file."""
        self._closed = True
        self._hand_over()
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _settle(self, batch: Sequence["_Job"], latest: int, given: int) -> None:
        self._loop.call_soon_threadsafe(self._settled, batch, latest, given)

    def _settled(self, batch: Sequence["_Job"], latest: int, given: int) -> None:
        self._under_way -= given
        self._tell(batch, latest)

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
    """What is done with the connection, by one thread at a time: by `serve` while anything was
    given to it, else by whoever asks for it `at_once`."""

    def __init__(
        self,
        db: apsw.Connection,
        jobs: "SimpleQueue[list[_Job] | None]",
        settle: Callable[[Sequence[_Job], int, int], None],
    ) -> None:
        self._db = db
        self._jobs = jobs
        self._settle = settle
        self._patience = Patience()
        self._pages = 0  # of the log
        db.set_wal_hook(self._note_pages)  # which takes the place of emptying it within a commit
        self.t: int = db.execute(LATEST).get
        self._n: int = db.execute("SELECT ifnull(max(n), 0) FROM version").get
        self.batched = Batched()  # put in place whole, so that other threads may look at it

    def serve(self) -> None:
        """Take all that waits, commit it together, tell the callers; until None comes."""
        going = True
        while going:
            handed = [self._jobs.get()]
            while not self._jobs.empty():
                handed.append(self._jobs.get())
            given = [jobs for jobs in handed if jobs is not None]
            going = len(given) == len(handed)
            if batch := [job for jobs in given for job in jobs]:
                self._db.set_busy_timeout(PATIENTLY)
                self._commit(batch)
            if self.log_is_full:
                self._settle(batch, self.t, 0)  # whose callers need not wait for that
                self._empty_log("PASSIVE")
                batch = []
            self._settle(batch, self.t, len(given))
        self._empty_log("TRUNCATE")
        self._db.close()

    def at_once(self, batch: Sequence[_Job]) -> bool:
        """Commit these if that will take no time; whether it was done."""
        works = [job.work for job in batch if isinstance(job.work, Submission)]
        rows = [len(one.writes) + len(one.signals) + len(one.marks) for one in works]
        if len(works) < len(batch) or sum(rows) > FEW or max(rows) > SMALL:
            return False
        if not self._patience.is_given:
            return False
        self._db.set_busy_timeout(NOT_AT_ALL)
        try:
            self._patience.spent(self._keep(batch))
        except Exception:  # others have the file, or something is wrong: the thread has the time
            self._undo()
            return False
        return True

    @property
    def log_is_full(self) -> bool:
        """Whether SQLite's log is to be emptied into the file."""
        return self._pages >= LOG_PAGES

    def _note_pages(self, db: apsw.Connection, name: str, pages: int) -> int:
        self._pages = pages
        return apsw.SQLITE_OK

    def _empty_log(self, how: str) -> None:
        self._pages = 0
        with suppress(apsw.Error):  # a full disk: the log is as good, and the next end empties it
            self._db.execute(f"PRAGMA wal_checkpoint({how})").fetchall()

    def _commit(self, batch: Sequence[_Job]) -> None:
        try:
            self._keep(batch)
        except Exception as error:
            self._undo()
            self._fail(batch, error)
            return
        if erased := [job for job in batch if isinstance(job.work, Erasure)]:
            self._rewrite(erased)

    def _keep(self, batch: Sequence[_Job]) -> float:
        """Have the batch on disk; the seconds that the flush took. Raises, with nothing of it kept
        once it is undone."""
        # Plain `execute`: apsw's `with connection` keeps the GIL during the fsync.
        self._db.execute("BEGIN IMMEDIATE")
        done = self._kept_together(batch)
        began = stopwatch()
        self._db.execute("COMMIT")
        took = stopwatch() - began
        if done.t > self.t:
            self.batched = self.batched.plus(done.t - self.t)
        self.t, self._n = done.t, done.n
        return took

    def _kept_together(self, batch: Sequence[_Job]) -> Transaction:
        """All of the batch written but what is in conflict, in one transaction that is open."""
        done = Transaction(self._db, self.t, self._n)
        works = [job.work for job in batch if isinstance(job.work, Submission)]
        done.look(works)
        for job in batch:
            job.error = None
            try:
                if isinstance(job.work, datetime):
                    job.t = done.sweep(job.work)
                elif isinstance(job.work, Erasure):
                    job.t = done.erase(job.work, works)
                elif isinstance(job.work, Pruning):
                    job.t = done.prune(job.work)
                else:
                    job.t = done.keep(job.work)
            except Conflict as conflict:
                job.error = conflict
        done.flush()
        return done

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

    def _rewrite(self, erased: Sequence[_Job]) -> None:
        """Make the file anew of what is in it: its unused bytes still hold what was there."""
        try:
            self._db.execute("VACUUM")
            [(busy, *_)] = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            error = "the log of the store is being read" if busy else ""
        except apsw.Error as failed:
            error = str(failed)
        for job in erased if error else ():
            job.error = Unavailable(f"{error}; it is to be erased again")
