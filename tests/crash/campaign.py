"""Random commits on a simulated disk, and what is found after each power cut.

A life opens the real store and the real audit log on a `Disk`, lets several callers commit at
once, and closes. What the disk wrote down is then gone through; at each crash point the files that
a power cut would leave are opened by the real store again, and compared with a model that holds
what was committed. The next life begins on what one of the power cuts left.

Source: none.
"""

import asyncio
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import apsw

from openroots.gateway.proof import unproved
from openroots.storage import Change, Conflict, Mark, Signal
from openroots.storage.audit import Journal, Segment
from openroots.storage.sqlite import SqliteStore, open_sqlite
from tests.crash.disk import Disk
from tests.crash.platters import FolderSynced, Platters, Synced, Told
from tests.storage.desk import BY, forms, terms
from tests.storage.model import Model

DATABASE, LOG = "openroots.db", "audit/0.jsonl"
KEYS = [("Patient", str(number)) for number in range(9)] + [("Thing", "1"), ("Thing", "2")]
MARKS = [f"mark-{number}" for number in range(5)]
CALLERS = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """One commit, as a caller asks for it."""

    trail: str
    change: Change
    signals: Sequence[Signal]
    marks: Sequence[Mark]


@dataclass(slots=True)
class History:
    """What was asked of one store over all its lives so far, and what of it came about."""

    asked: dict[str, Asked] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)  # the trails of what was kept, by t
    told: set[str] = field(default_factory=set)  # trails, of which somebody knows
    lives: int = 0

    def model(self) -> Model:
        """A store in dicts to which the same was done."""
        model = Model(terms, forms)
        for trail in self.order:
            asyncio.run(_commit(model, self.asked[trail]))
        return model


async def live(disk: Disk, history: History, commits: int, chance: Random) -> None:
    """Open the store and the log on the disk, commit so often, and close again."""
    with disk.in_place(), checkpoints(chance.choice((16, 64, 1000))):
        store = await open_sqlite(disk.folder / DATABASE, terms, forms)
        journal = Journal(Segment(disk.path(LOG)))
        history.lives += 1
        for entry in unproved(store, disk.folder / "audit"):
            await journal.keep(entry)
        work = [f"{history.lives}-{number}" for number in range(commits)]
        callers = (call(disk, store, journal, history, work, chance) for _ in range(CALLERS))
        await asyncio.gather(*callers)
        history.order = [commit.by.trail for commit in store.commits(limit=1 << 30)]
        await journal.close()
        await store.close()


async def call(
    disk: Disk,
    store: SqliteStore,
    journal: Journal,
    history: History,
    work: list[str],
    chance: Random,
) -> None:
    """Take what is left to do, one by one. What is asked is written down before, and that it was
    told of only once the commit and its audit entry are said to be on disk."""
    while work:
        asked = made_up(work.pop(), store, chance)
        history.asked[asked.trail] = asked
        try:
            t = await _commit(store, asked)
        except Conflict:
            t = 0
        entry = {"wall": BY.wall, "trail": asked.trail, "subjects": [asked.change.subject], "t": t}
        await journal.keep(entry)
        disk.told(asked.trail if t else f"refused {asked.trail}")


def made_up(trail: str, store: SqliteStore, chance: Random) -> Asked:
    """A commit of one change, as the store stands now; others may come before it."""
    key = chance.choice(KEYS)
    row = store.snapshot().get(*key)
    body: dict[str, Any] | None = {
        "trail": trail,
        "is": {"family": [chance.choice(("Smith", "Jones"))], "trail": [trail]},
        "forms": {"short": {"trail": trail}} if chance.random() < 0.3 else {},
        "padding": "x" * chance.choice((10, 500, 3_000, 20_000)),
    }
    if row and chance.random() < 0.1:
        body = None
    change = Change(*key, body, row.version if row else 0, subject=key[1], holder="X26")
    signals = [Signal("changed", key[1], f"{trail}/{at}") for at in range(chance.randrange(3))]
    marks = [Mark(chance.choice(MARKS), trail.encode())] if chance.random() < 0.5 else []
    return Asked(trail, change, signals, marks)


async def _commit(store: SqliteStore | Model, asked: Asked) -> int:
    by = BY._replace(trail=asked.trail)
    return await store.commit([asked.change], (), asked.signals, asked.marks, by=by)


class checkpoints:  # noqa: N801
    """While this lasts, connections move their log to the database after so many pages."""

    def __init__(self, pages: int) -> None:
        self._pages = pages

    def __enter__(self) -> None:
        apsw.connection_hooks.append(self._set)

    def __exit__(self, *raised: object) -> None:
        apsw.connection_hooks.remove(self._set)

    def _set(self, db: apsw.Connection) -> None:
        db.wal_autocheckpoint(self._pages)


@dataclass(frozen=True, slots=True)
class Left:
    """What a power cut left, and what somebody had been told of by then."""

    point: int
    files: dict[str, bytes]
    told: frozenset[str]

    def write(self, folder: Path) -> Path:
        """Put the files into a folder; returns it."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, content in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        return folder


def power_cuts(disk: Disk, told: set[str], chance: Random, share: float) -> Iterator[Left]:
    """What is left by a power cut right before a sync, right after it, and somewhere between it
    and the next: of all these moments, so large a share. And what is left in the end."""
    platters, known = Platters(), set(told)
    moments = set(crash_points(disk, chance))
    for point, act in enumerate(disk.acts):
        if point in moments and chance.random() < share:
            yield Left(point, platters.after_power_cut(chance), frozenset(known))
        platters.take(act)
        if isinstance(act, Told):
            known.add(act.what)
    yield Left(len(disk.acts), platters.after_power_cut(chance), frozenset(known))


def crash_points(disk: Disk, chance: Random) -> Iterator[int]:
    """The acts before which the power is cut."""
    after = disk.begun
    for point, act in enumerate(disk.acts):
        if point >= after and isinstance(act, Synced | FolderSynced):
            yield from (after, chance.randrange(after, point + 1), point)
            after = point + 1
