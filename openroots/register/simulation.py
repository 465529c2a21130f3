"""Simulation: a made-up case taken through the days of some years, as soon as each rule allows.

For lint, and for whoever wants to know when a standard drafted today could be enforced at the
earliest. Nothing is read but the programme and the days, so the same days give the same dates.

Source: none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from openroots.register.lifecycle import least_days
from openroots.register.programme import Programme
from openroots.register.working_days import working_day_by, working_day_from


@dataclass(frozen=True, slots=True)
class Course:
    """On which day each stage is reached, and on which each step of the ladder is told."""

    reached: Mapping[str, date]
    told: tuple[tuple[str, date], ...]


def simulated(
    programme: Programme, begin: date, end: date, *, binding: bool = True, plan_days: int = 180
) -> Course:
    """The course of a case that begins on a day, as far as it comes by the end.

    A mandate is made on the day on which the last stage before deprecation is reached, with no
    more notice than is asked; its work-off plans are due `plan_days` after it is enforced.
    """
    reached: dict[str, date] = {}
    for stage in programme.stages:
        ready = [
            reached[before] + timedelta(days=_stay(programme, before, binding=binding))
            for before in stage.after
            if before in reached and before != stage.id
        ]
        day = min(ready, default=begin if not stage.after else None)
        if day is not None and (opens := working_day_from(day)) <= end:
            reached[stage.id] = opens
    return Course(reached, _told(programme, reached, end, plan_days))


def _stay(programme: Programme, stage: str, *, binding: bool) -> int:
    rule = programme.stage[stage]
    return max(least_days(rule, binding=binding), int(rule.exit.get("days", 0)))


def _told(
    programme: Programme, reached: Mapping[str, date], end: date, plan_days: int
) -> tuple[tuple[str, date], ...]:
    before = [stage for stage in reached if stage not in ("deprecated", "retired")]
    if not before or not programme.ladder:
        return ()
    enforced = reached[before[-1]] + timedelta(days=programme.notice_days)
    dates = {
        "published": reached[before[-1]],
        "warn_from": reached[before[-1]],
        "enforce_from": enforced,
        "due": enforced + timedelta(days=plan_days),
    }
    steps = [
        (step.act, working_day_by(dates[step.at] + timedelta(days=step.days)))
        for step in programme.ladder
    ]
    return tuple((act, day) for act, day in steps if day <= end)
