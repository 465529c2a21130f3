"""Time and chance: the only module that reads the machine's clock or its random source.

Two times are never mixed. *Wall* time is what must agree with other machines: tokens, TLS,
retries on the wire. The *time* of a world is movable, and dates everything the health service
dates: standards, ages, periods in records.

Source: none.
"""

import random
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Something that tells the time, in UTC."""

    def now(self) -> datetime: ...


class Wall:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(slots=True)
class Stopped:
    """A clock that stands until it is told to move: for tests, where nothing waits."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> None:
        """Move on by so much."""
        self.at += by


@dataclass(slots=True)
class Movable:
    """The time of a world: another clock, shifted. It runs on from wherever it was put."""

    wall: Clock
    shift: timedelta = field(default=timedelta())

    def now(self) -> datetime:
        return self.wall.now() + self.shift

    def put_at(self, moment: datetime) -> None:
        """Make it that moment now, earlier or later."""
        self.shift = moment - self.wall.now()

    def follow(self) -> None:
        """Show the same as the clock beneath again."""
        self.shift = timedelta()


class Chance(Protocol):
    """A source of random bytes."""

    def bytes(self, count: int) -> bytes: ...


class Unpredictable:
    """The machine's own source, fit for keys."""

    def bytes(self, count: int) -> bytes:
        return secrets.token_bytes(count)


def stopwatch() -> float:
    """Seconds since some fixed moment: only differences mean anything."""
    return time.perf_counter()


class Repeatable:
    """Bytes that look random and are the same each time from the same seed: for tests."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def bytes(self, count: int) -> bytes:
        return self._random.randbytes(count)
