"""Allocating NHS numbers: which number a new person is given.

The next ones downwards from those of the made-up people, and never one that was anybody's. Who is
created at the same moment should not reach for the same number, so each takes one of the next few
that are free: which of them follows from who they are. The same person, created first in the same
world, is given the same number each time. Two who do meet are told apart by the commit: the number
must still be nobody's, else it is decided again.

A mark says that a number has been given, or brought by somebody from elsewhere. So nobody's record
need be looked at to find one that has not, and a number stays theirs when they have been erased.

Source: NHS Data Model and Dictionary ("NHS NUMBER"); how the live service allocates is not
published.
"""

from collections.abc import Iterable, Sequence, Set
from hashlib import sha256
from itertools import islice
from typing import NamedTuple

import orjson

from openroots.fhir import patient as about
from openroots.identifiers import NHSNumber
from openroots.population.numbers import HIGHEST, nhs_numbers
from openroots.problem import Json
from openroots.service import Problem
from openroots.services.demographics.reading import NUMBER_STATUS
from openroots.storage import Mark, Snapshot, Unchanged
from openroots.world import SEEDED

NEXT = "nhs-numbers/next"  # the mark that holds where to look first
GIVEN = "nhs-numbers/given/"  # and a number: the marks of those that are or were somebody's
AT_ONCE = 64  # how many numbers to choose from
MOST_WINDOWS = 1000  # of so many, in which numbers for many people are looked for

# How far to leap, by the first eight digits, where a number is somebody's that nobody was given
# here: people were brought in from elsewhere.
LEAPS = (0, 8, 64, 512, 4096, 32_768, 262_144)
READS = 1 + 2 * len(LEAPS)


class Allocation(NamedTuple):
    """A number that is nobody's, and what a commit needs so that it is given to one person only."""

    number: NHSNumber
    guards: tuple[Unchanged, ...]
    marks: tuple[Mark, ...]


def allocated(person: Json, db: Snapshot) -> Allocation:
    """A number for a new person.

    Raises Problem where none is found: the service is unavailable until somebody looks into it.
    """
    first, choice = _first(db), _choice(person)
    for leap in LEAPS:
        free = _not_given(first - leap, db)
        if not free:
            continue
        number = free[choice % len(free)]
        if not db.read([("Patient", number), (NUMBER_STATUS, number)]):
            guard = Unchanged(NUMBER_STATUS, number, 0)
            return Allocation(number, (guard,), _marks(number, free, first))
    raise Problem("unavailable")


def _first(db: Snapshot) -> int:
    """The first eight digits to look at: where the last allocation was, or below the made-up."""
    marks = db.marks([NEXT, SEEDED])
    if kept := marks.get(NEXT):
        return int(kept.value)
    people = orjson.loads(marks[SEEDED].value)["people"] if SEEDED in marks else 0
    # Some of the made-up have a second number; of eight digits there are nine numbers or ten.
    numbers = people + people // 100 + 2
    return HIGHEST - numbers // 9 - 1 if people else HIGHEST


def _choice(person: Json) -> int:
    """A number that looks drawn by lot and follows from the name and birth date of a person."""
    name = about.main_name(person)
    told = (name.get("family"), name.get("given"), person.get("birthDate"))
    return int.from_bytes(sha256(orjson.dumps(told)).digest()[:8])


def _not_given(first: int, db: Snapshot) -> list[NHSNumber]:
    """Those of the next numbers that have not been given to anybody here."""
    numbers = list(islice(nhs_numbers(first), AT_ONCE))
    marked = db.marks([GIVEN + number for number in numbers])
    return [number for number in numbers if GIVEN + number not in marked]


def _marks(number: NHSNumber, free: Sequence[NHSNumber], first: int) -> tuple[Mark, ...]:
    """That this number is given, and where to look first from now on, if that is elsewhere."""
    found = int(free[0][:8])
    moved = (Mark(NEXT, b"%d" % found),) if found != first else ()
    return (*given([number]), *moved)


def given(numbers: Iterable[str]) -> tuple[Mark, ...]:
    """The marks that these numbers are somebody's, for good."""
    return tuple(Mark(GIVEN + number, b"") for number in numbers)


def allocated_many(
    count: int, db: Snapshot, taken: Set[str] = frozenset()
) -> tuple[list[NHSNumber], tuple[Mark, ...]]:
    """Numbers for so many new people, besides those that are taken already, and the marks that say
    that they are given. Who makes their records must find that there are none of these numbers.

    Raises Problem where there are not so many among the next ones.
    """
    found: list[NHSNumber] = []
    following = nhs_numbers(_first(db))
    for _ in range(MOST_WINDOWS):
        window = [number for number in islice(following, AT_ONCE) if number not in taken]
        marked = db.marks([GIVEN + number for number in window])
        types = ("Patient", NUMBER_STATUS)
        there = db.read([(type, number) for number in window for type in types])
        used = {id for _, id in there}
        found += [one for one in window if GIVEN + one not in marked and one not in used]
        if len(found) >= count:
            found = found[:count]
            return found, (*given(found), Mark(NEXT, found[-1][:8].encode()))
    raise Problem("unavailable")
