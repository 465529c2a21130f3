"""The writer of a SQLite store: in the loop's own turn while that is quick, else on a thread."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import apsw
import pytest

from openroots.storage.sqlite import SqliteStore, open_sqlite
from openroots.storage.sqlite_writer import SMALL
from tests.storage.desk import BY, patient, read, terms

QUICK, SLOW = 0.0001, 1.0
PAGES = 500  # after which the log is emptied here
TURNS = 4  # of the loop: to begin a commit, to see that no more comes, to write it, to tell of it


async def opened(folder: Path, monkeypatch: pytest.MonkeyPatch, took: float) -> SqliteStore:
    """A store with one commit, for which the disk took so long, as it will for each."""
    passed = iter(range(1_000_000))
    monkeypatch.setattr("openroots.storage.sqlite_writer.stopwatch", lambda: next(passed) * took)
    store = await open_sqlite(folder / "a.db", terms)
    await store.commit([patient("first", 0)], by=BY)
    return store


async def turns(work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
    """The work after a few turns of the loop, in which nobody waits for anything."""
    task = asyncio.ensure_future(work)
    for _ in range(TURNS):
        await asyncio.sleep(0)
    return task


def test_a_commit_is_written_in_the_turn_of_the_loop_while_the_disk_is_quick(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No thread is waited for: a few turns later it is on disk and told."""

    async def write() -> None:
        store = await opened(tmp_path, monkeypatch, QUICK)
        task = await turns(store.commit([patient("1", 0)], by=BY))
        assert task.done()
        assert task.result() == 2
        await store.close()

    asyncio.run(write())


def test_nobody_waits_for_a_large_commit_but_who_makes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the thread's, however quick the disk is; the loop goes on."""

    async def write() -> None:
        store = await opened(tmp_path, monkeypatch, QUICK)
        people = [patient(str(number), 0) for number in range(2 * SMALL)]
        task = await turns(store.commit(people, by=BY, across=True))
        assert not task.done()
        assert await asyncio.wait_for(task, 60) == 2
        await store.close()

    asyncio.run(write())


def test_what_comes_after_a_large_commit_is_written_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the thread has the file, the loop does not write to it, however little there is."""

    async def write() -> None:
        store = await opened(tmp_path, monkeypatch, QUICK)
        for number in range(10):
            people = [patient(f"{number}.{each}", 0) for each in range(2 * SMALL)]
            large = await turns(store.commit(people, by=BY, across=True))
            small = await turns(store.commit([patient(str(number), 0)], by=BY))
            told = await asyncio.wait_for(asyncio.gather(large, small), 20)
            assert told == [2 * number + 2, 2 * number + 3]
        await store.close()

    asyncio.run(write())


def test_a_file_that_others_hold_keeps_only_commits_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop goes on, and reads; the commit is kept once they let go of it."""

    async def write() -> None:
        store = await opened(tmp_path, monkeypatch, QUICK)
        other = apsw.Connection(str(tmp_path / "a.db"))
        other.execute("BEGIN IMMEDIATE")
        task = await turns(store.commit([patient("1", 0)], by=BY))
        assert not task.done()
        assert read(store.snapshot(), "first") is not None
        other.execute("ROLLBACK")
        other.close()
        assert await asyncio.wait_for(task, 60) == 2
        await store.close()

    asyncio.run(write())


def test_what_a_slow_disk_is_given_is_kept_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the thread, which the loop does not wait for."""

    async def write() -> None:
        store = await opened(tmp_path, monkeypatch, SLOW)
        kept = [store.commit([patient(str(number), 0)], by=BY) for number in range(9)]
        assert sorted(await asyncio.gather(*kept)) == list(range(2, 11))
        await store.close()

    asyncio.run(write())


@pytest.mark.parametrize("took", [QUICK, SLOW])
def test_the_log_of_the_file_is_emptied_from_time_to_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, took: float
) -> None:
    """It stays within a few times what it is emptied at, however much is written."""

    monkeypatch.setattr("openroots.storage.sqlite_writer.LOG_PAGES", PAGES)

    async def write() -> int:
        store = await opened(tmp_path, monkeypatch, took)
        for number in range(PAGES):
            long = patient(str(number), 0, "a" * 40_000)
            await store.commit([long], by=BY)
        size = (tmp_path / "a.db-wal").stat().st_size
        await store.close()
        return size

    assert asyncio.run(write()) < 3 * PAGES * 8192
    assert (tmp_path / "a.db").stat().st_size > PAGES * 40_000
