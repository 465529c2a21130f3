"""Timeline: how a standard stands in one care setting, stretch by stretch, over all of time.

For the rulebook and for everyone who asks "since when" or "what comes next". A timeline is made
once, from the standard's dates and the decisions about it, and then only looked up. So no timer
has to fire for a mandate to begin, and a clock that is moved back is told what held then.

Dates begin at midnight in UTC, the time that all machines agree on.

Source: none.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum

from openroots.register.decision import Decision, standing
from openroots.register.standard import Stage, StageFrom, Standard


class Mode(StrEnum):
    """What the gateway does with a request that does not meet a clause."""

    OBSERVE = "observe"  # counts it
    WARN = "warn"  # answers, and says so
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time over which nothing changes, until the next stretch starts.

    `mode` is None while the standard is not judged. `since` is the date from which that mode is
    in force, and `refused_from` the date from which the same will be, or is, refused.
    """

    start: datetime
    stage: Stage | None = None
    mode: Mode | None = None
    since: date | None = None
    refused_from: date | None = None
    decision: str = ""

    def like(self, other: "Stretch") -> bool:
        """Whether the two differ in nothing but when they start."""
        return self._told() == other._told()

    def _told(self) -> tuple[object, ...]:
        return self.stage, self.mode, self.since, self.refused_from, self.decision


BEGINNING = datetime.min.replace(tzinfo=UTC)


def begins(day: date) -> datetime:
    """The moment at which a date begins."""
    return datetime.combine(day, time.min, UTC)


def ends(day: date) -> datetime:
    """The last moment of a date."""
    return datetime.combine(day, time.max, UTC)


def timeline(
    standard: Standard, decisions: Iterable[Decision], setting: str
) -> tuple[Stretch, ...]:
    """How the standard stands in a setting: the first stretch starts with time itself.

    Decisions about other standards change nothing. An application without a setting ("") is
    mandated nothing.
    """
    own = [decision for decision in decisions if decision.standard == standard.id]
    stages = [one for one in standard.stages if not one.settings or setting in one.settings]
    stretches: list[Stretch] = []
    for start in sorted({BEGINNING, *_turning_points(stages, own)}):
        stretch = _stretch(start, stages, own, setting)
        if not stretches or not stretches[-1].like(stretch):
            stretches.append(stretch)
    return tuple(stretches)


def stretch_at(stretches: tuple[Stretch, ...], moment: datetime) -> Stretch:
    """The stretch within which a moment lies."""
    return stretches[bisect_right(stretches, moment, key=lambda one: one.start) - 1]


def _turning_points(stages: list[StageFrom], decisions: list[Decision]) -> Iterable[datetime]:
    for stage in stages:
        yield begins(stage.start)
    for decision in decisions:
        yield decision.decided_at
        for day in (decision.published, decision.warn_from, decision.enforce_from):
            if day is not None:
                yield begins(day)


def _stretch(
    start: datetime, stages: list[StageFrom], decisions: list[Decision], setting: str
) -> Stretch:
    day = start.astimezone(UTC).date()
    begun = [stage for stage in stages if stage.start <= day]
    mandate = next((one for one in standing(decisions, start) if setting in one.settings), None)
    stage = _stage(begun, mandate, day)
    if stage is None or stage.place < Stage.TRIAL.place or stage is Stage.RETIRED:
        return Stretch(start, stage)
    mode, since = _mode(begun, mandate, day)
    refused = _not_before_decided(mandate, mandate.enforce_from) if mandate else None
    return Stretch(start, stage, mode, since, refused, mandate.id if mandate else "")


def _stage(begun: list[StageFrom], mandate: Decision | None, day: date) -> Stage | None:
    reached = [begun[-1].stage] if begun else []
    if mandate and mandate.published and mandate.published <= day:
        reached.append(Stage.PUBLISHED)
    if mandate and mandate.warn_from and mandate.warn_from <= day:
        reached.append(Stage.MANDATED)
    return max(reached, key=lambda stage: stage.place, default=None)


def _mode(begun: list[StageFrom], mandate: Decision | None, day: date) -> tuple[Mode, date]:
    if mandate:
        steps = ((Mode.REFUSE, mandate.enforce_from), (Mode.WARN, mandate.warn_from))
        for mode, start in steps:
            since = _not_before_decided(mandate, start)
            if since and since <= day:
                return mode, since
    judged = [one.start for one in begun if one.stage.place >= Stage.TRIAL.place]
    published = mandate.published if mandate else None
    return Mode.OBSERVE, min([*judged, *([published] if published and published <= day else [])])


def _not_before_decided(mandate: Decision, start: date | None) -> date | None:
    return start and max(start, mandate.decided_at.astimezone(UTC).date())
