"""Decides what is to be committed so that people from elsewhere are kept: a batch at a time.

For the tooling, which commits it. A batch is decided on one snapshot; where others were first, it
is decided again. Whoever cannot be kept is told, and the others of the batch are kept all the same.
No signal is given: nobody subscribed to these people before they were here.

Source: PDS FHIR API, "Create a record for a new patient".
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field

from openroots.fhir import dates
from openroots.loading.checking import Sound, sound
from openroots.loading.failures import Wrong, wrong
from openroots.problem import Json, Problem
from openroots.service import Request
from openroots.services.demographics.allocation import allocated_many, given
from openroots.services.demographics.creating import new_person_key, nobody_alike, refuse_known
from openroots.services.demographics.newcomer import numbered
from openroots.services.demographics.reading import NUMBER_STATUS
from openroots.storage import Change, Guard, Key, Mark, Snapshot, Unchanged

Line = tuple[int, Json]  # where a Patient stood, and the Patient
Checked = tuple[int, Sound]


@dataclass(slots=True)
class Batch:
    """What is to be committed together: whom it keeps, by line and number, what these claim, and
    who is refused."""

    kept: list[tuple[int, str]] = field(default_factory=list)
    claims: set[str] = field(default_factory=set)
    refused: list[Wrong] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    guards: list[Guard] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)

    def refuse(self, line: int, row: str, **fields: object) -> None:
        """Somebody who is not kept, and why."""
        self.refused.append(wrong(line, Problem(row, **fields)))

    @property
    def subjects(self) -> list[str]:
        """The keys of those who are kept."""
        return list(dict.fromkeys(change.subject for change in self.changes))


def checked(
    lines: Iterable[Line], request: Request, any_number: bool
) -> tuple[list[Checked], list[Wrong]]:
    """Those of these Patients that keep to the rules, and what is wrong with the others."""
    today = dates.in_uk(request.time)
    good: list[Checked] = []
    bad: list[Wrong] = []
    for line, patient in lines:
        try:
            good.append((line, sound(patient, today, request.chance, any_number)))
        except Problem as problem:
            bad.append(wrong(line, problem))
    return good, bad


def decided(
    people: Sequence[Checked], request: Request, db: Snapshot, claimed: Set[str] = frozenset()
) -> Batch:
    """What keeps these people: all of them whose numbers are free, and who are not here yet. Those
    without a number come last, so that nobody is given one that another brings.

    `claimed` is what those of earlier parts would have claimed, had they been kept.
    """
    batch, taken = Batch(), _known(people, db) | claimed
    fit: list[Checked] = []
    for line, one in sorted(people, key=lambda each: not each[1].number):
        if theirs := [number for number in (one.number, *one.former) if number in taken]:
            batch.refuse(line, "number-taken", number=theirs[0])
        elif not one.number and (not taken.isdisjoint(one.likenesses) or _is_known(one, db)):
            batch.refuse(line, "somebody-alike")
        else:
            taken |= one.claims
            batch.claims |= one.claims
            fit.append((line, one))
    _keep_all(batch, fit, request, db, taken)
    return batch


def _known(people: Sequence[Checked], db: Snapshot) -> set[str]:
    """Which of the numbers that these people bring are somebody's."""
    numbers = [number for _, one in people for number in (one.number, *one.former) if number]
    types = ("Patient", NUMBER_STATUS)
    keys: list[Key] = [(type, number) for number in dict.fromkeys(numbers) for type in types]
    return {id for _, id in db.read(keys)}


def _is_known(one: Sound, db: Snapshot) -> bool:
    try:
        refuse_known(one.person, db)
    except Problem:
        return True
    return False


def _keep_all(
    batch: Batch, people: Sequence[Checked], request: Request, db: Snapshot, taken: Set[str]
) -> None:
    """Keep these people: under the number that they bring, or the next that is nobody's."""
    wanting = [one for _, one in people if not one.number]
    numbers, marks = allocated_many(len(wanting), db, taken) if wanting else ([], ())
    batch.marks += marks
    following = iter(numbers)
    for line, one in people:
        if not one.number:
            batch.guards += nobody_alike(one.person, db)
        _keep(batch, line, one, one.number or next(following), request)


def _keep(batch: Batch, line: int, one: Sound, number: str, request: Request) -> None:
    subject = new_person_key(request)
    record = numbered(one.person, number, one.security)
    batch.kept.append((line, number))
    batch.changes.append(Change("Patient", number, record, 0, subject, labels=one.labels))
    batch.guards.append(Unchanged(NUMBER_STATUS, number, 0))
    batch.marks += given([number, *one.former] if one.number else one.former)
    status = {"status": "superseded", "by": number}
    batch.changes += [
        Change(NUMBER_STATUS, former, status, 0, subject, labels=one.labels)
        for former in one.former
    ]
