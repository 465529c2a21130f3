"""Clause: one thing that a standard asks, and how a machine tells whether it is met.

What is asked is said by exactly one of: a condition on facts; coded entries of a code system; the
shape of a JSON record; a FHIR profile; a named check in Python. A clause may instead recognise the
use of its standard, so that calls which still use it are warned of its end, and refused after it.

Source: FHIR R4 for codings and profiles; JSON Schema 2020-12 for the words of a shape.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from openroots.fhir.added import Added
from openroots.register.checks import CHECKS
from openroots.register.checks.codes import parse_codes
from openroots.register.checks.profile import broken, in_words, parse_profile
from openroots.register.checks.shape import parse_shape
from openroots.register.condition import Condition, Judge, parse_condition
from openroots.register.definition import Table
from openroots.register.path import read_record, read_request

On = Literal["request", "record"]
Served = Mapping[str, Collection[str]]  # service -> the names of its endpoints
REGISTER = "standards-register"  # the service that no standard binds
READERS: Mapping[str, Any] = {"request": read_request, "record": read_record}


@dataclass(frozen=True, slots=True)
class Applies:
    """To what a clause applies. An empty set bounds nothing.

    `services` are names of services, `endpoints` ids such as "demographics.read-patient", and
    `types` the resource types of the records that a clause on records is about.
    """

    services: frozenset[str] = frozenset()
    endpoints: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()

    def covers(self, service: str, endpoint: str) -> bool:
        """Whether it applies to what this endpoint of the service is asked."""
        # The register is where a wrong mandate is taken back: no mandate can shut it.
        return (
            service != REGISTER
            and (not self.services or service in self.services)
            and (not self.endpoints or f"{service}.{endpoint}" in self.endpoints)
        )

    def faults(self, served: Served) -> Iterator[str]:
        """Each service and endpoint that nobody serves, or no standard binds, of which a clause
        would judge nothing."""
        if REGISTER in self.services:
            yield f"services: '{REGISTER}' is bound by no standard: there a wrong one is taken back"
        for service in sorted(self.services - served.keys()):
            known = ", ".join(sorted(served.keys() - {REGISTER}))
            yield f"services: '{service}' is no service; there are {known}"
        for endpoint in sorted(self.endpoints):
            service, _, called = endpoint.partition(".")
            if service == REGISTER:
                yield f"endpoints: '{endpoint}' is of the register, which is bound by no standard"
            elif called not in served.get(service, ()):
                yield f"endpoints: '{endpoint}' is no endpoint of a service"
            elif self.services and service not in self.services:
                yield f"endpoints: '{endpoint}' is of none of the services that are named"


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing that a standard asks, of each request or of each record that is written.

    `expected` and `mend` are sentences for the developer whose call does not meet it. What is
    asked is a `condition`, or the name of a `check`; `judge` is either of them as a function. One
    that `recognises` is met where its standard is not used; it counts from deprecation on. Where
    what is asked is a FHIR `profile`, it can be told what in a record breaks it.
    """

    id: str
    words: str
    expected: str
    mend: str
    on: On
    applies: Applies
    condition: Condition | None
    check: str
    judge: Judge = field(repr=False, compare=False)
    recognises: bool = False
    profile: str = ""

    def judged(self, about: Any, packages: Added | None = None) -> tuple[bool, str]:
        """Whether a record meets it, in a world with these packages; and what in the record is
        wrong, as far as more can be told than what was expected."""
        if not self.profile:
            return self.judge(about), ""
        found = broken(self.profile, about, packages)
        return (bool(found), "") if self.recognises else (not found, in_words(found))


def parse_clauses(table: Table) -> tuple[Clause, ...]:
    """The clauses of a definition, one at least. Raises ValueError naming the key."""
    clauses = tuple(_parse_clause(clause) for clause in table.tables("clause"))
    if len({clause.id for clause in clauses}) < len(clauses):
        raise table.wrong("clause", "two clauses have the same id")
    if not clauses:
        raise table.wrong("clause", "must be there at least once")
    return clauses


def _parse_clause(table: Table) -> Clause:
    on: On = "record" if table.one_of("on", tuple(READERS)) == "record" else "request"
    applies = _parse_applies(table.table("applies"), on) if table.has("applies") else Applies()
    if on == "record" and not applies.types:
        raise table.wrong("applies.types", "must name a resource type for a clause on records")
    condition, check, judge = _parse_judge(table, on)
    recognises = table.take_or("recognises", bool, False)
    clause = Clause(
        id=table.words("id"),
        words=table.words("words"),
        expected=table.words("expected"),
        mend=table.words("mend"),
        on=on,
        applies=applies,
        condition=condition,
        check=check,
        judge=_otherwise(judge) if recognises else judge,
        recognises=recognises,
        profile=table.words("profile") if check == "profile" else "",
    )
    table.close()
    return clause


def _parse_applies(table: Table, on: On) -> Applies:
    applies = Applies(
        frozenset(table.texts("services")),
        frozenset(table.texts("endpoints")),
        frozenset(table.texts("types")),
    )
    if applies.types and on == "request":
        raise table.wrong("types", "is for clauses on records only")
    table.close()
    return applies


def _parse_judge(table: Table, on: On) -> tuple[Condition | None, str, Judge]:
    ways = ("condition", "check", *ON_RECORDS)
    given = [way for way in ways if table.has(way)]
    if len(given) != 1:
        raise table.wrong("condition", f"there must be one of {', '.join(ways)}, and one only")
    [way] = given
    if way == "condition":
        return _parse_condition(table, READERS[on])
    if way == "check":
        check = table.one_of("check", tuple(CHECKS))
        return None, check, CHECKS[check]
    if on != "record":
        raise table.wrong(way, "is for clauses on records only")
    return None, way, ON_RECORDS[way](table)


def _parse_condition(table: Table, reader: Any) -> tuple[Condition | None, str, Judge]:
    condition = parse_condition(table.table("condition"))
    try:
        return condition, "", condition.compiled(reader)
    except ValueError as error:
        raise table.wrong("condition", str(error)) from error


def _otherwise(judge: Judge) -> Judge:
    return lambda about: not judge(about)


# What only a record can be asked, by the key that asks it.
ON_RECORDS: Mapping[str, Any] = {
    "codes": parse_codes,
    "shape": parse_shape,
    "profile": parse_profile,
}
