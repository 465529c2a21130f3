"""Says how a standard stands on a date, in every care setting: for the command, API and pages.

    describe(standard, date(2027, 2, 1), decisions)["settings"][6]
    {"setting": "general-practice", "stage": "mandated", "mode": "warn", "since": "2027-01-01",
     "refusedFrom": "2027-04-01"}

A date is told as it stands when it ends, with the decisions that had been made by then.

Source: none.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date

from openroots.register.decision import Decision, standing
from openroots.register.standard import SETTINGS, Clause, Standard
from openroots.register.timeline import Stretch, ends, stretch_at, timeline
from openroots.storage import Json


def describe(standard: Standard, on: date, decisions: Iterable[Decision]) -> Json:
    """Everything about a standard as it stands on a date: stages, what comes next, clauses."""
    known = _known(standard, on, decisions)
    return {
        **summarise(standard, on, known),
        "why": standard.why,
        "sources": list(standard.sources),
        "clauses": [_clause(clause) for clause in standard.clauses],
        "decisions": [decision.to_json() for decision in known],
    }


def summarise(standard: Standard, on: date, decisions: Iterable[Decision]) -> Json:
    """One standard in a list of them: what it is, how it stands in each setting, what is next."""
    known = _known(standard, on, decisions)
    timelines = {setting: timeline(standard, known, setting) for setting in SETTINGS}
    return {
        "id": standard.id,
        "version": standard.version,
        "title": standard.title,
        "sort": standard.sort,
        "force": standard.force,
        "publisher": standard.publisher,
        "on": on.isoformat(),
        "settings": [
            {"setting": setting, **_standing(stretch_at(stretches, ends(on)))}
            for setting, stretches in timelines.items()
        ],
        "next": _next(timelines, on),
        "inForce": [one.id for one in standing(known, ends(on)) if one.kind == "mandate"],
    }


def _known(standard: Standard, on: date, decisions: Iterable[Decision]) -> list[Decision]:
    made = [one for one in decisions if one.standard == standard.id and one.decided_at <= ends(on)]
    return sorted(made, key=lambda one: (one.decided_at, one.id))


def _standing(stretch: Stretch) -> Json:
    return {
        "stage": stretch.stage.value if stretch.stage else None,
        "mode": stretch.mode.value if stretch.mode else None,
        "since": stretch.since.isoformat() if stretch.since else None,
        "refusedFrom": stretch.refused_from.isoformat() if stretch.refused_from else None,
    }


def _next(timelines: dict[str, tuple[Stretch, ...]], on: date) -> list[Json]:
    """What changes after the date, in order, the settings in which the same happens together."""
    together: dict[tuple[str, str | None, str | None], list[str]] = {}
    for setting, stretches in timelines.items():
        for day, stage, mode in _changes(stretches, on):
            together.setdefault((day, stage, mode), []).append(setting)
    return [
        {"date": day, "stage": stage, "mode": mode, "settings": settings}
        for (day, stage, mode), settings in sorted(together.items(), key=lambda one: one[0][0])
    ]


def _changes(
    stretches: tuple[Stretch, ...], on: date
) -> Iterator[tuple[str, str | None, str | None]]:
    for before, stretch in zip(stretches, stretches[1:], strict=False):
        changed = (before.stage, before.mode) != (stretch.stage, stretch.mode)
        if changed and stretch.start > ends(on):
            day = stretch.start.astimezone(UTC).date().isoformat()
            told = _standing(stretch)
            yield day, told["stage"], told["mode"]


def _clause(clause: Clause) -> Json:
    rule = {"condition": clause.condition.to_data()} if clause.condition else {}
    return {
        "id": clause.id,
        "on": clause.on,
        "words": clause.words,
        "expected": clause.expected,
        "mend": clause.mend,
        "appliesTo": {
            "services": sorted(clause.applies.services),
            "endpoints": sorted(clause.applies.endpoints),
            "types": sorted(clause.applies.types),
        },
        **({"check": clause.check} if clause.check else rule),
        **({"recognises": True} if clause.recognises else {}),
    }
