"""Lifecycle: may a case reach a stage now? A table of named guards, asked one after the other.

A guard looks at a `Situation` and gives None where it holds, or else what is in the way, as the
fields of a failure that bears the guard's name. So a service need not know what a guard is about,
and each refusal says what would have to happen first.

    blocked(situation)  ->  ("no-open-objection", {"count": 1, "which": "smoke-test.2"})

Source: none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from openroots.register.bearer import Bearer
from openroots.register.case import Case, Move
from openroots.register.consultation import (
    Comment,
    open_objections,
    themes_of,
    unanswered_questions,
)
from openroots.register.fact import Fact, standing_fact
from openroots.register.programme import Programme, Question, StageRule

Obstacle = dict[str, Any]

HARDLY = 0.001  # the share of traffic below which a standard is hardly used


@dataclass(frozen=True, slots=True)
class Situation:
    """What a guard may look at: the case, the stage that it would reach and the day.

    `facts` are all that were ever told of the subject. `bearers` are those whom the move is about;
    none where a case has no care settings. `binding` says whether the law binds.
    `successor` is whether another standard that takes this one's place is mandated; `share` that
    of the traffic which still uses it; `overridden` whether a clinical safety officer signed off
    what a guard would hold back.
    """

    programme: Programme
    case: Case
    rule: StageRule
    on: date
    facts: tuple[Fact, ...] = ()
    comments: tuple[Comment, ...] = ()
    binding: bool = False
    successor: bool = False
    share: float = 0.0
    overridden: bool = False
    bearers: tuple[Bearer, ...] = ()

    def last_moves(self) -> list[Move]:
        """The moves by which the case stands where it does, for those whom this one is about."""
        found = [self.case.last_move(self.on, bearer) for bearer in self.bearers or (None,)]
        return [move for move in found if move is not None]

    def values(self) -> dict[str, Any]:
        """What is known, by the key of each fact of the programme."""
        return {key: self.value(key) for key in self.programme.fact}

    def value(self, key: str) -> Any:
        """What is known of a fact; None where nothing is."""
        fact = standing_fact(self.facts, key, self.on)
        return fact.value if fact else None

    def standing(self, stage: str) -> StageRule | None:
        """The rule of a stage, by id."""
        return self.programme.stage.get(stage)


def blocked(situation: Situation, stages: set[str]) -> tuple[str, Obstacle] | None:
    """What keeps a case from a stage, with what is to be told of it; None where nothing does.

    `stages` are those at which it stands, in the care settings that the move is about; "" is none.
    """
    rule = situation.rule
    for stage in sorted(stages):
        if stage not in rule.after and (stage or rule.after):
            before = ", ".join(rule.after) or "none: it is the first"
            return "stage-order", {"stage": rule.id, "now": stage or "none", "after": before}
    if found := _too_soon(situation):
        return "stays-longer", found
    for name in rule.guards:
        if (found := GUARDS[name](situation)) is not None:
            return name, found
    needed = _unknown_needs(situation)
    return ("fact-needed", needed) if needed else None


def least_days(rule: StageRule, *, binding: bool) -> int:
    """How many days a case stays at a stage at least."""
    return max(rule.days, rule.days_binding if binding else 0)


def unanswered(situation: Situation) -> list[Question]:
    """The questions that apply and are not answered well enough."""
    values = situation.values()
    return [one for one in applying(situation) if not _answered(situation, one, values)]


def applying(situation: Situation) -> list[Question]:
    """The questions that apply, answered or not, going by what is known."""
    values = situation.values()
    every = situation.programme.questions()
    return [one for one in every if _applies(situation.programme, one, values)]


def _too_soon(situation: Situation) -> Obstacle | None:
    if situation.rule.at_once:
        return None
    for last in situation.last_moves():
        rule = situation.standing(last.stage)
        if rule is None or situation.rule.id == rule.id:
            continue
        days = least_days(rule, binding=situation.binding)
        until = max(last.on + timedelta(days=days), last.closes or date.min)
        if situation.on < until and not last.source:
            return {"stage": rule.id, "days": days, "until": until.isoformat()}
    return None


def _unknown_needs(situation: Situation) -> Obstacle | None:
    values = situation.values()
    for need in situation.rule.needs:
        if not situation.programme.judge(need)(values):
            named = next(need.facts())
            words = situation.programme.fact[named].words
            return {"stage": situation.rule.id, "fact": named, "words": words}
    return None


def _no_open_objection(situation: Situation) -> Obstacle | None:
    found = open_objections(situation.comments, situation.on)
    return {"count": len(found), "which": ", ".join(one.id for one in found)} if found else None


def _every_theme_answered(situation: Situation) -> Obstacle | None:
    answered = {one.theme for one in situation.case.themes}
    missing = [theme for theme in themes_of(situation.comments) if theme not in answered]
    return {"themes": ", ".join(missing)} if missing else None


def _every_question_answered(situation: Situation) -> Obstacle | None:
    found = unanswered_questions(situation.comments, situation.on)
    return {"which": ", ".join(one.id for one in found)} if found else None


def _trial_figures(situation: Situation) -> Obstacle | None:
    rules = [situation.standing(move.stage) for move in situation.last_moves()]
    exits = {name: least for rule in rules if rule for name, least in rule.exit.items()}
    for name, least in exits.items():
        seen = situation.value(f"trial.{name}")
        if not isinstance(seen, int | float) or seen < least:
            return _short_of(name, least, seen if isinstance(seen, int | float) else 0)
    return None


def _short_of(name: str, least: float, seen: float) -> Obstacle:
    """What a trial needs, and what it has: of a share never more than that."""
    if name == "pass_rate":
        return {"least": f"a pass rate of {least:.0%}", "seen": f"{int(seen * 1000) / 10:g}%"}
    return {"least": f"{least:g} {name}", "seen": f"{seen:g}"}


def _successor_mandated(situation: Situation) -> Obstacle | None:
    return None if situation.successor else {}


def _hardly_used(situation: Situation) -> Obstacle | None:
    if situation.share < HARDLY or situation.overridden:
        return None
    return {"share": f"{situation.share:.1%}", "least": f"{HARDLY:.1%}"}


def _all_answered(situation: Situation) -> Obstacle | None:
    missing = unanswered(situation)
    return {"questions": ", ".join(one.id for one in missing)} if missing else None


def _gates_met(situation: Situation) -> Obstacle | None:
    """Each gate was last found met, by somebody who is not the owner."""
    last = {
        one.part: one.outcome
        for one in situation.case.assessments
        if one.organisation != situation.case.subject.owner
    }
    missing = [part.id for part in situation.programme.parts if part.gate]
    missing = [part for part in missing if last.get(part) != "met"]
    return {"parts": ", ".join(missing)} if missing else None


def _applies(programme: Programme, question: Question, values: Mapping[str, Any]) -> bool:
    return question.when is None or programme.judge(question.when)(values)


def _answered(situation: Situation, question: Question, values: Mapping[str, Any]) -> bool:
    age = timedelta(days=question.max_age) if question.max_age else None
    fact = standing_fact(
        situation.facts, question.fact, situation.on, needs=question.needs, max_age=age
    )
    if fact is None:
        return False
    accept = question.accept
    return accept is None or situation.programme.judge(accept)(
        {**values, question.fact: fact.value}
    )


GUARDS: Mapping[str, Callable[[Situation], Obstacle | None]] = {
    "no-open-objection": _no_open_objection,
    "every-theme-answered": _every_theme_answered,
    "every-question-answered": _every_question_answered,
    "trial-figures": _trial_figures,
    "successor-mandated": _successor_mandated,
    "hardly-used": _hardly_used,
    "all-answered": _all_answered,
    "gates-met": _gates_met,
}
