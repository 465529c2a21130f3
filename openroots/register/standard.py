"""Standard: what is asked of those who use the national services, why, and by when.

One standard is one TOML file in `openroots/standards`: its clauses, each with what is expected
and how to mend what does not meet it, the days on which it was drafted, tried and published, and
the founding mandates. A standard can stand at different stages in different care settings.

Source: the stages follow the NHS Data Standards Directory; Health and Social Care Act 2012
section 250, under which information standards are published.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from openroots.register.checks import CHECKS
from openroots.register.condition import Condition, Judge, parse_condition
from openroots.register.decision import FOUNDING, Decision
from openroots.register.definition import Table, as_json, read_definition
from openroots.register.path import read_record, read_request

# The kinds of place in which care is given, or, for `citizen`, in which people see to their own.
SETTINGS = (
    "ambulance",
    "care-home",
    "citizen",
    "community-health",
    "community-pharmacy",
    "dentistry",
    "general-practice",
    "home-care",
    "hospital",
    "maternity",
    "mental-health",
    "urgent-care",
)
ID = re.compile(r"(?=.{1,48}$)[a-z0-9]+(-[a-z0-9]+)*")
SORTS = ("record", "data-terminology", "technical", "code-of-practice")
FORCES = ("none", "regard", "binding")


class Stage(Enum):
    """How far a standard has come. Only decisions bring about `MANDATED`."""

    DRAFT = "draft"
    CONSULTATION = "consultation"
    AGREED = "agreed"
    TRIAL = "trial"
    PUBLISHED = "published"
    MANDATED = "mandated"
    DEPRECATED = "deprecated"
    RETIRED = "retired"

    @property
    def place(self) -> int:
        """Where it stands in the order of the stages."""
        return list(Stage).index(self)


On = Literal["request", "record"]
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
        return (not self.services or service in self.services) and (
            not self.endpoints or f"{service}.{endpoint}" in self.endpoints
        )


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing that a standard asks, of each request or of each record that is written.

    `expected` and `mend` are sentences for the developer whose call does not meet it. What is
    asked is a `condition`, or the name of a `check`; `judge` is either of them as a function.
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


@dataclass(frozen=True, slots=True)
class StageFrom:
    """The day from which a standard stands at a stage, in some settings or (none named) in all."""

    stage: Stage
    start: date
    settings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standard:
    """One version of an information standard. `data` is all of it as JSON, for its hash."""

    id: str
    version: str
    title: str
    sort: str
    force: str
    publisher: str
    why: str
    sources: tuple[str, ...]
    stages: tuple[StageFrom, ...]
    clauses: tuple[Clause, ...]
    founding: tuple[Decision, ...]
    data: Mapping[str, Any] = field(repr=False, compare=False)


@cache
def load_standards() -> tuple[Standard, ...]:
    """Every standard that the program brings, by id; read once, as no run can change them."""
    folder = files("openroots") / "standards"
    named = [file for file in folder.iterdir() if file.name.endswith(".toml")]
    standards = [parse_standard(file.read_text("utf-8"), file.name) for file in named]
    return tuple(sorted(standards, key=lambda standard: standard.id))


def founding_decisions(
    standards: Iterable[Standard],
) -> tuple[Decision, ...]:
    """The decisions with which these standards came."""
    return tuple(decision for standard in standards for decision in standard.founding)


def parse_standard(text: str, name: str) -> Standard:
    """The standard that a file of this name holds. Raises ValueError naming the file and key."""
    table = read_definition(text, name)
    id = table.words("id")
    if not ID.fullmatch(id):
        raise table.wrong("id", "must be words in lower case, joined by hyphens")
    if name != f"{id}.toml":
        raise table.wrong("id", f"the file of '{id}' must be called {id}.toml")
    standard = Standard(
        id=id,
        version=table.words("version"),
        title=table.words("title"),
        sort=table.one_of("sort", SORTS),
        force=table.one_of("force", FORCES),
        publisher=table.words("publisher"),
        why=table.words("why"),
        sources=_some(table, "sources", table.texts("sources")),
        stages=_parse_stages(table),
        clauses=_parse_clauses(table),
        founding=tuple(
            _parse_mandate(mandate, id, number)
            for number, mandate in enumerate(table.tables("mandate"), 1)
        ),
        data=as_json(table.data),
    )
    table.close()
    return standard


def _some(table: Table, key: str, found: tuple[Any, ...]) -> tuple[Any, ...]:
    if not found:
        raise table.wrong(key, "must be there at least once")
    return found


def _parse_stages(table: Table) -> tuple[StageFrom, ...]:
    stages = tuple(_parse_stage(stage) for stage in table.tables("stage"))
    starts = [stage.start for stage in stages]
    if starts != sorted(starts):
        raise table.wrong("stage", "must be in the order of their dates")
    return _some(table, "stage", stages)


def _parse_stage(table: Table) -> StageFrom:
    choices = [stage.value for stage in Stage if stage is not Stage.MANDATED]
    stage = StageFrom(
        Stage(table.one_of("stage", choices)),
        table.take("from", date),
        table.texts("settings", SETTINGS),
    )
    table.close()
    return stage


def _parse_clauses(table: Table) -> tuple[Clause, ...]:
    clauses = tuple(_parse_clause(clause) for clause in table.tables("clause"))
    if len({clause.id for clause in clauses}) < len(clauses):
        raise table.wrong("clause", "two clauses have the same id")
    return _some(table, "clause", clauses)


def _parse_clause(table: Table) -> Clause:
    on: On = "record" if table.one_of("on", tuple(READERS)) == "record" else "request"
    applies = _parse_applies(table.table("applies"), on) if table.has("applies") else Applies()
    if on == "record" and not applies.types:
        raise table.wrong("applies.types", "must name a resource type for a clause on records")
    condition, check, judge = _parse_judge(table, READERS[on])
    clause = Clause(
        id=table.words("id"),
        words=table.words("words"),
        expected=table.words("expected"),
        mend=table.words("mend"),
        on=on,
        applies=applies,
        condition=condition,
        check=check,
        judge=judge,
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


def _parse_judge(table: Table, reader: Any) -> tuple[Condition | None, str, Judge]:
    if table.has("check") == table.has("condition"):
        raise table.wrong("condition", "there must be either a condition or a check")
    if table.has("check"):
        check = table.one_of("check", tuple(CHECKS))
        return None, check, CHECKS[check]
    condition = parse_condition(table.table("condition"))
    try:
        return condition, "", condition.compiled(reader)
    except ValueError as error:
        raise table.wrong("condition", str(error)) from error


def _parse_mandate(table: Table, standard: str, number: int) -> Decision:
    fields: dict[str, Any] = {
        "settings": table.texts("settings", SETTINGS),
        "published": table.take("published", date),
        "warn_from": table.take("warn_from", date),
        "enforce_from": table.take("enforce_from", date) if table.has("enforce_from") else None,
        "decided_at": table.moment("decided_at"),
        "by": table.words("by"),
        "reason": table.words("reason"),
    }
    table.close()
    try:
        return Decision(f"{FOUNDING}-{standard}-{number}", standard, "mandate", **fields)
    except ValueError as error:
        raise ValueError(f"{table.place}: {error}") from error
