"""What can be asked of a store and of a snapshot of it, whatever engine keeps it.

For whoever reads and commits; the engines and the model that tests compare them with keep to it.

Source: none.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from openroots.storage.search import Page, Query
from openroots.storage.types import (
    EVERYTHING,
    Author,
    Batched,
    Change,
    Commit,
    Guard,
    Key,
    Mark,
    Row,
    Scope,
    Signal,
    Told,
)


class Snapshot(Protocol):
    """The store as it stood after commit `t`, within a scope. Reading it twice gives the same.

    Sets go in and sets come out, so that the number of calls does not grow with the result.
    `seen` lists the subjects of all rows given out so far, for the audit.
    """

    scope: Scope
    seen: list[str]

    @property
    def t(self) -> int: ...

    def read(self, keys: Sequence[Key], form: str = "") -> dict[Key, Row]:
        """The current row for each key that has one: removed resources and strangers have none.

        Where a row is kept in the form that is asked for, its `raw` is in that form.
        """
        ...

    def get(self, type: str, id: str, form: str = "") -> Row | None:
        """What `read` gives for the one key; None where it gives nothing. For a set, ask `read`."""
        ...

    def search(self, query: Query) -> Page: ...

    def tally(self, type: str, name: str) -> dict[str, int]:
        """How many resources of a type are indexed by each value of a name."""
        ...

    def history(
        self, type: str, id: str, *, to: int | None = None, newest: int | None = None
    ) -> list[Row]:
        """Every version up to `t` that is inside the scope, oldest first, removals included. With
        `to` those up to that commit; with `newest` no more than so many, the newest."""
        ...

    def versions(self, since: Mapping[Key, int]) -> list[Row]:
        """Of each of these resources, in their order, every version from that number on, up to `t`,
        that is inside the scope, oldest first, removals included."""
        ...

    def before(self, time: datetime) -> int:
        """The commit before the first that was made at this time of the world or later. What the
        store began with, all at one time, counts as made before."""
        ...

    def marks(self, keys: Sequence[str]) -> dict[str, Mark]:
        """Marks are not versioned: these are today's, expired ones included until swept."""
        ...


class Store(Protocol):
    """A durable store. `inline` says that snapshots answer without waiting for another machine;
    where it is False, handlers run on a thread."""

    inline: bool

    @property
    def batched(self) -> Batched:
        """What this process has put on disk since it opened the store: nothing, where another
        process does that for it."""
        ...

    def snapshot(self, scope: Scope = EVERYTHING, at: int | None = None) -> Snapshot:
        """The store as it is now, or as it was after commit `at`."""
        ...

    async def commit(
        self,
        changes: Sequence[Change] = (),
        guards: Sequence[Guard] = (),
        signals: Sequence[Signal] = (),
        marks: Sequence[Mark] = (),
        *,
        by: Author,
        across: bool = False,
    ) -> int:
        """Keep all of it, on disk, and return its `t`; or none of it.

        A commit is about one subject, besides what is nobody's; `across` marks the exceptions
        (merges, transaction bundles, seeding). Raises Conflict, Unavailable, and ValueError for
        a commit about several subjects that is not marked.
        """
        ...

    async def feed(self, after: str = "", limit: int = 1000) -> list[Told]:
        """The signals that follow a cursor, in the order of their commits; "" is the beginning."""
        ...

    def commits(self, after: int = 0, limit: int = 1000) -> list[Commit]:
        """What was committed after `t`, by whom and which resources, in order."""
        ...

    async def sweep(self, now: datetime) -> int:
        """Forget marks that expired before this wall time; returns how many."""
        ...

    async def erase(self, subject: str) -> int:
        """Take out all that is held about a person, in every version: bodies, forms, terms, marks
        of whose they were, and what was told of them. What stays is that there was something, so
        that its id is given to nobody else. Returns how many versions were emptied: snapshots of
        the past show them as removals. Raises Unavailable.
        """
        ...

    async def prune(self, before: datetime, owed: int) -> int:
        """Let go of versions about people that others took the place of, by a commit made before
        this wall time and before commit `owed`, as were all commits before it. The newest version
        of a resource stays, and so does every one of what is nobody's. Returns how many went: the
        past shows them no more. Raises Unavailable.
        """
        ...

    def hasten(self) -> None:
        """Have nobody wait for long from now on: the store will soon be closed."""
        ...

    async def close(self) -> None: ...
