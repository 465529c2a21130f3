"""Made-up people for a case of somebody's own, as what is to be committed so that they are here.

For the tooling. They come from a nation of another seed, and are given numbers and keys of this
one; whoever is recorded as related to them keeps being so.

Source: none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice

import orjson

from openroots.fhir import dates
from openroots.fhir import patient as about
from openroots.identifiers import NHSNumber
from openroots.loading.checking import OLD
from openroots.loading.keeping import Batch
from openroots.population import Household
from openroots.population.alike import DEATH_TOMORROW, alike
from openroots.problem import Json, Problem
from openroots.service import Request
from openroots.services.demographics.allocation import allocated_many
from openroots.services.demographics.creating import new_person_key
from openroots.services.demographics.deaths import dies_tomorrow
from openroots.services.demographics.reading import NUMBER_STATUS
from openroots.storage import Change, Snapshot, Unchanged

NUMBERED = ("Patient", NUMBER_STATUS)


def made(like: str, count: int, seed: int, request: Request) -> list[Household]:
    """So many households with somebody like this, or as many as are found. Raises ValueError for a
    likeness that is not known."""
    return list(islice(alike(like, seed, dates.in_uk(request.time).date()), count))


def settled(households: Iterable[Household], like: str, request: Request, db: Snapshot) -> Batch:
    """What makes these people inhabitants of this world, under numbers that are nobody's, and has
    happen to them what is to come. Raises Problem where there are not so many numbers."""
    changes = [change for household in households for change in household.changes]
    theirs = [change.id for change in changes if change.type in NUMBERED]
    numbers, marks = allocated_many(len(theirs), db)
    ours = dict(zip(theirs, numbers, strict=True))
    subjects = {change.subject: new_person_key(request) for change in changes if change.subject}
    kept = [_renumbered(change, ours, subjects) for change in changes if change.subject]
    guards = [Unchanged(NUMBER_STATUS, number, 0) for number in _patients(kept)]
    if like == DEATH_TOMORROW:
        today = dates.in_uk(request.time)
        kept += [dies_tomorrow(each, today) for each in kept if each.type == "Patient"]
    batch = Batch(changes=kept, marks=list(marks), guards=list(guards))
    batch.kept = list(enumerate(_patients(kept), 1))
    return batch


def fixtures(changes: Sequence[Change]) -> list[Json]:
    """The Patients among these changes, each with the numbers that it superseded: as they are
    loaded again elsewhere."""
    former: dict[str, list[Json]] = {}
    for change in changes:
        if change.type == NUMBER_STATUS and change.body and "by" in change.body:
            identifier = {"system": about.NHS_NUMBER, "value": change.id, "use": OLD}
            former.setdefault(change.body["by"], []).append(identifier)
    return [
        {**change.body, "identifier": [*change.body["identifier"], *former.get(change.id, ())]}
        for change in changes
        if change.type == "Patient" and change.body
    ]


def _patients(changes: Iterable[Change]) -> list[str]:
    return [change.id for change in changes if change.type == "Patient"]


def _renumbered(change: Change, ours: dict[str, NHSNumber], subjects: dict[str, str]) -> Change:
    """The change with our numbers and keys wherever theirs stood."""
    raw = orjson.dumps(change.body)
    for their, our in ours.items():
        raw = raw.replace(b'"%b"' % their.encode(), b'"\0%b"' % our.encode())
    number, dot, rest = change.id.partition(".")
    id = ours.get(number, number) + dot + rest
    body = orjson.loads(raw.replace(b"\0", b""))
    return replace(change, id=id, body=body, subject=subjects[change.subject])


def refuse_too_many(households: Sequence[Household], most: int) -> None:
    """Raises Problem where these are more people than may be made at once."""
    if sum(len(household.people) for household in households) > most:
        raise Problem("people-too-many", most=most)
