"""Segments of the audit log one after the other: how they are called, and which are of old.

For `gateway.audit_log`, where entries are kept for a time only. The first segment of a process is
`0.jsonl`; those after it are `0r1.jsonl`, `0r2.jsonl` and so on. The newest of each is never let go
of, so that no name is ever given twice.

Source: none.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from openroots.storage.durable import names_to_disk
from openroots.storage.lines import entries_backwards
from openroots.storage.segment import entry_in

NAME = re.compile(r"(\d+)(?:r(\d+))?", re.ASCII)
BESIDE = (".jsonl", ".looks", ".head", ".leaves", ".torn")  # the files of a segment


def newest_of(audit: Path, number: int) -> Path:
    """The segment in which the process of this number writes."""
    turns = [
        turn for path in audit.glob("*.jsonl") for owner, turn in _named(path) if owner == number
    ]
    return _path(audit, number, max(turns, default=0))


def following(path: Path) -> Path:
    """The segment that comes after this one."""
    [(number, turn)] = _named(path)
    return _path(path.parent, number, turn + 1)


def began_at(path: Path) -> datetime | None:
    """When the first entry of a segment was made; None where there is none."""
    with path.open("rb") as file:
        return _wall_of(file.readline())


def old_segments(audit: Path, before: datetime, workers: int) -> list[Path]:
    """The segments in which nobody writes any more, and nothing is as new as that moment. For a
    process above the number of workers, which may be started again one day, the name that comes
    next is taken, so that its newest can go too."""
    paths = sorted(audit.glob("*.jsonl"))
    old = [path for path in paths if (ended := _ended_at(path)) and ended < before]
    newest = {number: newest_of(audit, number) for path in paths for number, _ in _named(path)}
    for number, path in newest.items():
        if number > workers and path in old:
            following(path).touch()
            newest[number] = following(path)
    return [path for path in old if path not in newest.values() and list(_named(path))]


def remove(path: Path) -> None:
    """Remove a segment with all that is beside it. Raises OSError."""
    for suffix in BESIDE:
        path.with_suffix(suffix).unlink(missing_ok=True)
    names_to_disk(path.parent)


def _named(path: Path) -> Iterable[tuple[int, int]]:
    """Whose segment this is, and which of theirs, if it is named as one."""
    found = NAME.fullmatch(path.stem)
    return [(int(found[1]), int(found[2] or 0))] if found else []


def _path(audit: Path, number: int, turn: int) -> Path:
    return audit / (f"{number}r{turn}.jsonl" if turn else f"{number}.jsonl")


def _ended_at(path: Path) -> datetime | None:
    return _wall_of(next(entries_backwards(path), b""))


def _wall_of(line: bytes) -> datetime | None:
    entry = entry_in(line) or {}
    try:
        return datetime.fromisoformat(entry["wall"])
    except (KeyError, TypeError, ValueError):  # none, or what `audit verify` tells of
        return None
