"""Seen: a call or record that was judged, and how many of them did not meet a standard, and when.

For dry runs.

Source: none.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from openroots.storage import Json

Kind = Literal["call", "record"]


class Seen(NamedTuple):
    """One call or record that was judged: whose it was, and the clauses that it does not meet."""

    kind: Kind
    application: str
    organisation: str
    setting: str
    failed: tuple[str, ...]
    wall: datetime


@dataclass(slots=True)
class Tally:
    """How many were judged, how many of them did not meet the standard, and when."""

    judged: int = 0
    not_met: int = 0
    first: datetime | None = None
    last: datetime | None = None

    def add(self, met: bool, wall: datetime) -> None:
        """Count one more, in whatever order they come."""
        self.judged += 1
        if not met:
            self.not_met += 1
            self.first = min(self.first or wall, wall)
            self.last = max(self.last or wall, wall)

    def seen(self) -> Json:
        """When the first and last that did not meet the standard were seen."""
        return {
            "firstSeen": self.first.isoformat() if self.first else None,
            "lastSeen": self.last.isoformat() if self.last else None,
        }
