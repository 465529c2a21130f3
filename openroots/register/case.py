"""Case: one subject on its way through a programme, with all that was done, and by whom.

A case only grows: a move to a stage, an answer, an assessment, an answer to a theme are added, and
none is changed. So it can be asked how it stood on any day, and a register of cases can be counted
by stage for any date. An answer pins the fact it was given with; a fact told later changes it not.

A move takes effect on a day and was made at a moment. One with a `source` tells of something that
happened elsewhere.

Source: none.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any

from openroots.register.bearer import Bearer
from openroots.storage import Json


@dataclass(frozen=True, slots=True)
class Subject:
    """What a case is about: a standard, a product, a service, an organisation."""

    kind: str
    id: str
    name: str
    owner: str = ""

    @property
    def key(self) -> str:
        """How facts name it."""
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Move:
    """That the case reached a stage: on a day, in some care settings and types of organisation, or
    in all. `closes` is the day on which a consultation that it opened ends."""

    stage: str
    on: date
    at: datetime
    by: str
    reason: str
    settings: tuple[str, ...] = ()
    organisation_types: tuple[str, ...] = ()
    source: str = ""
    closes: date | None = None

    def covers(self, bearer: Bearer) -> bool:
        """Whether it is about this bearer."""
        return (not self.settings or bearer.setting in self.settings) and (
            not self.organisation_types or bearer.organisation_type in self.organisation_types
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """That a question was answered, with the fact that it was answered by."""

    question: str
    fact: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """What an assessor found of one part. `organisation` is the assessor's own."""

    part: str
    outcome: str
    reason: str
    at: datetime
    by: str
    organisation: str
    score: float | None = None


@dataclass(frozen=True, slots=True)
class ThemeAnswer:
    """What was done about everything that was said on a theme: you said, we did."""

    theme: str
    said: str
    did: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Case:
    """One subject in one version of a programme, with its whole history."""

    id: str
    programme: str
    version: str
    subject: Subject
    opened_at: datetime
    moves: tuple[Move, ...] = ()
    answers: tuple[Answer, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    themes: tuple[ThemeAnswer, ...] = ()

    def with_(self, **added: Any) -> "Case":
        """The case with one thing more: with_(moves=move)."""
        grown: dict[str, Any] = {name: (*getattr(self, name), one) for name, one in added.items()}
        return replace(self, **grown)

    def last_move(self, on: date, bearer: Bearer | None = None) -> Move | None:
        """The move by which it stands where it does on a day, for a bearer or for all alike."""
        begun = [
            move for move in self.moves if move.on <= on and (bearer is None or move.covers(bearer))
        ]
        # Of several on one day, the one made last counts.
        return max(enumerate(begun), key=lambda one: (one[1].on, one[0]))[1] if begun else None

    def stage(self, on: date, bearer: Bearer | None = None) -> str:
        """The stage at which it stands on a day; "" before its first."""
        move = self.last_move(on, bearer)
        return move.stage if move else ""

    def to_json(self) -> Json:
        """The case as a plain dict, as it is stored."""
        plain: Json = _plain(asdict(self))
        return plain

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Case":
        """The case that such a dict tells of."""
        return cls(
            id=written["id"],
            programme=written["programme"],
            version=written["version"],
            subject=Subject(**written["subject"]),
            opened_at=datetime.fromisoformat(written["opened_at"]),
            moves=tuple(map(_move, written["moves"])),
            answers=tuple(Answer(**_timed(one)) for one in written["answers"]),
            assessments=tuple(Assessment(**_timed(one)) for one in written["assessments"]),
            themes=tuple(ThemeAnswer(**_timed(one)) for one in written["themes"]),
        )


@dataclass(slots=True)
class Count:
    """How many cases stand at each stage on a day."""

    on: date
    stages: Mapping[str, str]  # stage -> words, in the order of the programme
    counted: Counter[str] = field(default_factory=Counter)

    def sentence(self) -> str:
        """The count in words, those that have come furthest first: "7 connected, 11 coming"."""
        told = [
            f"{self.counted[stage]} {words}"
            for stage, words in reversed(list(self.stages.items()))
            if self.counted[stage]
        ]
        return ", ".join(told) or "none"

    def to_json(self) -> Json:
        """The count as data."""
        return {
            "on": self.on.isoformat(),
            "sentence": self.sentence(),
            "stages": [
                {"stage": stage, "words": words, "count": self.counted[stage]}
                for stage, words in self.stages.items()
            ],
        }


def stage_of(case: Mapping[str, Any], on: str) -> str:
    """The stage of a stored case on a day ("2020-02-01"); "" before its first. It reads the plain
    dict, so that many are looked at soon."""
    return _stage_by((f"{move['on']} {move['stage']}" for move in case["moves"]), on)


def course_of(case: Mapping[str, Any]) -> str:
    """All that a stored case went through, in one line by which it is indexed:
    "2015-01-01 approved,2016-03-01 coming". So a register is counted without reading its cases."""
    return ",".join(f"{move['on']} {move['stage']}" for move in case["moves"])


def count_by_stage(courses: Mapping[str, int], on: date, stages: Mapping[str, str]) -> Count:
    """How many cases stand at each stage on a day, where so many went through each course."""
    count, day = Count(on, stages), on.isoformat()
    for course, cases in courses.items():
        if stage := _stage_by(course.split(","), day):
            count.counted[stage] += cases
    return count


def courses_to(courses: Iterable[str], on: date, stage: str) -> list[str]:
    """Those of these courses that have led to a stage by a day; to any, where none is named."""
    day = on.isoformat()
    led = ((course, _stage_by(course.split(","), day)) for course in courses)
    return [course for course, at in led if at and (not stage or at == stage)]


def _stage_by(moves: Iterable[str], on: str) -> str:
    """Where these moves have led by a day. Of several on one day, the one made last counts."""
    found, day = "", ""
    for move in moves:
        begun = move[:10]
        if day <= begun <= on:
            found, day = move[11:], begun
    return found


def _move(written: Mapping[str, Any]) -> Move:
    return Move(
        **{
            **_timed(written),
            "on": date.fromisoformat(written["on"]),
            "settings": tuple(written["settings"]),
            "organisation_types": tuple(written["organisation_types"]),
            "closes": date.fromisoformat(written["closes"]) if written["closes"] else None,
        }
    )


def _timed(written: Mapping[str, Any]) -> dict[str, Any]:
    return {**written, "at": datetime.fromisoformat(written["at"])}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    return value.isoformat() if isinstance(value, date) else value
