"""A stretch of days to search for, and the beginnings of dates that an index finds it by.

For searches. A date may be known to the month or year only: it lies in a stretch that holds all of
that month or year.

Source: FHIR R4 4.0.1 section 3.1.1.5.6 (date search parameters) for eq, ge and le.
"""

from calendar import monthrange
from collections.abc import Iterator
from typing import NamedTuple

EARLIEST, LATEST = "0000-00-00", "9999-99-99"
DECEMBER = 12
HYPHENS = frozenset({4, 7})  # where a date has them


class Days(NamedTuple):
    """From one day to another, both within; dates are compared as they are written."""

    first: str = EARLIEST
    last: str = LATEST

    @classmethod
    def since(cls, day: str) -> "Days":
        """A day and all after it; the first of a month or year begins the whole of it."""
        first = day.removesuffix("-01").removesuffix("-01")
        return cls(first=_first(first))

    @classmethod
    def until(cls, day: str) -> "Days":
        """A day and all before it; the last of a month or year ends the whole of it."""
        year, month, number = map(int, day.split("-"))
        if number < monthrange(year, month)[1]:
            return cls(last=day)
        return cls(last=_last(day[:4] if month == DECEMBER else day[:7]))

    @property
    def one(self) -> bool:
        """Whether it is a single day."""
        return self.first == self.last

    def within(self, other: "Days") -> "Days":
        """The days that are in both."""
        return Days(max(self.first, other.first), min(self.last, other.last))

    def holds(self, date: str) -> bool:
        """Whether a date, or all of a month or year, is within."""
        return self.first <= _first(date) and _last(date) <= self.last

    def beginnings(self, start: str = "") -> Iterator[str]:
        """The fewest texts such that a date is within just if it begins with one of them.

        From 5 to 11 October 2010: 2010-10-05 to -09, 2010-10-10 and 2010-10-11; of whole years,
        decades or centuries a few characters do.
        """
        if self.one:  # by far the most usual
            yield self.first
            return
        low, high = _first(start), _last(start)
        if self.first <= low and high <= self.last:
            yield start
        elif low <= self.last and self.first <= high:
            for following in "-" if len(start) in HYPHENS else "0123456789":
                yield from self.beginnings(start + following)


def _first(beginning: str) -> str:
    return beginning + EARLIEST[len(beginning) :]


def _last(beginning: str) -> str:
    return beginning + LATEST[len(beginning) :]
