"""The shapes that cross the storage boundary. No SQL and no FHIR here.

A store keeps every version of every resource. A *commit* is data: what it changes, what it relied
on, what it tells the world, and who made it. All of it is kept, or none. A *snapshot* is the whole
store as it stood after one commit, seen through a *scope*: what lies outside the scope does not
exist in it, whether it is read, searched for, or followed through history.

Guards see the whole store, whatever the scope, as it was before the commit's own changes. A mark
has expired when its wall time has come. Types, names, ids and values are text without NUL.

Source: the idea of a database as a value, and commits as data, as FHIR servers of that kind use.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from openroots.storage.search import Query

Json = dict[str, Any]
Key = tuple[str, str]  # type, id

# What to index a resource by: (name, value) pairs, for a type and a body.
Terms = Callable[[str, Json], Iterable[tuple[str, str]]]


class Row(NamedTuple):
    """One version of one resource.

    `version` counts from 1 and `t` names the commit that wrote it. `raw` is the JSON as stored,
    which goes to the wire untouched; it is empty where this version is a removal. `subject` is
    the stable key of the person whom it is about, `holder` the ODS code of the organisation that
    keeps it, `labels` how sensitive it is. Subject and holder are empty for what is nobody's.
    `form` names the form that `raw` is in, where it is not the resource as it was written.
    """

    type: str
    id: str
    version: int
    t: int
    raw: bytes
    subject: str = ""
    holder: str = ""
    labels: frozenset[str] = frozenset()
    form: str = ""

    @property
    def body(self) -> Json:
        """The resource parsed afresh: the caller may do with it what it likes."""
        parsed: Json = orjson.loads(self.raw)
        return parsed


@dataclass(frozen=True, slots=True)
class Change:
    """Make `body` the next version of a resource, or remove it where `body` is None.

    `expect` is the version that the writer saw; 0 means that there must be none. A resource that
    was removed counts as none, and goes on counting its versions when it comes back. `was` is the
    body of that version if this was made of it, and shares with it what did not change; and it is
    `found_as_before` if the terms of both are the same.
    """

    type: str
    id: str
    body: Json | None
    expect: int
    subject: str = ""
    holder: str = ""
    labels: frozenset[str] = frozenset()
    was: Json | None = field(default=None, repr=False, compare=False)
    found_as_before: bool = False


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A guard: this resource was only read, and must still be at this version (0: not there)."""

    type: str
    id: str
    version: int


@dataclass(frozen=True, slots=True)
class Absent:
    """A guard: nothing that this query finds may exist when the commit is made."""

    query: Query


Guard = Unchanged | Absent


class Signal(NamedTuple):
    """Something that happened, for subscribers. `type` and `dataref` are as in CloudEvents.

    `subject` is the person's stable key; signals of one subject are told in the order made.
    """

    type: str
    subject: str
    dataref: str


class Mark(NamedTuple):
    """Something durable that needs no versions: a token, a quota, a request seen before.

    `expires` is wall time; None is never. Where `once` is set, the commit is refused if a mark
    of that key is already there and has not expired.
    """

    key: str
    value: bytes
    expires: datetime | None = None
    once: bool = False


class Author(NamedTuple):
    """By whom and through what a commit was made, and when by both times."""

    application: str
    organisation: str
    endpoint: str
    trail: str
    wall: datetime
    time: datetime


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit as the store remembers it."""

    t: int
    by: Author
    keys: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """A signal as the feed gives it. `cursor` is opaque: hand it back to go on from there."""

    cursor: str
    t: int
    time: datetime
    signal: Signal


@dataclass(frozen=True, slots=True)
class Scope:
    """What a caller may see. None bounds nothing; what is nobody's is inside every bound.

    `without` names a type: a person who has a resource of it under their own subject key is
    outside, with everything about them. So an objection binds what is written after it, too.
    """

    subjects: frozenset[str] | None = None
    holders: frozenset[str] | None = None
    hidden: frozenset[str] = frozenset()
    without: str = ""

    def holds(self, subject: str, holder: str, labels: frozenset[str]) -> bool:
        """Whether a row with these marks is inside; `without` is for the snapshot to look up."""
        return (
            (self.subjects is None or not subject or subject in self.subjects)
            and (self.holders is None or not holder or holder in self.holders)
            and self.hidden.isdisjoint(labels)
        )


EVERYTHING = Scope()


class Conflict(Exception):
    """Something that the commit relied on is no longer so. Nothing of it was kept."""


class Unavailable(Exception):
    """The store cannot be reached, or cannot write: a full disk, a lock held, a lost server."""


class NoStore(Unavailable):
    """Nothing has been made yet where a store was looked for."""


class TooNew(Exception):
    """The store was written by a later version of the program, and is left as it is."""


class Batched(NamedTuple):
    """How many commits went to disk, and in how many batches: all of a batch shares one flush."""

    commits: int = 0
    batches: int = 0

    def plus(self, commits: int) -> "Batched":
        """One more batch, of so many commits."""
        return Batched(self.commits + commits, self.batches + 1)
