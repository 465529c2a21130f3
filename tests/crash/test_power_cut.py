"""What was acknowledged is there after the power failed, whatever the disk made of the rest.

A killed process leaves what it wrote to the system; a power cut does not. So this is tried on a
simulated disk. `make crash` goes through 10,000 commits and cuts the power before, within and
after every sync; `make test` does so for a few hundred, at some of these moments.
"""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import apsw
import orjson
import pytest

from openroots.storage.sqlite import open_sqlite
from openroots.storage.sqlite_schema import SCHEMA_VERSION
from tests.crash.campaign import DATABASE, History, Left, live, power_cuts
from tests.crash.disk import Disk, needs_proc
from tests.crash.verdict import Judge, integrity
from tests.storage.desk import Desk, forms, running_loop, terms
from tests.storage.test_sqlite_schema import BEFORE, BODY, KEY, first

pytestmark = [pytest.mark.crash, needs_proc]

A_LIFE = 100  # commits between two starts of the store
A_WORLD = 300  # commits before a new store is begun, so that opening one stays quick
GOES_ON = 0.1  # of what is left, how much is written to again

__all__ = ["first"]


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    with running_loop() as loop:
        yield loop


def new_world(folder: Path) -> None:
    """An empty store, made as the program makes one before it gives it its name."""

    async def make() -> None:
        store = await open_sqlite(folder / DATABASE, terms, forms)
        await store.close()

    (folder / "audit").mkdir(parents=True)
    asyncio.run(make())


def findings(
    folder: Path,
    loop: asyncio.AbstractEventLoop,
    commits: int,
    share: float,
    deaf_to: tuple[str, ...] = (),
) -> Iterator[tuple[Left, list[str]]]:
    """What each power cut left, and what is wrong with it. The next life begins on one of them."""
    chance, history = Random(1948), History()
    for done in range(0, commits, A_LIFE):
        if done % A_WORLD == 0:
            history = History()
            shutil.rmtree(folder / "live", ignore_errors=True)
            new_world(folder / "live")
        disk = Disk(folder / "live", deaf_to)
        asyncio.run(live(disk, history, A_LIFE, chance))
        judge = Judge(history, loop)
        begins_on, kept = None, 0
        for count, left in enumerate(power_cuts(disk, history.told, chance, share), 1):
            goes_on = chance.random() < GOES_ON
            yield left, judge.wrong(left, folder / "left", goes_on=goes_on)
            if chance.randrange(count) == 0:  # any of them, each as likely
                begins_on, kept = left, judge.kept
        assert begins_on
        begins_on.write(folder / "live")
        history.told, history.order = set(begins_on.told), history.order[:kept]


def test_what_was_told_survives_a_power_cut(
    tmp_path: Path, loop: asyncio.AbstractEventLoop, crash_commits: int
) -> None:
    """Each commit that was told of is there with its signals, its marks and its audit entry;
    nothing is half there; the audit log is whole; and the store goes on."""
    share = 1.0 if crash_commits > 1_000 else 0.25
    moments = 0
    for left, wrong in findings(tmp_path, loop, crash_commits, share):
        moments += 1
        assert wrong == [], f"at act {left.point}"
    assert moments > crash_commits / 4


@pytest.mark.parametrize("deaf_to", [DATABASE, f"{DATABASE}-wal", ".jsonl", "folder"])
def test_a_disk_that_lies_is_found_out(
    tmp_path: Path, loop: asyncio.AbstractEventLoop, deaf_to: str
) -> None:
    """The campaign has teeth: where one kind of sync does nothing, it finds what is lost."""
    every = findings(tmp_path, loop, A_LIFE, 0.5, (deaf_to,))
    assert any(wrong for _, wrong in every)


def test_a_store_is_brought_up_to_date_across_a_power_cut(
    tmp_path: Path, first: Path, loop: asyncio.AbstractEventLoop
) -> None:
    """Whenever the power fails while an earlier store is brought up to date, the next start finds
    all that it held, and brings it up to date."""
    folder = tmp_path / "live"
    folder.mkdir()
    first.rename(folder / DATABASE)
    disk = Disk(folder)

    async def open_once() -> None:
        store = await open_sqlite(folder / DATABASE, terms, forms)
        disk.told("up to date")
        await store.close()

    with disk.in_place():
        asyncio.run(open_once())
    schemas = set()
    for left in power_cuts(disk, set(), Random(1), 1.0):
        database = left.write(tmp_path / "left") / DATABASE
        schemas.add((schema_of(database), "up to date" in left.told))
        desk = Desk(lambda path=database: open_sqlite(path, terms, forms), loop)
        assert bodies(desk) == [BEFORE, BODY]
        assert integrity(database) == "ok"
        desk.close()
    assert (1, True) not in schemas
    assert {(1, False), (SCHEMA_VERSION, True)} <= schemas


def bodies(desk: Desk) -> list[Any]:
    """Each version of the resource that the earlier store held, as it is kept now."""
    db = desk.store.snapshot()
    assert db.read([KEY], form="short")[KEY].body == {"family": "Smith"}
    return [orjson.loads(row.raw) for row in db.history(*KEY)]


def schema_of(database: Path) -> int:
    """The schema of a store, as it is left."""
    db = apsw.Connection(str(database))
    try:
        return int(db.pragma("user_version"))
    finally:
        db.close()
