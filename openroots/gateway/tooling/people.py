"""Test people behind the tooling door: the published ones, and made-up ones of each kind.

Made-up people follow from what the world was seeded with, so they are found again by making them
again; who they are now is read from the store, where they may have moved or died since.

Source: PDS FHIR API, sandbox scenarios; openroots.population.
"""

from collections.abc import Sequence
from datetime import date
from itertools import islice

import orjson

from openroots.fhir import patient as about
from openroots.gateway.tooling.desk import Asked, Desk, Routes
from openroots.population import KINDS, Person, find
from openroots.problem import Json, Problem
from openroots.services.demographics.published import PUBLISHED, person_key
from openroots.storage import Key, Row, Snapshot
from openroots.world import SEEDED

PUBLISHED_KIND = "published"
FEW, MANY = 10, 1000

route = Routes()


@route("GET", "/people", kept=True, takes=("kind", "limit"))
def people(desk: Desk, asked: Asked) -> Json:
    """Some test people of a kind; where no kind is asked for, the published ones: all, unless a
    limit is told."""
    if not desk.settings.ready_made:
        raise Problem("people-real")
    kind = asked.one("kind", PUBLISHED_KIND)
    if kind == PUBLISHED_KIND:
        found = _published(asked, asked.number("limit", MANY, MANY))
    elif kind in KINDS:
        found = _made_up(desk, asked, kind, asked.number("limit", FEW, MANY))
    else:
        wanted = "a kind of person"
        example = ", ".join((PUBLISHED_KIND, *KINDS))
        raise Problem("value-wrong", name="kind", given=kind, wanted=wanted, example=example)
    return {"kind": kind, "words": KINDS.get(kind, "named by public documents"), "people": found}


def _published(asked: Asked, limit: int) -> list[Json]:
    found = PUBLISHED[:limit]
    asked.subjects += [person_key(person.number) for person in found]
    return [
        {"number": person.number, "name": person.label, "words": person.words} for person in found
    ]


def _made_up(desk: Desk, asked: Asked, kind: str, limit: int) -> list[Json]:
    db = desk.world.store.snapshot()
    count, seed, day = _seeded_with(db)
    found = list(islice(find(kind, count, seed, day), limit))
    keys: list[Key] = [("Patient", person.number) for person in found]
    rows = db.read(keys)
    asked.subjects += [row.subject for row in rows.values()]
    return [
        _told(person, rows[key]) for person, key in zip(found, keys, strict=True) if key in rows
    ]


def _told(person: Person, row: Row) -> Json:
    record = row.body
    return {
        "number": person.number,
        "name": about.whole_name(record),
        "born": record.get("birthDate", ""),
        "gender": record.get("gender", ""),
        "practice": about.general_practice(record),
        "former": _former_numbers(person),
        "kinds": sorted(person.kinds),
    }


def _former_numbers(person: Person) -> Sequence[str]:
    return [change.id for change in person.changes[1:] if change.type == "NHSNumber"]


def _seeded_with(db: Snapshot) -> tuple[int, int, date]:
    """How many people, from which seed and as on which day the world was made."""
    kept = orjson.loads(db.marks([SEEDED])[SEEDED].value)
    return kept["people"], kept["seed"], date.fromisoformat(kept["day"])
