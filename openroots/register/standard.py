"""Standard: what is asked of those who use the national services, why, and by when.

One standard is one TOML file in `openroots/standards`: its clauses, each with what is expected
and how to mend what does not meet it, the days on which it was drafted, tried and published, and
the founding mandates. A standard can stand at different stages in different care settings. One that
is `listed` has no clauses: it stands in the register with its dates, and no call is judged by it.

Source: the stages follow the NHS Data Standards Directory; Health and Social Care Act 2012
section 250, under which information standards are published.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from functools import cache
from typing import Any

from openroots.register.bearer import Bearer
from openroots.register.clause import Applies, Clause, parse_clauses
from openroots.register.decision import FOUNDING, Decision
from openroots.register.definition import Table, as_json, definition_files, read_definition

__all__ = [
    "FORCES",
    "SETTINGS",
    "SORTS",
    "Applies",
    "Clause",
    "Section",
    "Stage",
    "StageFrom",
    "Standard",
    "founding_decisions",
    "load_standards",
    "parse_stages",
    "parse_standard",
    "read_standard",
]

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
NUMBER = re.compile(r"\d{1,3}(\.\d{1,3}){0,3}", re.ASCII)
SORTS = ("record", "data-terminology", "technical", "code-of-practice")
FORCES = ("none", "regard", "binding")


class Stage(Enum):
    """How far a standard has come. Only decisions bring about `MANDATED`; one that is held goes on
    with another consultation, and one that was stopped does not."""

    DRAFT = "draft"
    CONSULTATION = "consultation"
    AGREED = "agreed"
    TRIAL = "trial"
    PUBLISHED = "published"
    MANDATED = "mandated"
    DEPRECATED = "deprecated"
    RETIRED = "retired"
    HELD = "held"
    STOPPED = "stopped"

    @property
    def place(self) -> int:
        """Where it stands in the order of the stages: what is held or was stopped is not on its
        way, and before all of them."""
        return -1 if self in (Stage.HELD, Stage.STOPPED) else list(Stage).index(self)


@dataclass(frozen=True, slots=True)
class StageFrom:
    """The day from which a standard stands at a stage, in some settings or (none named) in all;
    likewise in organisations of some types, or of all."""

    stage: Stage
    start: date
    settings: tuple[str, ...] = ()
    organisation_types: tuple[str, ...] = ()

    def covers(self, bearer: Bearer) -> bool:
        """Whether it is about this bearer. A stage that is for all is for the nameless too."""
        return (not self.settings or bearer.setting in self.settings) and (
            not self.organisation_types or bearer.organisation_type in self.organisation_types
        )


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered part of the text of a standard, which comments are anchored to."""

    number: str
    title: str
    text: str


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
    sections: tuple[Section, ...] = ()
    legal_basis: str = ""
    supersedes: str = ""


@cache
def load_standards() -> tuple[Standard, ...]:
    """Every standard that the program brings, by id; read once, as no run can change them."""
    standards = [parse_standard(text, name) for name, text in standard_files().items()]
    return tuple(sorted(standards, key=lambda standard: standard.id))


def standard_files() -> dict[str, str]:
    """The files of these standards, by name, in order."""
    return definition_files("standards")


def founding_decisions(
    standards: Iterable[Standard],
) -> tuple[Decision, ...]:
    """The decisions with which these standards came."""
    return tuple(decision for standard in standards for decision in standard.founding)


def parse_standard(text: str, name: str) -> Standard:
    """The standard that a file of this name holds. Raises ValueError naming the file and key."""
    table = read_definition(text, name)
    if name != f"{(id := table.id('id'))}.toml":
        raise table.wrong("id", f"the file of '{id}' must be called {id}.toml")
    return read_standard(table, _some(table, "stage", parse_stages(table)))


def _clauses(table: Table) -> tuple[Clause, ...]:
    if not table.take_or("listed", bool, False):
        return parse_clauses(table)
    if table.has("clause"):
        raise table.wrong("clause", "may not be there where the standard is listed only")
    return ()


def read_standard(table: Table, stages: tuple[StageFrom, ...]) -> Standard:
    """The standard that a table holds, with these stages. Raises ValueError naming the key."""
    standard = Standard(
        id=(id := table.id("id")),
        version=table.words("version"),
        title=table.words("title"),
        sort=table.one_of("sort", SORTS),
        force=table.one_of("force", FORCES),
        publisher=table.words("publisher"),
        why=table.words("why"),
        sources=_some(table, "sources", table.texts("sources")),
        stages=stages,
        clauses=_clauses(table),
        founding=tuple(
            _parse_mandate(mandate, id, number)
            for number, mandate in enumerate(table.tables("mandate"), 1)
        ),
        data=as_json(table.data),
        sections=_parse_sections(table),
        legal_basis=table.words("legal_basis") if table.has("legal_basis") else "",
        supersedes=table.words("supersedes") if table.has("supersedes") else "",
    )
    table.close()
    return standard


def superseding_fault(standard: Standard, others: Mapping[str, Standard]) -> str:
    """What is wrong with what a standard supersedes, and that with what it does in turn: a chain
    that comes back to where it began. "" where nothing is."""
    older, seen = standard.supersedes, [standard.id]
    while older and older not in seen:
        seen.append(older)
        older = others[older].supersedes if older in others else ""
    if older == standard.id:
        return f"supersedes: {' supersedes '.join([*seen, older])}, and none would be the last"
    return ""


def _some(table: Table, key: str, found: tuple[Any, ...]) -> tuple[Any, ...]:
    if not found:
        raise table.wrong(key, "must be there at least once")
    return found


def parse_stages(table: Table) -> tuple[StageFrom, ...]:
    """The stages of a definition, in the order of their dates."""
    stages = tuple(_parse_stage(stage) for stage in table.tables("stage"))
    starts = [stage.start for stage in stages]
    if starts != sorted(starts):
        raise table.wrong("stage", "must be in the order of their dates")
    return stages


def _parse_stage(table: Table) -> StageFrom:
    choices = [stage.value for stage in Stage if stage is not Stage.MANDATED]
    stage = StageFrom(
        Stage(table.one_of("stage", choices)),
        table.take("from", date),
        table.texts("settings", SETTINGS),
        table.texts("organisation_types"),
    )
    table.close()
    return stage


def _parse_sections(table: Table) -> tuple[Section, ...]:
    sections = []
    for one in table.tables("section"):
        number = one.words("number")
        if not NUMBER.fullmatch(number):
            raise one.wrong("number", "must be a number such as 2 or 2.1")
        sections.append(Section(number, one.words("title"), one.take("text", str).strip()))
        one.close()
    if len({section.number for section in sections}) < len(sections):
        raise table.wrong("section", "two sections have the same number")
    return tuple(sections)


def _parse_mandate(table: Table, standard: str, number: int) -> Decision:
    fields: dict[str, Any] = {
        "settings": table.texts("settings", SETTINGS),
        "published": table.take("published", date),
        "warn_from": table.take("warn_from", date),
        "enforce_from": table.take("enforce_from", date) if table.has("enforce_from") else None,
        "organisation_types": table.texts("organisation_types"),
        "regions": table.texts("regions"),
        "decided_at": table.moment("decided_at"),
        "by": table.words("by"),
        "reason": table.words("reason"),
    }
    table.close()
    try:
        return Decision(f"{FOUNDING}-{standard}-{number}", standard, "mandate", **fields)
    except ValueError as error:
        raise ValueError(f"{table.place}: {error}") from error
