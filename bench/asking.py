"""Requests as bytes, made before a run so that it costs nothing to send them.

For the rows that put load on a server. They are those of a practice system with its key: reads
and updates of made-up people and searches for them, each with a request id of its own.

Source: PDS FHIR API, for the headers and the form of an update.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import orjson

from bench.load import Plan, apart
from openroots.fhir.patient import usual_name
from openroots.population.numbers import nhs_numbers
from openroots.ready_made import APPLICATIONS

PATIENT = "/personal-demographics/FHIR/R4/Patient"
KEY = APPLICATIONS[0].key
HEAD = "{method} {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\n"


@dataclass(frozen=True, slots=True)
class Known:
    """A made-up person whose address can be changed."""

    number: str
    version: int
    address: str  # the id of the address
    size: int  # of the record, in bytes
    family: str
    born: str
    given: str = ""


def read(number: str, token: str = "") -> bytes:
    """A read of one person, by key or with a token."""
    authorised = {"Authorization": f"Bearer {token}"} if token else {}
    return _request("GET", f"/{number}", {"Accept": "application/fhir+json", **authorised})


def reads(people: Sequence[Known], count: int, token: str = "") -> list[bytes]:
    """So many reads, of one person after the other, again and again."""
    return [read(person.number, token) for person in islice(cycle(people), count)]


def patches(people: Sequence[Known], count: int) -> list[bytes]:
    """So many updates, each naming the version that the one before it makes."""
    return [_patch(people[at % len(people)], at // len(people)) for at in range(count)]


def searches(people: Sequence[Known], count: int) -> list[bytes]:
    """So many searches, for one person after the other by family name and birth date."""
    return [_search(person) for person in islice(cycle(people), count)]


def fuzzy_searches(people: Sequence[Known], count: int) -> list[bytes]:
    """The same, fuzzy, by both names, the family name with a letter doubled."""
    return [_fuzzy_search(person) for person in islice(cycle(people), count)]


def known_people(port: int, most: int, among: int = 0) -> list[Known]:
    """People of a server that can be read and changed, found by reading; this warms it up too.

    They are looked for evenly `among` so many, or are the first.
    """
    numbers = list(islice(nhs_numbers(), 0, among or most, among // most or 1))
    asked = Plan(port, [read(number) for number in numbers], callers=8, keeps_bodies=True)
    found = []
    for number, body in zip(numbers, apart(asked).bodies, strict=True):
        patient = orjson.loads(body)
        if patient.get("id") == number and _is_open(patient) and "deceasedDateTime" not in patient:
            found.append(_known(patient, len(body)))
    return found


def _known(patient: dict[str, Any], size: int) -> Known:
    return Known(
        number=patient["id"],
        version=int(patient["meta"]["versionId"]),
        address=patient["address"][0]["id"],
        size=size,
        family=usual_name(patient).get("family", ""),
        given=next(iter(usual_name(patient).get("given", ())), ""),
        born=patient["birthDate"],
    )


def _is_open(patient: dict[str, object]) -> bool:
    """Whether the record has an address that anyone may see; those of the restricted are kept."""
    return bool(patient.get("address"))


def _patch(person: Known, round: int) -> bytes:
    operations = [
        {"op": "replace", "path": "/address/0/id", "value": person.address},
        {"op": "replace", "path": "/address/0/line/0", "value": f"{round + 1} Meadow View"},
    ]
    headers = {
        "If-Match": f'W/"{person.version + round}"',
        "Content-Type": "application/json-patch+json",
    }
    return _request("PATCH", f"/{person.number}", headers, orjson.dumps({"patches": operations}))


def _search(person: Known) -> bytes:
    return _asking({"family": person.family, "birthdate": f"eq{person.born}"})


def _fuzzy_search(person: Known) -> bytes:
    mistyped = f"{person.family[:2]}{person.family[1:]}"
    names = {"family": mistyped, "given": person.given}
    return _asking({**names, "birthdate": f"eq{person.born}", "_fuzzy-match": "true"})


def _asking(criteria: dict[str, str]) -> bytes:
    return _request("GET", f"?{urlencode(criteria)}", {"Accept": "application/fhir+json"})


def _request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    lines = {"X-Request-ID": str(uuid4()), "apikey": KEY, **headers}
    if body:
        lines["Content-Length"] = str(len(body))
    head = HEAD.format(method=method, path=f"{PATIENT}{path}")
    told = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{head}{told}\r\n".encode() + body
