"""Time and chance: the only module that reads the machine's clock or its random source.

Two times are never mixed. *Wall* time is what must agree with other machines: tokens, TLS,
retries on the wire. The *time* of a world is movable, and dates everything the health service
dates: standards, ages, periods in records.

Source: none.
"""

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID


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


LAST = datetime(2200, 1, 1, tzinfo=UTC)  # how far a clock that runs fast may run
FASTEST = 86_400  # a day for each second
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Course:
    """How the time of a world runs beside the wall's: `shift` apart from it at the moment `since`
    of the wall, and `rate` times as fast from then on."""

    shift: timedelta = timedelta()
    rate: float = 1.0
    since: datetime = BEGINNING

    def at(self, wall: datetime) -> datetime:
        """The world's time at this moment of the wall. It never runs past the last day there is."""
        time = wall + self.shift
        if self.rate == 1 or wall <= self.since:
            return time
        ahead = (wall - self.since) * (self.rate - 1)
        return time + ahead if ahead < LAST - time else max(time, LAST)

    def put_at(self, moment: datetime, wall: datetime) -> "Course":
        """The course that is at that moment now, and runs on as fast as this one."""
        return Course(moment - wall, self.rate, wall)

    def running(self, rate: float, wall: datetime) -> "Course":
        """The course that goes on from where this one is now, so many times as fast as the wall."""
        return Course(self.at(wall) - wall, rate, wall)


REAL = Course()


@dataclass(slots=True)
class Movable:
    """The time of a world: another clock, on a course of its own. It runs on from wherever it was
    put, as fast as it was told."""

    wall: Clock
    course: Course = REAL

    def now(self) -> datetime:
        return self.course.at(self.wall.now())

    def at(self, wall: datetime) -> datetime:
        """The time at this moment of the wall."""
        return self.course.at(wall)

    @property
    def shift(self) -> timedelta:
        """How far it is from the wall's now."""
        wall = self.wall.now()
        return self.course.at(wall) - wall

    def put_at(self, moment: datetime) -> None:
        """Make it that moment now, earlier or later."""
        self.course = self.course.put_at(moment, self.wall.now())

    def follow(self) -> None:
        """Show the same as the clock beneath again."""
        self.course = REAL


class Chance(Protocol):
    """A source of random bytes."""

    def bytes(self, count: int) -> bytes: ...


class Unpredictable:
    """The machine's own source, fit for keys."""

    def bytes(self, count: int) -> bytes:
        return os.urandom(count)


def new_uuid(chance: Callable[[int], bytes]) -> str:
    """A UUID of version 4, of so many bytes as are asked for of chance."""
    return str(UUID(bytes=chance(16), version=4))


def stopwatch() -> float:
    """Seconds since some fixed moment: only differences mean anything."""
    return time.perf_counter()


class Repeatable:
    """Bytes that look random and are the same each time from the same seed: for tests."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def bytes(self, count: int) -> bytes:
        return self._random.randbytes(count)
