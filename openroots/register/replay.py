"""Replay: a register made again from its entries, to the same bytes.

Each version of each resource of the register is an entry: what an act added to what was there. For
whoever wants to be sure that the register is what its history makes it, and for whoever takes the
history elsewhere: one entry is one line of JSON, those of one resource follow each other, and
nothing else is needed.

    entries_in(db)          ->  Entry(type, id, version, set, more), ...
    replayed(entries)       ->  Made(type, id, version, raw), ...: byte by byte what is stored

Source: RFC 8259 (JSON); JSON Lines, for one entry in a line.
"""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

import orjson

from openroots.register.kept import (
    CASE,
    COMMENT,
    DECISION,
    EDITION,
    EXEMPTION,
    FACT,
    NOTICE,
    every,
)
from openroots.storage import Json, Row, Snapshot

# What the register is made of, in the order in which it is told. Counts are made from trails.
TOLD = (CASE, COMMENT, DECISION, EDITION, EXEMPTION, FACT, NOTICE)


class Entry(NamedTuple):
    """What one act did to one resource: `set` holds the members that it gave a value, `more` what
    it added at the end of lists; `whole` all of it, where it cannot be told so."""

    type: str
    id: str
    version: int
    set: Json = {}
    more: Json = {}
    whole: Json | None = None

    def line(self) -> bytes:
        """The entry as a line of JSON."""
        return orjson.dumps({name: value for name, value in self._asdict().items() if value})


class Made(NamedTuple):
    """A resource as its entries make it."""

    type: str
    id: str
    version: int
    raw: bytes


class Sum:
    """The SHA-256 of a register: of all its resources, in the order in which they come."""

    def __init__(self) -> None:
        self.entries = self.resources = 0
        self._sum = hashlib.sha256()

    def add(self, made: Made) -> None:
        """Take one more resource into it."""
        self.entries += made.version
        self.resources += 1
        self._sum.update(f"{made.type}/{made.id}/{made.version} {len(made.raw)}\n".encode())
        self._sum.update(made.raw)

    def hex(self) -> str:
        """The sum of all that was taken into it."""
        return self._sum.hexdigest()


def entries_in(db: Snapshot) -> Iterator[Entry]:
    """Every entry of the register of a store."""
    for row in rows_in(db):
        yield from entries_of(db.history(row.type, row.id))


def rows_in(db: Snapshot) -> Iterator[Row]:
    """Every resource of the register as it is stored, in the order in which they are told."""
    for type in TOLD:
        yield from every(db, type)


def entries_of(history: Iterable[Row]) -> Iterator[Entry]:
    """The entries of one resource, from all its versions."""
    before: Json = {}
    for row in history:
        now = row.body
        entry = _between(before, now, row)
        told = entry if orjson.dumps(_added(before, entry)) == row.raw else None
        yield told or Entry(row.type, row.id, row.version, whole=now)
        before = now


def entry_from(line: bytes) -> Entry:
    """The entry that a line holds. Raises ValueError where it holds none."""
    try:
        entry = Entry(**orjson.loads(line))
    except (TypeError, ValueError) as error:
        raise ValueError(f"this is no entry of a register: {line[:60]!r}") from error
    named = isinstance(entry.type, str) and isinstance(entry.id, str)
    dicts = all(isinstance(one, dict) for one in (entry.set, entry.more, entry.whole or {}))
    if not (named and dicts and isinstance(entry.version, int)):
        raise ValueError(f"this is no entry of a register: {line[:60]!r}")
    return entry


def replayed(entries: Iterable[Entry]) -> Iterator[Made]:
    """Every resource that the entries make, one after the other. Raises ValueError where an entry
    is missing or stands twice."""
    for (type, id), own in groupby(entries, key=lambda entry: entry[:2]):
        body: Json = {}
        version = 0
        for entry in own:
            version += 1
            if entry.version != version:
                words = f"entry {version} of {type} {id} is missing: this is {entry.version}"
                raise ValueError(words)
            _add(body, entry)
        yield Made(type, id, version, orjson.dumps(body))


def _add(body: Json, entry: Entry) -> None:
    """Do to a resource what an entry did, in place: there can be a million of them."""
    if entry.whole is not None:
        body.clear()
        body.update(entry.whole)
    body.update(entry.set)
    for name, added in entry.more.items():
        body.setdefault(name, []).extend(added)


def _added(before: Json, entry: Entry) -> Json:
    body = {**before, **{name: list(before.get(name, ())) for name in entry.more}}
    _add(body, entry)
    return body


def _between(before: Json, now: Json, row: Row) -> Entry:
    given: Json = {}
    more: Json = {}
    for name, value in now.items():
        was = before.get(name)
        if name in before and was == value:
            continue
        if isinstance(was, list) and isinstance(value, list) and value[: len(was)] == was:
            more[name] = value[len(was) :]
        else:
            given[name] = value
    return Entry(row.type, row.id, row.version, given, more)
