"""What waits to be written: audit entries, and what is written at once.

For the journal.

Source: none.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from openroots.storage.notes import Notes
from openroots.storage.segment import Made
from openroots.storage.types import Json, Unavailable


@dataclass(slots=True)
class Entry:
    """An audit entry waiting to be on disk, its closing brace left off, and what it is made of:
    what it tells, and whom it is about."""

    body: bytes
    done: asyncio.Future[str]
    told: Json
    personal: Json
    pseudonyms: Sequence[str] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Whom it names: those whom it is about come first."""
        return (*self.personal.get("subjects", ()), *self.personal.get("acting", ()))

    @property
    def trail(self) -> str:
        """What ties the sealed parts to this entry."""
        trail: str = self.told.get("trail", "")
        return trail


@dataclass(slots=True)
class Turn:
    """What is written at once: entries, made into lines if they are already; notes; and who waits
    until these can be read."""

    entries: list[Entry]
    notes: Notes
    readers: list[asyncio.Future[None]]
    made: Made | None = None
    error: Unavailable | None = None
