"""Programme: a way that cases take, from first idea to decision, written as data.

Standards are one programme, the accreditation of suppliers another. One TOML file in
`openroots/programmes` holds one version: its stages and what must be so before each, the facts that
it goes by, its questions, and the ladder of notices. No programme has code of its own.

    [[stage]]
    id = "agreed"
    after = ["consultation"]
    guards = ["no-open-objection", "every-theme-answered"]
    needs = [{ fact = "standard.implementations", gte = 2 }]

Source: none; DTAC and GP IT Futures, for what such ways have in common.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any

from openroots.register.condition import Condition, Judge, parse_condition
from openroots.register.definition import Table, as_json, definition_files, read_definition
from openroots.register.fact import RANKS
from openroots.register.fact_kind import TYPES, FactKind
from openroots.register.path import Reader

DATES = ("published", "warn_from", "enforce_from", "due")  # of a mandate, or of a work-off plan
GUARDS = (  # what must hold before a stage is reached, by name: see `lifecycle`
    "no-open-objection",
    "every-theme-answered",
    "every-question-answered",
    "trial-figures",
    "successor-mandated",
    "hardly-used",
    "all-answered",
    "gates-met",
)
ACTS = ("notify", "require-plan", "enforce", "suspend-new-sites", "suspend-all")


@dataclass(frozen=True, slots=True)
class StageRule:
    """A stage, from which others it is reached, and what must be so before.

    `days` is how long a case stays at the stage at least, and `days_binding` the same where the
    law binds. One that is reached `at_once` waits for no stay: a case can always be held.
    `exit` holds the figures with which a trial ends.
    """

    id: str
    words: str
    after: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    needs: tuple[Condition, ...] = ()
    days: int = 0
    days_binding: int = 0
    opens: str = ""
    at_once: bool = False
    exit: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and the fact that answers it, for everybody who asks for that fact."""

    id: str
    fact: str
    ask: str
    when: Condition | None = None
    accept: Condition | None = None
    needs: str = ""
    max_age: int = 0  # days; 0 for any


@dataclass(frozen=True, slots=True)
class Part:
    """Questions that are assessed together. A gate must be met for the case to be decided."""

    id: str
    title: str
    gate: bool
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the ladder: so many days from a date, what is done, and what holds it back."""

    at: str
    days: int
    act: str
    words: str
    unless: str = ""
    guard: str = ""


@dataclass(frozen=True)
class Programme:
    """One version of a programme. `asked_most` is the burden that it may lay on an applicant."""

    id: str
    version: str
    title: str
    subject: str
    owner: str
    valid_from: date
    switch_date: date | None
    stages: tuple[StageRule, ...]
    facts: tuple[FactKind, ...]
    parts: tuple[Part, ...]
    ladder: tuple[Step, ...]
    notice_days: int
    asked_most: int
    data: Mapping[str, Any] = field(repr=False, compare=False)

    @cached_property
    def stage(self) -> Mapping[str, StageRule]:
        """Its stages by id, in their order."""
        return {stage.id: stage for stage in self.stages}

    @cached_property
    def fact(self) -> Mapping[str, FactKind]:
        """Its facts by key."""
        return {fact.key: fact for fact in self.facts}

    def questions(self) -> Iterator[Question]:
        """Every question of every part."""
        for part in self.parts:
            yield from part.questions

    def judge(self, condition: Condition) -> Judge:
        """A condition as a function of facts, by key. Raises ValueError for an unknown fact."""
        return condition.compiled(self._read)

    def _read(self, key: str) -> Reader:
        if key not in self.fact:
            raise ValueError(f"'{key}' is no fact of this programme")
        return lambda values: (values.get(key),)


@cache
def load_programmes() -> Mapping[str, Programme]:
    """Every programme that the program brings, by id; read once, as no run can change them."""
    found = [parse_programme(text, name) for name, text in programme_files().items()]
    return MappingProxyType({one.id: one for one in found})


def programme_files() -> dict[str, str]:
    """The files of these programmes, by name, in order."""
    return definition_files("programmes")


def parse_programme(text: str, name: str) -> Programme:
    """The programme that a file of this name holds. Raises ValueError naming the file and key."""
    table = read_definition(text, name)
    programme = Programme(
        id=table.id("id"),
        version=table.words("version"),
        title=table.words("title"),
        subject=table.words("subject"),
        owner=table.words("owner"),
        valid_from=table.take("valid_from", date),
        switch_date=table.take("switch_date", date) if table.has("switch_date") else None,
        facts=tuple(_fact(one) for one in table.tables("fact")),
        stages=tuple(_stage(one) for one in table.tables("stage")),
        parts=tuple(_part(one) for one in table.tables("part")),
        ladder=tuple(_step(one) for one in table.tables("ladder")),
        notice_days=table.take_or("notice_days", int, 0),
        asked_most=table.take_or("asked_most", int, 0),
        data=as_json(table.data),
    )
    table.close()
    return programme


def _fact(table: Table) -> FactKind:
    fact = FactKind(
        table.words("key"),
        table.words("words"),
        table.one_of("type", tuple(TYPES)),
        table.texts("options"),
        table.one_of("source", RANKS) if table.has("source") else "",
        table.texts("same_as"),
    )
    table.close()
    return fact


def _stage(table: Table) -> StageRule:
    stage = StageRule(
        id=table.words("id"),
        words=table.words("words"),
        after=table.texts("after"),
        guards=table.texts("guards", GUARDS),
        needs=tuple(parse_condition(one) for one in table.tables("needs")),
        days=table.take_or("days", int, 0),
        days_binding=table.take_or("days_binding", int, 0),
        opens=table.one_of("opens", ("comments",)) if table.has("opens") else "",
        at_once=table.take_or("at_once", bool, False),
        exit=_figures(table),
    )
    table.close()
    return stage


def _figures(table: Table) -> dict[str, float]:
    if not table.has("exit"):
        return {}
    figures = table.table("exit")
    found = {
        "organisations": float(figures.take("organisations", int)),
        "days": float(figures.take("days", int)),
        "pass_rate": figures.take("pass_rate", float),
    }
    figures.close()
    return found


def _part(table: Table) -> Part:
    part = Part(
        table.words("id"),
        table.words("title"),
        table.take_or("gate", bool, False),
        tuple(_question(one) for one in table.tables("question")),
    )
    table.close()
    return part


def _question(table: Table) -> Question:
    question = Question(
        id=table.words("id"),
        fact=table.words("fact"),
        ask=table.words("ask"),
        when=parse_condition(table.table("when")) if table.has("when") else None,
        accept=parse_condition(table.table("accept")) if table.has("accept") else None,
        needs=table.one_of("needs", RANKS) if table.has("needs") else "",
        max_age=table.take_or("max_age", int, 0),
    )
    table.close()
    return question


def _step(table: Table) -> Step:
    step = Step(
        table.one_of("at", DATES),
        table.take("days", int),
        table.one_of("do", ACTS),
        table.words("words"),
        table.one_of("unless", ("plan",)) if table.has("unless") else "",
        table.one_of("guard", ("sign-off",)) if table.has("guard") else "",
    )
    table.close()
    return step
