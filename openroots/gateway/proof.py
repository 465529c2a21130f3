"""Commits that a crash left without their audit entry, found and audited at the next start.

For `app.py`. The store and the audit log are apart on disk, and a commit is kept first; a crash
between the two leaves a commit that says by whom it was made, and no entry. A mark in the store
says up to where every commit is known to be proved, and since when to read the log for the rest;
it is moved on from time to time and when the house closes in order.

Source: none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path

import orjson

from openroots.storage import Author, Commit, Json, Mark, Snapshot, Store
from openroots.storage.lines import readable_backwards

PROVED = "audit/proved"
AT_ONCE = 1000  # commits looked at in one call
RUN = slice(8, 16)  # where the id of a trail tells by which run of the gateway it was made
BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Proved:
    """Every commit up to `t` has its entry, and what has none yet was made at `wall` or later."""

    t: int = 0
    wall: datetime = BEGINNING

    def mark(self) -> Mark:
        """What to commit so that the next start begins from here."""
        return Mark(PROVED, orjson.dumps({"t": self.t, "wall": self.wall}))


def proved(db: Snapshot) -> Proved:
    """Up to where the commits of a store are known to be proved."""
    mark = db.marks([PROVED]).get(PROVED)
    if mark is None:
        return Proved()
    kept = orjson.loads(mark.value)
    return Proved(kept["t"], datetime.fromisoformat(kept["wall"]))


def unproved(store: Store, folder: Path, run: str = "") -> list[Json]:
    """The entries that are missing from the segments in the folder, in the order of the commits;
    only those of one run of the gateway, where one is named."""
    db = store.snapshot()
    known = proved(db)
    trails = {entry["trail"] for entry in _entries_since(folder, known.wall)}
    return [
        _entry_of(commit, db)
        for commit in _commits_after(store, known.t)
        if commit.by.trail and run in ("", commit.by.trail[RUN]) and commit.by.trail not in trails
    ]


def _commits_after(store: Store, t: int) -> Iterator[Commit]:
    while found := store.commits(after=t, limit=AT_ONCE):
        yield from found
        t = found[-1].t


def _entries_since(folder: Path, wall: datetime) -> Iterator[Json]:
    for path in folder.glob("*.jsonl"):
        yield from takewhile(lambda entry: _made(entry) >= wall, readable_backwards(path))


def _made(entry: Json) -> datetime:
    return datetime.fromisoformat(entry["wall"])


def _entry_of(commit: Commit, db: Snapshot) -> Json:
    by: Author = commit.by
    subjects = {row.subject for row in db.read(commit.keys).values() if row.subject}
    return {
        "wall": by.wall,
        "time": by.time,
        "application": by.application,
        "organisation": by.organisation,
        "endpoint": by.endpoint,
        "subjects": sorted(subjects),
        "trail": by.trail,
        "t": commit.t,
        "recovered": True,
    }
