"""Timeline: how a standard stands in one care setting, stretch by stretch, over all of time.

For the rulebook and for everyone who asks "since when" or "what comes next". A timeline is made
once, from the standard's dates and the decisions about it, and then only looked up. So no timer
has to fire for a mandate to begin, and a clock that is moved back is told what held then.

A clause that asks something goes by the mandates of its standard; one that recognises the use of
its standard, by its deprecation and retirement. A standard is as strict as the strictest of its
clauses; one that is listed has none, and no call is judged by it.

Dates begin at midnight in UTC, the time that all machines agree on.

Source: none.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import NamedTuple

from openroots.register.bearer import Bearer
from openroots.register.clause import Clause
from openroots.register.decision import Decision, binding, standing
from openroots.register.exemption import Ease, Exemption, eased, in_force
from openroots.register.standard import Stage, StageFrom, Standard


class Mode(StrEnum):
    """What the gateway does with a request that does not meet a clause."""

    OBSERVE = "observe"  # counts it
    WARN = "warn"  # answers, and says so
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time over which nothing changes, until the next stretch starts.

    `mode` is None while no call is judged by it. `since` is the date from which that mode is in
    force, or from which a standard without clauses stands at its stage, and `refused_from` the date
    from which what does not meet it will be, or is, refused. `reached` is the day of its stage, as
    far as that is no mandate, and `retires` that of its end, once announced. `eased` names the
    exemption by which less is asked.
    """

    start: datetime
    stage: Stage | None = None
    mode: Mode | None = None
    since: date | None = None
    refused_from: date | None = None
    decision: str = ""
    reached: date | None = None
    retires: date | None = None
    eased: str = ""

    def like(self, other: "Stretch") -> bool:
        """Whether the two differ in nothing but when they start."""
        return self._told() == other._told()

    def _told(self) -> tuple[object, ...]:
        return (
            *(self.stage, self.mode, self.since, self.refused_from, self.decision),
            *(self.reached, self.retires, self.eased),
        )


BEGINNING = datetime.min.replace(tzinfo=UTC)


def begins(day: date) -> datetime:
    """The moment at which a date begins."""
    return datetime.combine(day, time.min, UTC)


def ends(day: date) -> datetime:
    """The last moment of a date."""
    return datetime.combine(day, time.max, UTC)


def timeline(
    standard: Standard,
    decisions: Iterable[Decision],
    bearer: Bearer | str,
    exemptions: Iterable[Exemption] = (),
    clause: Clause | None = None,
) -> tuple[Stretch, ...]:
    """How the standard, or one clause of it, stands for a bearer, or in a care setting: the first
    stretch starts with time itself.

    Decisions about other standards change nothing. An application without a setting ("") is
    mandated nothing, and is never warned of what it uses.
    """
    bearer = Bearer(bearer) if isinstance(bearer, str) else bearer
    clauses = [clause] if clause else standard.clauses
    about = _About(
        standard,
        [one for one in standard.stages if one.covers(bearer)],
        [one for one in decisions if one.standard == standard.id],
        [one for one in exemptions if one.standard == standard.id],
        bearer,
    )
    ways = {_of_its_use if one.recognises else _as_asked for one in clauses}
    stretches: list[Stretch] = []
    for start in sorted({BEGINNING, *about.turning_points()}):
        found = about.stretch(start)
        stretch = max((way(found, bearer) for way in ways), key=_strictness, default=_listed(found))
        if not stretches or not stretches[-1].like(stretch):
            stretches.append(stretch)
    return tuple(stretches)


def stretch_at(stretches: tuple[Stretch, ...], moment: datetime) -> Stretch:
    """The stretch within which a moment lies."""
    return stretches[bisect_right(stretches, moment, key=lambda one: one.start) - 1]


class _About(NamedTuple):
    """What a timeline is made from."""

    standard: Standard
    stages: list[StageFrom]
    decisions: list[Decision]
    exemptions: list[Exemption]
    bearer: Bearer

    def turning_points(self) -> Iterator[datetime]:
        for stage in self.stages:
            yield begins(stage.start)
        for decision in self.decisions:
            yield decision.decided_at
            for day in (decision.published, decision.warn_from, decision.enforce_from):
                if day is not None:
                    yield begins(day)
        for exemption in self.exemptions:
            for turn in exemption.turns():
                yield turn if isinstance(turn, datetime) else begins(turn)

    def stretch(self, start: datetime) -> Stretch:
        day = start.astimezone(UTC).date()
        begun = [stage for stage in self.stages if stage.start <= day]
        mandate = binding(standing(self.decisions, start), self.bearer)
        stage = _stage(begun, mandate, day)
        reached = begun[-1].start if begun else None
        ends = (one.start for one in self.stages if one.stage is Stage.RETIRED)
        plain = Stretch(start, stage, reached=reached, retires=min(ends, default=None))
        ease = eased(in_force(self.exemptions, start), self.bearer.application, day)
        if stage is None or stage.place < Stage.TRIAL.place or stage is Stage.RETIRED:
            return replace(plain, eased=ease.by)
        mode, since = _mode(begun, mandate, day)
        refused = _not_before_decided(mandate, mandate.enforce_from) if mandate else None
        judged = replace(
            plain,
            mode=mode,
            since=since,
            refused_from=refused,
            decision=mandate.id if mandate else "",
        )
        return _eased(judged, ease)


def _listed(stretch: Stretch) -> Stretch:
    """How a standard without clauses stands: no call is judged by it. It came to its stage by a
    mandate or on a day of its own, whichever was later."""
    days = [day for day in (stretch.since, stretch.reached) if day]
    return replace(stretch, mode=None, refused_from=None, since=max(days, default=None))


def _as_asked(stretch: Stretch, bearer: Bearer) -> Stretch:
    """How what a standard asks is treated: as it was mandated."""
    return stretch


def _of_its_use(stretch: Stretch, bearer: Bearer) -> Stretch:
    """How the use of a standard is treated: warned of once it is deprecated, refused once it is
    retired. Who has a work-off plan or a waiver goes on being warned; who comes from no care
    setting is observed."""
    if stretch.stage not in (Stage.DEPRECATED, Stage.RETIRED):
        return replace(stretch, mode=None, since=None, refused_from=None)
    retired = stretch.stage is Stage.RETIRED
    refused_from = stretch.reached if retired else stretch.retires
    mode = Mode.REFUSE if retired and not stretch.eased else Mode.WARN
    if not bearer.setting:
        mode, refused_from = Mode.OBSERVE, None
    return replace(stretch, mode=mode, since=stretch.reached, refused_from=refused_from)


def _strictness(stretch: Stretch) -> int:
    return list(Mode).index(stretch.mode) if stretch.mode else -1


def _eased(stretch: Stretch, ease: Ease) -> Stretch:
    """The same as far as a waiver, a plan or a brake leaves it."""
    if not ease.by or stretch.mode is Mode.OBSERVE:
        return stretch
    mode = Mode.OBSERVE if ease.lifted else Mode.WARN
    refused = ease.until and stretch.refused_from and max(ease.until, stretch.refused_from)
    return replace(stretch, mode=mode, refused_from=refused, eased=ease.by)


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
