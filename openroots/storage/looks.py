"""Who looked at a person's record: the audit entries about them, newest first, page by page.

For whoever may ask that. A page is found by the index of each segment, so its cost does not grow
with the log. A cursor says up to where each segment was read: what is written meanwhile does not
move the pages that follow.

Source: none.
"""

import heapq
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, NamedTuple

import orjson

from openroots.storage.people_index import offsets
from openroots.storage.proofs import Proofs
from openroots.storage.receipt import Batch, receipt_of
from openroots.storage.sealing import People
from openroots.storage.segment import batch_from, entry_in, number_of
from openroots.storage.types import Json

CHUNK = 1 << 16

Cursor = Mapping[str, int]  # segment -> the first byte that was told already


class Look(NamedTuple):
    """One entry about a person: where it stands, and what it says. Of the others whom it is about
    nothing is told; `acting` are the NHS numbers of the patient or proxy who asked."""

    segment: str
    offset: int
    entry: Json
    acting: tuple[str, ...] = ()


class Deed(NamedTuple):
    """What an endpoint does to a record: in words, as an action (C, R, U, D, E), and as the FHIR
    interaction that it is, if it is one, with resources of which type."""

    words: str
    action: str
    interaction: str
    type: str = ""


class LooksPage(NamedTuple):
    """Some looks, the newest first; how many there are in all; and from where to go on, or None."""

    looks: tuple[Look, ...]
    total: int
    after: Cursor | None


class Looks:
    """The audit log of one world as those may ask it who are told who looked. `deeds` says what
    each endpoint does, and is filled in by whoever knows the services."""

    def __init__(self, audit: Path, people: People) -> None:
        self.people = people
        self.deeds: dict[str, Deed] = {}  # by the id of the endpoint
        self.proofs = Proofs(audit)
        self._audit = audit

    def of(self, person: str, most: int, after: Cursor | None = None) -> LooksPage:
        """A page of the entries about the person of this key."""
        pseudonym = self.people.pseudonym(person)
        paths = sorted(self._audit.glob("*.jsonl")) if pseudonym else []
        found = {path: offsets(path, pseudonym) for path in paths if path.exists()}
        total = sum(map(len, found.values()))
        begins = {path: _before(found[path], path.stem, after) for path in paths}
        segments = [_backwards(path, begins[path]) for path in paths]
        newest = heapq.merge(*segments, key=_wall, reverse=True)
        taken = [self._opened(look) for look in islice(newest, most)]
        if len(taken) < most or len(taken) == sum(map(len, begins.values())):
            return LooksPage(tuple(taken), total, None)
        told = {path.stem: _end(begins[path]) for path in paths}
        told |= {look.segment: look.offset for look in taken}
        return LooksPage(tuple(taken), total, told)

    def receipts(self, looks: Sequence[Look]) -> list[str]:
        """The receipt of each look, as whoever was answered then has it but for its salt; "" of the
        newest of a segment, whose seal is not in the log before something follows them."""
        found: dict[tuple[str, int], tuple[Batch, str] | None] = {}
        return [self._receipt(look, found) for look in looks]

    def _opened(self, look: Look) -> Look:
        acting = look.entry.get("acting", ())
        named = self.people.opened(acting, look.entry["trail"]) if acting else ()
        return look._replace(acting=tuple(named))

    def _receipt(self, look: Look, found: dict[tuple[str, int], tuple[Batch, str] | None]) -> str:
        """The receipt of a look; batches that were read already are in `found`."""
        key = look.segment, number_of(look.entry)
        if key not in found:
            with (self._audit / f"{look.segment}.jsonl").open("rb") as file:
                entries, seal = _batch_around(file, look)
            found[key] = (batch_from(look.segment, entries), seal) if seal else None
        if (sealed := found[key]) is None:
            return ""
        batch, seal = sealed
        return receipt_of(batch, look.entry["seq"] - batch.first, seal)


def cursor_in(text: str) -> Cursor:
    """What a cursor says that was given out as text. Raises ValueError."""
    said = orjson.loads(text)
    if not isinstance(said, dict) or not all(_is_place(place) for place in said.items()):
        raise ValueError(text)
    return said


def _is_place(place: tuple[str, object]) -> bool:
    segment, offset = place
    return segment.isalnum() and type(offset) is int and offset >= 0


def _wall(look: Look) -> datetime:
    return datetime.fromisoformat(look.entry["wall"])


def _before(found: list[int], segment: str, after: Cursor | None) -> list[int]:
    if after is None:
        return found
    end = after.get(segment, 0)
    return [offset for offset in found if offset < end]


def _end(found: list[int]) -> int:
    return found[-1] + 1 if found else 0


def _backwards(path: Path, found: list[int]) -> Iterator[Look]:
    """The entries that begin at these bytes, the last first. What is none is left out."""
    if not found:
        return
    with path.open("rb") as file:
        for offset in reversed(found):
            file.seek(offset)
            entry = entry_in(file.readline())
            if entry and "wall" in entry and "trail" in entry:
                yield Look(path.stem, offset, entry)


def _batch_around(file: IO[bytes], look: Look) -> tuple[list[Json], str]:
    """The entries that reached the disk together with this one, and their seal; "" where it is not
    in the log yet, or they are not there as they were written."""
    first, seal = number_of(look.entry), ""
    file.seek(_lines_before(file, look.offset, look.entry["seq"] - first))
    entries: list[Json] = []
    for line in file:
        entry = entry_in(line)
        if entry is None or number_of(entry) != first:
            seal = entry.get("sealed", "") if entry else ""
            break
        entries.append(entry)
    return entries, seal if entries and entries[0]["seq"] == first else ""


def _lines_before(file: IO[bytes], offset: int, count: int) -> int:
    """Where the line begins that stands so many lines before the one that begins here."""
    at, rest = offset, b""
    while count and at:
        start = max(0, at - CHUNK)
        file.seek(start, os.SEEK_SET)
        rest, at = file.read(at - start) + rest, start
        if rest.count(b"\n") > count:
            break
    lines = rest.splitlines(keepends=True)
    return offset - sum(map(len, lines[len(lines) - count :])) if count else offset
