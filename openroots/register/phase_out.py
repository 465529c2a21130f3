"""Phase-out: by which dates a supplier is told, warned, and refused, step by step.

Steps follow from a mandate, the ladder of the programme and a work-off plan, for each application
that the mandate binds and that was not seen to meet the standard. The only arithmetic is a date
plus or minus days, so the same decisions give the same dates each time they are asked.

A waiver puts the mandate off until it is over: whoever has one is told of that day instead.

Whoever is to be told in advance is told on a working day: the last one by that date.

Source: RFC 8594 and RFC 9745, for telling machines the same; DCB0160, for who signs.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from openroots.register.bearer import Bearer
from openroots.register.decision import Decision, binding
from openroots.register.exemption import ONE_DAY, Exemption, signed_off
from openroots.register.programme import Step
from openroots.register.working_days import working_day_by
from openroots.storage import Json

AHEAD = frozenset({"notify", "require-plan"})  # what is told before anything happens


@dataclass(frozen=True, slots=True)
class Notice:
    """One step for one application: what happens on a day, and when it is told.

    `held` says that a clinical safety officer has not signed off what would happen, so that the
    application goes on being warned instead.
    """

    act: str
    on: date
    tell_on: date
    words: str
    standard: str
    decision: str
    application: str
    held: bool = False

    @property
    def id(self) -> str:
        """How the store names it: what was told once is not told again."""
        return f"{self.decision}.{self.application}.{self.act}.{self.on.isoformat()}"

    def to_json(self) -> Json:
        """The notice as data."""
        return {
            "id": self.id,
            "act": self.act,
            "on": self.on.isoformat(),
            "tellOn": self.tell_on.isoformat(),
            "words": self.words,
            "standard": self.standard,
            "decision": self.decision,
            "application": self.application,
            "held": self.held,
        }


def notices(
    mandates: Iterable[Decision],
    ladder: Iterable[Step],
    bearers: Iterable[Bearer],
    exemptions: Iterable[Exemption] = (),
    meets: Callable[[str, str], bool] = lambda standard, application: False,
) -> list[Notice]:
    """Every step for every application that these mandates bind, in the order of their days.

    `mandates` are those that hold, newest first: of one standard, each application is bound by one
    of them. `exemptions` are those in force; `meets` says whether an application meets a standard,
    so that nothing need be told it.
    """
    steps, held = list(ladder), list(exemptions)
    of_each: dict[str, list[Decision]] = {}
    for one in mandates:
        of_each.setdefault(one.standard, []).append(one)
    found = [
        notice
        for standard, own in of_each.items()
        for bearer in bearers
        if (mandate := binding(own, bearer)) and not meets(standard, bearer.application)
        for notice in _of_one(mandate, steps, bearer.application, held)
    ]
    return sorted(found, key=lambda one: (one.on, one.standard, one.application, one.act))


def due(found: Iterable[Notice], now: datetime, told: Iterable[str]) -> list[Notice]:
    """Those that are to be told by now and have not been."""
    known = set(told)
    return [one for one in found if one.tell_on <= now.date() and one.id not in known]


def _of_one(
    mandate: Decision, steps: list[Step], application: str, exemptions: list[Exemption]
) -> Iterator[Notice]:
    own = [
        one
        for one in exemptions
        if one.standard == mandate.standard and application in one.applications
    ]
    if not mandate.enforce_from:
        return
    plan = next((one for one in own if one.kind == "plan"), None)
    waiver = max((one for one in own if one.kind == "waiver"), key=_last_day, default=None)
    signed = signed_off(exemptions)
    for step in steps:
        by, start = _beginning(step, mandate, plan, waiver)
        if start is None or (step.unless == "plan" and plan):
            continue
        held = step.guard == "sign-off" and plan is not None and plan.id not in signed
        yield _notice(step, start + timedelta(days=step.days), mandate, by, application, held=held)


def _beginning(
    step: Step, mandate: Decision, plan: Exemption | None, waiver: Exemption | None
) -> tuple[Decision | Exemption, date | None]:
    """What a step is reckoned by, and from which day: of a mandate, not before a waiver is over."""
    if step.at == "due" and plan:
        return plan, plan.due
    start: date | None = getattr(mandate, step.at, None)
    if start and waiver and start <= _last_day(waiver):
        return waiver, _last_day(waiver) + ONE_DAY
    return mandate, start


def _last_day(waiver: Exemption) -> date:
    assert waiver.due is not None
    return waiver.due


def _notice(
    step: Step,
    on: date,
    mandate: Decision,
    by: Decision | Exemption,
    application: str,
    *,
    held: bool,
) -> Notice:
    # What was decided later than its own warning would have come is told when it is decided.
    tell_on = max(working_day_by(on) if step.act in AHEAD else on, by.decided_at.date())
    return Notice(
        step.act, on, tell_on, step.words, mandate.standard, by.id, application, held=held
    )
