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
    None: ("Not begun", "grey"),
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
NEXT = {Mode.WARN: "Warns", Mode.REFUSE: "Refuses"}

HAPPENS = {
    None: "Calls are not judged by it.",
    Mode.OBSERVE: "Calls that do not meet it are counted.",
    Mode.WARN: "Calls that do not meet it are answered, with a warning.",
    Mode.REFUSE: "Calls that do not meet it are refused.",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """How a standard stands from one day on. `now` marks the entry that holds at the time asked."""

    start: date
    stage: Stage | None
    mode: Mode | None
    now: bool = False

    @property
    def tag(self) -> tuple[str, str]:
        """The words and the colour of its tag."""
        if self.stage is Stage.MANDATED and self.mode in MANDATED_TAGS:
            return MANDATED_TAGS[self.mode]
        return TAGS[self.stage]

    @property
    def refuses(self) -> bool:
        """Whether calls that do not meet the standard are refused."""
        return self.mode is Mode.REFUSE

    @property
    def happens(self) -> str:
        """What happens to calls, in a sentence."""
        return HAPPENS[self.mode]

    @property
    def coming(self) -> str:
        """What is to come, in words: "Refuses from 1 April 2027"."""
        word = NEXT.get(self.mode) if self.mode else None
        return f"{word or self.tag[0]} from {day(self.start)}"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a standard stands in some care settings: now, next, and on all its dates."""

    settings: tuple[str, ...]
    now: Entry
    next: Entry | None
    dates: tuple[Entry, ...]


def standings(rulebook: Rulebook, standard: Standard, time: datetime) -> list[Standing]:
    """How a standard stands at that time, care settings that are alike taken together."""
    alike: dict[tuple[Entry, ...], list[str]] = {}
    for setting in SETTINGS:
        entries = _entries(rulebook.timeline(standard.id, setting), time)
        alike.setdefault(entries, []).append(setting)
    return [_standing(tuple(settings), entries) for entries, settings in alike.items()]


def first_refusal(found: Iterable[Standing], time: datetime) -> date | None:
    """The next day on which calls begin to be refused in any care setting."""
    days = [
        entry.start
        for standing in found
        for entry in standing.dates
        if entry.refuses and entry.start > time.date()
    ]
    return min(days, default=None)


def applies_to(clause: Clause) -> str:
    """In a few words, what a clause is about."""
    if clause.on == "record":
        return f"Records that are written: {', '.join(sorted(clause.applies.types))}"
    bound = clause.applies.endpoints or clause.applies.services
    return f"Requests: {', '.join(sorted(bound))}" if bound else "Every request"


def _entries(stretches: tuple[Stretch, ...], time: datetime) -> tuple[Entry, ...]:
    """One entry for each change of stage or mode; the first is the beginning of time."""
    steps: list[Stretch] = []
    for stretch in stretches:
        if not steps or (stretch.stage, stretch.mode) != (steps[-1].stage, steps[-1].mode):
            steps.append(stretch)
    now = stretch_at(tuple(steps), time)
    return tuple(Entry(one.start.date(), one.stage, one.mode, one is now) for one in steps)


def _standing(settings: tuple[str, ...], entries: tuple[Entry, ...]) -> Standing:
    place = next(place for place, entry in enumerate(entries) if entry.now)
    following = entries[place + 1 : place + 2]
    return Standing(
        settings=settings,
        now=entries[place],
        next=following[0] if following else None,
        dates=tuple(entry for entry in entries if entry.stage),
    )
