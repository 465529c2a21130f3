"""How a standard stands, put together for a page: on a day, before it and after it.

For the pages about standards. Care settings in which a standard stands alike are told together,
so that a page says "12 settings" once, and not twelve times the same. What was known on a day is
what the register's API tells of it; what had been before that is in the rulebook.

Source: none.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from openroots.pages.words import day
from openroots.problem import Json
from openroots.register.rulebook import Mode, Rulebook
from openroots.register.standard import SETTINGS, Stage, Standard
from openroots.register.timeline import Stretch, stretch_at

# A tag says by its words what its colour says too.
TAGS = {
    None: ("Not begun", "grey"),
    Stage.STOPPED: ("Stopped", "grey"),
    Stage.HELD: ("On hold", "grey"),
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


def tag_of(stage: Stage | str | None, mode: str | None) -> tuple[str, str]:
    """The words and the colour by which every page tells a stage, of a standard that treats calls
    in some mode."""
    at = Stage(stage) if stage else None
    if at is Stage.MANDATED and mode in MANDATED_TAGS:
        return MANDATED_TAGS[Mode(mode)]
    return TAGS[at]


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
        return tag_of(self.stage, self.mode)

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


def standings_on(told: Json, rulebook: Rulebook) -> list[Standing]:
    """How a standard stands on a day, as the register's API told of it."""
    alike: dict[tuple[Entry, ...], list[str]] = {}
    for setting in told["settings"]:
        now = _entry(told["on"], setting, now=True)
        before = _before(rulebook, told["id"], setting["setting"], now.start)
        if before and _alike(before[-1], now):
            now = replace(before.pop(), now=True)
        after = [
            _entry(turn["date"], turn)
            for turn in told["next"]
            if setting["setting"] in turn["settings"]
        ]
        alike.setdefault((*before, now, *after), []).append(setting["setting"])
    return [_standing(tuple(settings), entries) for entries, settings in alike.items()]


def together(found: Iterable[Standing]) -> list[Standing]:
    """The same, those taken together that stand alike now and next, whatever was before."""
    alike: dict[object, list[Standing]] = {}
    for one in found:
        alike.setdefault((one.now.tag, one.next and one.next.coming), []).append(one)
    return [
        replace(first, settings=tuple(sorted((*first.settings, *_settings_of(others)))))
        for first, *others in alike.values()
    ]


def _settings_of(found: Iterable[Standing]) -> list[str]:
    return [setting for one in found for setting in one.settings]


def first_refusal(found: Iterable[Standing], on: date) -> date | None:
    """The next day on which calls begin to be refused in any care setting."""
    days = [
        entry.start
        for standing in found
        for entry in standing.dates
        if entry.refuses and entry.start > on
    ]
    return min(days, default=None)


def stages_counted(told: Iterable[Json]) -> list[Json]:
    """The stages that any standard has come to, each with its tag and how many stand there."""
    return [
        {**one, "tag": TAGS[Stage(one["stage"])]}
        for one in told
        if one["standards"] or one["settings"]
    ]


def _entry(start: str, told: Json, *, now: bool = False) -> Entry:
    stage = Stage(told["stage"]) if told["stage"] else None
    mode = Mode(told["mode"]) if told["mode"] else None
    return Entry(date.fromisoformat(start), stage, mode, now)


def _alike(one: Entry, other: Entry) -> bool:
    return (one.stage, one.mode) == (other.stage, other.mode)


def _before(rulebook: Rulebook, standard: str, setting: str, on: date) -> list[Entry]:
    """All that had happened by the end of a day, in order."""
    if standard not in rulebook.standards:
        return []
    steps = _steps(rulebook.timeline(standard, setting))
    told = [Entry(one.start.date(), one.stage, one.mode) for one in steps]
    return [entry for entry in told if entry.start <= on]


def _entries(stretches: tuple[Stretch, ...], time: datetime) -> tuple[Entry, ...]:
    """One entry for each change of stage or mode; the first is the beginning of time."""
    steps = _steps(stretches)
    now = stretch_at(steps, time)
    return tuple(Entry(one.start.date(), one.stage, one.mode, one is now) for one in steps)


def _steps(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """The stretches with which stage or mode changes."""
    steps: list[Stretch] = []
    for stretch in stretches:
        if not steps or (stretch.stage, stretch.mode) != (steps[-1].stage, steps[-1].mode):
            steps.append(stretch)
    return tuple(steps)


def _standing(settings: tuple[str, ...], entries: tuple[Entry, ...]) -> Standing:
    place = next(place for place, entry in enumerate(entries) if entry.now)
    following = entries[place + 1 : place + 2]
    return Standing(
        settings=settings,
        now=entries[place],
        next=following[0] if following else None,
        dates=tuple(entry for entry in entries if entry.stage),
    )
