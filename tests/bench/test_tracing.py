"""Tracing takes nobody for another, and finds who is there though something is told wrongly."""

from collections import Counter
from dataclasses import replace

import pytest

from bench.error_rates import (
    BY_POSTCODE,
    MATCHED,
    MISSED,
    OF_ANOTHER,
    WAYS,
    WRONG,
    Register,
    Tally,
    came_of,
    measured,
    pairs,
)
from bench.tracing import FOUND, NEAR_TWIN, OUTCOMES, share, unlike
from openroots.population.errors import errors
from openroots.population.near import ELSEWHERE
from openroots.population.told import Told, tell
from openroots.storage import Json


@pytest.fixture(scope="module")
def tally() -> Tally:
    return measured(600, 11, 80)


def as_asked(patient: Json) -> Told:
    """What is told of somebody, but for the lines of their address."""
    return WAYS[BY_POSTCODE](tell(patient))


def of(tally: Tally, *groups: str) -> Counter[str]:
    counted: Counter[str] = Counter()
    for (group, _, came), count in tally.items():
        if group in groups:
            counted[came] += count
    return counted


def test_a_near_twin_is_never_taken_for_another(tally: Tally) -> None:
    """Twins, father and son, namesakes: asked for beside each other, or the wrong one alone."""
    near = of(tally, *NEAR_TWIN)
    assert near.total() > 4_000
    assert not near[WRONG] + of(tally, OF_ANOTHER)[WRONG]


def test_who_lives_elsewhere_is_asked_for_by_their_lines_too(tally: Tally) -> None:
    """Beside the postcode and instead of it; mostly they come first, before whoever is near."""
    for way in WAYS:
        for kind in ELSEWHERE:
            asked = [tally["near, there", kind + way, came] for came in OUTCOMES]
            assert sum(asked[: len(FOUND)]) > 0.9 * sum(asked) > 100


def test_who_tells_the_record_of_another_asks_for_that_other() -> None:
    """Which is decided by what is told: with one field told otherwise, it is a trial, and the match
    of somebody else is wrong."""
    register, group = Register(300, 11), ("near, not there", "twin")
    placed = [one for one in register.people if register.known[one.number].addresses]
    for person in placed:
        told = as_asked(person.patient)
        assert came_of(register, group, told, person.number, None)[0] == "near, not there"
        asked, kind, _ = came_of(register, group, told, "", None)
        assert (asked, kind) == (OF_ANOTHER, "twin")
        slip = replace(told, family=told.family + told.family[-1])
        assert came_of(register, group, slip, "", None)[0] == "near, not there"
    came = Counter(came_of(register, group, as_asked(one.patient), "", None) for one in placed)
    assert came[OF_ANOTHER, "twin", MATCHED] > 0.9 * len(placed)
    assert not came[OF_ANOTHER, "twin", WRONG]


def test_no_error_leads_to_another_person(tally: Tally) -> None:
    """Whatever is told wrongly, nobody else is said to be who is sought."""
    assert not of(tally, "right", "error", "one", "two")[WRONG]


def test_the_right_person_is_found_in_spite_of_errors(tally: Tally) -> None:
    """With one error 98 in 100 are matched or the first of those in doubt, with two 92."""
    assert share(of(tally, "right")) == 1.0
    assert share(of(tally, "one")) >= 0.98
    assert share(of(tally, "two")) >= 0.92


def test_a_wrong_birth_date_never_matches(tally: Tally) -> None:
    """Another digit or day finds nobody; day and month swapped are a doubt."""
    for error in ("birth-digit", "birth-day-off"):
        came = {came for group, kind, came in tally if (group, kind) == ("error", error)}
        assert came == {MISSED}
    swapped = {came for group, kind, came in tally if (group, kind) == ("error", "birth-swapped")}
    assert swapped <= {"first", "among"}


def test_a_community_that_is_served_worse_is_named() -> None:
    """Who is found less often by more than two points, and not by chance, is told."""
    served: Tally = Counter(
        {
            ("one", "here", "matched"): 1000,
            ("one", "there", "first"): 900,
            ("one", "there", MISSED): 100,
        }
    )
    assert "there with one: 90.00%" in unlike(served, ["here", "there"])
    fair: Tally = Counter({("one", "here", "matched"): 1000, ("one", "there", "first"): 400})
    assert unlike(fair, ["here", "there"]).endswith("nobody.")


def test_two_errors_are_of_two_fields() -> None:
    """A pair never spoils one field twice, nor the birth date."""
    for one, other in pairs(errors({}).values()):
        fields = {one.field, other.field}
        assert len(fields) == 2
        assert "birth" not in fields
        assert fields != {"names", "family"}
        assert fields != {"names", "given"}
