"""Counts who meets which standard, from the trails, and keeps the counts in the store.

For `app.py`, which has it done every minute, and for the tooling. No request waits for it. How far
the trails were counted is kept in the commit that keeps the counts, so that a line is counted once,
whatever happens in between.

Source: none.
"""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import orjson

from openroots.problem import Json
from openroots.register.conformance import Tallied, tally
from openroots.register.kept import COUNT
from openroots.storage import Author, Change, Conflict, Key, Mark, Snapshot
from openroots.world import World

COUNTED = "register/counted"
AT_ONCE = 20_000  # lines in one commit


class Counted(NamedTuple):
    """How far was counted: up to this byte of this file, and all files before it."""

    file: str = ""
    offset: int = 0

    def mark(self) -> Mark:
        """What to commit with the counts."""
        return Mark(COUNTED, orjson.dumps(list(self)))


async def count_trails(world: World, folder: Path) -> int:
    """Count what was not counted yet; returns how many lines that were."""
    total = 0
    while lines := await _count_some(world, folder):
        total += lines
    return total


async def _count_some(world: World, folder: Path) -> int:
    begun = await asyncio.to_thread(_begun, world)
    changes, mark, lines = await asyncio.to_thread(
        lambda: _counted(world.store.snapshot(), folder, begun)
    )
    if not lines:
        return 0
    now = world.wall.now()
    by = Author("openroots", "", "count", "", now, world.time.now())
    try:
        await world.store.commit(changes, marks=[mark], by=by, across=True)
    except Conflict:
        return 0  # somebody else is counting
    return lines


def _begun(world: World) -> datetime:
    """When this world was made: trails of another that was here before are not its own."""
    first = world.store.commits(0, 1)
    return first[0].by.wall if first else world.wall.now()


def _counted(db: Snapshot, folder: Path, begun: datetime) -> tuple[list[Change], Mark, int]:
    known = db.marks([COUNTED]).get(COUNTED)
    start = Counted(*orjson.loads(known.value)) if known else Counted()
    found = list(islice(_lines(folder, start), AT_ONCE))
    calls = [call for _, line in found if (call := _call(line, begun))]
    counts = list(tally(calls).values())
    end = found[-1][0] if found else start
    return _changes(db, counts), end.mark(), len(found)


def _lines(folder: Path, start: Counted) -> Iterator[tuple[Counted, bytes]]:
    """Each whole line that follows, with where it ends. What is half written waits."""
    for path in sorted(folder.glob("*.jsonl")):
        if path.name < start.file:
            continue
        offset = start.offset if path.name == start.file else 0
        with path.open("rb") as file:
            file.seek(offset)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                offset += len(line)
                yield Counted(path.name, offset), line


def _call(line: bytes, begun: datetime) -> Json | None:
    try:
        call: Json = orjson.loads(line)
        made = datetime.fromisoformat(call["wall"])
    except (ValueError, KeyError, TypeError):
        return None  # torn by a crash
    return call if made >= begun and call["standards"] else None


def _changes(db: Snapshot, counts: list[Tallied]) -> list[Change]:
    keys: list[Key] = [(COUNT, one.id) for one in counts]
    known = db.read(keys) if keys else {}
    changes = []
    for key, one in zip(keys, counts, strict=True):
        row = known.get(key)
        whole = Tallied.from_json(row.body).plus(one) if row else one
        expect = row.version if row else 0
        changes.append(Change(COUNT, one.id, whole.to_json(), expect=expect))
    return changes
