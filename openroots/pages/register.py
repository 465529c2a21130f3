"""What the register says of a standard, put together for a page.

For the pages about standards. Care settings in which a standard stands alike are told together,
so that a page says "12 settings" once, and not twelve times the same.

Source: none.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from openroots.pages.words import day
from openroots.register.rulebook import Mode, Rulebook
from openroots.register.standard import SETTINGS, Clause, Stage, Standard
from openroots.register.timeline import Stretch, stretch_at

# A tag says by its words what its colour says too.
TAGS = {
    Stage.DRAFT: ("Draft", "grey"),
    Stage.CONSULTATION: ("Consultation", "grey"),
    Stage.AGREED: ("Agreed", "blue"),
    Stage.TRIAL: ("Trial", "blue"),
    Stage.PUBLISHED: ("Published", "green"),
    Stage.MANDATED: ("Mandated", "green"),
    Stage.DEPRECATED: ("Deprecated", "yellow"),
    Stage.RETIRED: ("Retired", "grey"),
}
MANDATED_TAGS = {
    Mode.WARN: ("Mandated: warns", "orange"),
    Mode.REFUSE: ("Mandated: refuses", "red"),
}

HAPPENS = {
    None: "Calls are not judged by it.",
    Mode.OBSERVE: "Calls that do not meet it are counted.",
    Mode.WARN: "Calls that do not meet it are answered, with a warning.",
    Mode.REFUSE: "Calls that do not meet it are refused.",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """How a standard stands from one day on: a tag, and what happens to calls."""

    tag: str
    colour: str
    happens: str
    start: str = ""
    now: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How a standard stands in some care settings now, and what comes next."""

    settings: tuple[str, ...]
    now: Entry
    next: Entry | None
    dates: tuple[Entry, ...]


def standings(rulebook: Rulebook, standard: Standard, time: datetime) -> list[Standing]:
    """How a standard stands at that time, care settings that are alike taken together."""
    alike: dict[tuple[Stretch, ...], list[str]] = {}
    for setting in SETTINGS:
        stretches = rulebook.timeline(standard.id, setting)
        alike.setdefault(_without_decisions(stretches), []).append(setting)
    found = [_standing(tuple(settings), stretches, time) for stretches, settings in alike.items()]
    return sorted(found, key=lambda standing: standing.settings)


def applies_to(clause: Clause) -> str:
    """In a few words, what a clause is about."""
    if clause.on == "record":
        return f"Records that are written: {', '.join(sorted(clause.applies.types))}"
    bound = clause.applies.endpoints or clause.applies.services
    return f"Requests: {', '.join(sorted(bound))}" if bound else "Every request"


def _without_decisions(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """The stretches, without the ids by which two settings would differ that are treated alike."""
    told = [
        Stretch(stretch.start, stretch.stage, stretch.mode, stretch.since, stretch.refused_from)
        for stretch in stretches
    ]
    return tuple(
        stretch
        for before, stretch in zip([None, *told], told, strict=False)
        if before is None or not stretch.like(before)
    )


def _standing(
    settings: tuple[str, ...], stretches: tuple[Stretch, ...], time: datetime
) -> Standing:
    current = stretch_at(stretches, time)
    later = [
        stretch for stretch in stretches if stretch.start > time and _differs(stretch, current)
    ]
    shown = _steps(stretches)
    return Standing(
        settings=settings,
        now=_entry(current),
        next=_entry(later[0]) if later else None,
        dates=tuple(_entry(one, now=one is _step_at(shown, time)) for one in shown),
    )


def _steps(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The stretches at which stage or mode change, from the first that is any stage at all."""
    steps: list[Stretch] = []
    for stretch in stretches:
        if stretch.stage and (not steps or _differs(stretch, steps[-1])):
            steps.append(stretch)
    return steps


def _step_at(steps: list[Stretch], time: datetime) -> Stretch | None:
    begun = [step for step in steps if step.start <= time]
    return begun[-1] if begun else None


def _differs(one: Stretch, other: Stretch) -> bool:
    return (one.stage, one.mode) != (other.stage, other.mode)


def _entry(stretch: Stretch, *, now: bool = False) -> Entry:
    tag, colour = _tag(stretch)
    start: date = stretch.start.date()
    told = day(start) if start > date.min else ""
    return Entry(tag, colour, HAPPENS[stretch.mode], told, now)


def _tag(stretch: Stretch) -> tuple[str, str]:
    if stretch.stage is None:
        return "Not begun", "grey"
    if stretch.stage is Stage.MANDATED and stretch.mode in MANDATED_TAGS:
        return MANDATED_TAGS[stretch.mode]
    return TAGS[stretch.stage]
