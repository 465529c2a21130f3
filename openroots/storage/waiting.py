"""What waits to be written: audit entries, and what is written at once.

For the journal.

Source: none.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from openroots.storage.notes import Notes
from openroots.storage.sealing import People
from openroots.storage.segment import Made
from openroots.storage.types import Json, Unavailable

PSEUDONYM = 22  # characters


@dataclass(slots=True)
class Entry:
    """An audit entry waiting to be on disk, its closing brace left off, and what it is made of:
    what it tells, and whom it names, of whom the first so many are those whom it is about."""

    body: bytes
    done: asyncio.Future[str]
    told: Json
    names: tuple[str, ...]
    about: int
    pseudonyms: Sequence[str] = ()

    @property
    def trail(self) -> str:
        """What ties the sealed parts to this entry."""
        trail: str = self.told.get("trail", "")
        return trail


@dataclass(slots=True)
class Turn:
    """What is written at once: entries, made into lines if they are already, and their receipts
    once they are kept; notes; and who waits until these can be read."""

    entries: list[Entry]
    notes: Notes
    readers: list[asyncio.Future[None]]
    made: Made | None = None
    receipts: Sequence[str] = ()
    error: Unavailable | None = None


def seal(entries: Sequence[Entry], people: People) -> None:
    """Name whom entries are about in such a way that only who has their keys can tell."""
    wanted = [(entry.names, entry.trail) for entry in entries]
    for entry, named in zip(entries, people.seal_all(wanted), strict=True):
        about = named[: entry.about]
        entry.pseudonyms = [each[:PSEUDONYM] for each in about]
        parts: Json = {"people": about}
        if len(named) > entry.about:
            parts["acting"] = named[entry.about :]
        entry.body = b"%s,%s" % (entry.body, orjson.dumps(parts)[1:-1])
