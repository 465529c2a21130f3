"""Draft: the text of a standard as it is written through the API, edition by edition.

A draft says what the file of a standard says (see `standard.schema.json`), as JSON and without
stages or mandates, which follow from what is decided. Each edit is a new edition, and none is ever
changed. What a standard's stages are is told by the moves of its case.

Source: RFC 8259; RFC 3339 for dates.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from openroots.register.bearer import Bearer
from openroots.register.case import Case, Move
from openroots.register.definition import Table
from openroots.register.standard import SETTINGS, Stage, StageFrom, Standard, read_standard
from openroots.storage import Json

DECIDED = ("stage", "mandate")  # by moves and decisions, and not by a text
MOST = 400  # sections and clauses of one draft
LONGEST = 100_000  # characters of one text
DEEPEST = 40  # of conditions in conditions


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of a draft: who wrote it, when, and what was changed."""

    standard: str
    number: int
    at: datetime
    by: str
    note: str
    definition: Mapping[str, Any]

    @property
    def id(self) -> str:
        """How the store names it; ids of one standard are in the order of its editions."""
        return f"{self.standard}.{self.number:06}"

    def to_json(self) -> Json:
        """The edition as a plain dict, as it is stored."""
        return {
            "standard": self.standard,
            "number": self.number,
            "at": self.at.isoformat(),
            "by": self.by,
            "note": self.note,
            "definition": dict(self.definition),
        }

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Edition":
        """The edition that such a dict tells of."""
        return cls(**{**written, "at": datetime.fromisoformat(written["at"])})


def standard_of(definition: Mapping[str, Any], case: Case | None = None) -> Standard:
    """The standard that a draft describes, at the stages of its case.

    Raises ValueError, naming the key, for a definition that is not one.
    """
    table = Table(dict(_dated(definition)), f"{definition.get('id') or 'standard'}")
    for key in DECIDED:
        if table.has(key):
            raise table.wrong(key, "is decided, and is no part of a draft")
    parts = [*table.tables("section"), *table.tables("clause")]
    if len(parts) > MOST:
        raise table.wrong("clause", f"there are more than {MOST} sections and clauses")
    return read_standard(table, stages_of(case) if case else ())


def stages_of(case: Case) -> tuple[StageFrom, ...]:
    """The stages that the moves of a standard's case brought about, in the order of their days."""
    known = {stage.value for stage in Stage}
    moves = [move for move in case.moves if move.stage in known]
    return tuple(
        StageFrom(Stage(move.stage), move.on, move.settings, move.organisation_types)
        for move in sorted(moves, key=lambda move: move.on)
    )


def further_on(standard: Standard, case: Case) -> Standard:
    """A standard that the program brings, with the stages that it has reached since."""
    stages = sorted((*standard.stages, *stages_of(case)), key=lambda stage: stage.start)
    return replace(standard, stages=tuple(stages))


def stands(case: Case, on: date) -> dict[str, Move | None]:
    """The move by which a case stands where it does, in each care setting, on a day."""
    return {setting: case.last_move(on, Bearer(setting)) for setting in SETTINGS}


def newest(editions: Iterable[Edition], on: date | None = None) -> Edition | None:
    """The last edition, or the last that had been made by the end of a day."""
    made = [one for one in editions if on is None or one.at.date() <= on]
    return max(made, key=lambda one: one.number, default=None)


def _dated(value: Any, key: str = "", depth: int = 0) -> Any:
    """The same with the dates of conditions as dates, which JSON writes as text."""
    if depth > DEEPEST:
        raise ValueError(f"{key or 'definition'}: is nested more than {DEEPEST} deep")
    if isinstance(value, dict):
        return {name: _dated(member, name, depth + 1) for name, member in value.items()}
    if isinstance(value, list):
        return [_dated(member, "", depth + 1) for member in value]
    if isinstance(value, str) and len(value) > LONGEST:
        raise ValueError(f"{key}: is longer than {LONGEST} characters")
    if key not in ("before", "after") or not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    except ValueError:
        return value
