"""What the register said, arranged for its pages: by section, by day, by colour.

For the templates about standards and suppliers.

Source: none.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter

from openroots.problem import Json

_STEP = itemgetter("on", "standard", "words", "held")

# The worst of what a supplier's applications show is what the supplier shows.
FLAGS = ("grey", "green", "amber", "red")
TAGS = {
    "red": ("Not met: refused", "red"),
    "amber": ("Not met: to be put right", "orange"),
    "green": ("Met", "green"),
    "grey": ("Nothing to judge yet", "grey"),
}
SUPPLIERS = {
    "red": "A mandated standard is not met, so calls are refused.",
    "amber": "A standard is not met yet; there is still time, or a plan, to put it right.",
    "green": "Everything that was seen lately meets the standards.",
    "grey": "Nothing was seen lately that could be judged.",
}
# What is not met while calls are only counted is neither of these: nothing is asked of it yet.
EARLY_TAG = ("Not met: only counted yet", "grey")
EARLY = "What was seen lately does not meet a standard by which calls are only counted yet."
KINDS = {
    "waiver": "Waiver",
    "plan": "Work-off plan",
    "proposal": "Work-off plan, as filed by its supplier",
    "brake": "Clinical-safety brake",
    "sign-off": "Sign-off",
    "override": "Override",
    "end": "End",
}


def worst(applications: Iterable[Json]) -> str:
    """The colour of a supplier: the worst of all standards of all its applications."""
    flags = [told["flag"] for one in applications for told in one["standards"]]
    return max(flags, key=FLAGS.index, default="grey")


def in_all(applications: Sequence[Json]) -> tuple[str, str]:
    """The colour of a supplier, and what it means."""
    flag = worst(applications)
    early = any(_is_early(told) for one in applications for told in one["standards"])
    if early and flag in ("grey", "green"):
        return "grey", EARLY
    return flag, SUPPLIERS[flag]


def met(told: Json) -> tuple[str, str]:
    """The words and the colour by which it is told whether an application meets a standard."""
    return EARLY_TAG if _is_early(told) else TAGS[told["flag"]]


def _is_early(told: Json) -> bool:
    return (told["flag"], told["state"]) == ("grey", "does not meet")


def steps_by_day(applications: Iterable[Json], on: str) -> dict[str, list[Json]]:
    """The steps of the phase-out that are to come after a day, and those before: in order, a step
    that is the same for several applications once."""
    steps = [step for one in applications for step in one["steps"]]
    ordered = sorted(steps, key=_STEP)
    alike = [
        {**every[0], "applications": [step["application"] for step in every]}
        for every in (list(found) for _, found in groupby(ordered, key=_STEP))
    ]
    coming = [step for step in alike if step["on"] > on]
    return {"coming": coming, "past": [step for step in alike if step["on"] <= on][::-1]}


def changes_by_day(changes: Iterable[Json]) -> list[tuple[str, list[Json]]]:
    """What changes on each day to come."""
    return [(day, list(turns)) for day, turns in groupby(changes, key=itemgetter("date"))]


def by_section(comments: Iterable[Json], standard: Json) -> dict[str, list[Json]]:
    """Comments by the section at which they now stand; "" for those on the whole, and for those
    whose section is no more."""
    known = {section["number"] for section in standard["sections"]}
    known |= {f"clause {clause['id']}" for clause in standard["clauses"]}
    placed: dict[str, list[Json]] = {}
    for comment in comments:
        section = comment["anchor"]["section"]
        placed.setdefault(section if section in known else "", []).append(comment)
    return placed
