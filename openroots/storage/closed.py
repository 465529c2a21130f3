"""A store while another takes its place: whoever asks is told to come again.

For `app.py`, when a world is emptied and seeded again while it is served.

Source: none.
"""

from collections.abc import Sequence
from datetime import datetime

from openroots.storage.store import Snapshot
from openroots.storage.types import (
    EVERYTHING,
    Author,
    Batched,
    Change,
    Commit,
    Guard,
    Mark,
    Scope,
    Signal,
    Told,
    Unavailable,
)


class ClosedStore:
    """Every question to it raises Unavailable, which clients are told as 503 with Retry-After."""

    inline = True
    batched = Batched()

    def snapshot(self, scope: Scope = EVERYTHING, at: int | None = None) -> Snapshot:
        raise Unavailable("another store takes its place")

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
        raise Unavailable("another store takes its place")

    async def feed(self, after: str = "", limit: int = 1000) -> list[Told]:
        raise Unavailable("another store takes its place")

    def commits(self, after: int = 0, limit: int = 1000) -> list[Commit]:
        raise Unavailable("another store takes its place")

    async def sweep(self, now: datetime) -> int:
        raise Unavailable("another store takes its place")

    async def erase(self, subject: str) -> int:
        raise Unavailable("another store takes its place")

    async def prune(self, before: datetime, owed: int) -> int:
        raise Unavailable("another store takes its place")

    def hasten(self) -> None:
        """Nobody waits for anything."""

    async def close(self) -> None:
        """There is nothing to close."""
