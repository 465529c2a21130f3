"""Conformance: counted from trails, by application and day, with nothing personal in it."""

from datetime import UTC, date, datetime

import orjson
import pytest

from openroots.register.conformance import (
    Tallied,
    not_ready,
    share_used,
    state_of,
    tally,
    trial_facts,
)
from openroots.register.fact import Fact

DAY = date(2027, 4, 1)


def call(
    trail="t",
    met=True,
    mode="warn",
    application="heron",
    setting="hospital",
    day="2027-04-01",
    organisation="Y91000",
):
    return {
        "trail": trail,
        "application": application,
        "organisation": organisation,
        "setting": setting,
        "time": f"{day}T10:00:00+00:00",
        "standards": [["plain", "1", True, mode], ["plain", "2", met, mode]],
    }


def counted(day, met=0, not_met=0, application="heron"):
    return Tallied(
        "plain", application, ("Y91000",), date.fromisoformat(day), met=met, not_met=not_met
    )


@pytest.mark.parametrize(
    ("clauses", "count"), [((), 0), (("1",), 2), (("2",), 4), (("1", "2"), 5), (("3",), 0)]
)
def test_what_failed_some_clauses_is_told_of_a_count(clauses, count):
    """How many of the calls that were counted did not meet one of them."""
    one = Tallied("plain", "heron", (), DAY, not_met=5, clauses={"1": 2, "2": 4})
    assert one.not_met_of(clauses) == count


def test_calls_are_counted_by_application_and_day():
    """Once each, however many clauses they do not meet; with a few trails to look at."""
    calls = [
        call(),
        call("u", met=False),
        call("v", met=False, mode="refuse"),
        call(day="2027-04-02"),
    ]
    found = tally([*calls, call(application="")])
    one = found["plain.2027-04-01.heron"]
    assert (one.met, one.not_met, one.refused) == (1, 2, 1)
    assert (one.clauses, one.samples) == ({"2": 2}, ["u", "v"])
    assert len(found) == 2


def test_counts_are_added_up_and_stored_as_the_same():
    one, two = (tally([call(trail, met=False)])["plain.2027-04-01.heron"] for trail in "ab")
    both = one.plus(two)
    assert (both.not_met, both.clauses, both.samples) == (2, {"2": 2}, ["a", "b"])
    assert Tallied.from_json(both.to_json()) == both


@pytest.mark.parametrize(
    ("counts", "state"),
    [
        ([], "not seen"),
        ([counted("2027-04-02", met=1)], "not seen"),
        ([counted("2027-03-01", not_met=1), counted("2027-04-01", met=1)], "meets"),
        ([counted("2027-04-01", met=99, not_met=1)], "does not meet"),
    ],
)
def test_how_an_application_stands_is_told_by_its_last_day(counts, state):
    assert state_of(counts, DAY) == state


def test_who_is_not_ready_is_named_the_least_ready_first():
    """By what was sent in the last week alone."""
    week = [
        counted("2027-04-01", met=98, not_met=2),
        counted("2027-03-30", met=1, not_met=1, application="alder"),
        counted("2027-03-29", not_met=3, application="birch"),
        counted("2027-03-01", not_met=50),
    ]
    assert not_ready(week, DAY) == [("birch", 0.0), ("alder", 0.5)]
    assert share_used([], DAY, ["2"]) == 0.0
    assert share_used(week[:2], DAY, ["2"]) == pytest.approx(3 / 102)
    assert share_used(week[:2], DAY, []) == 0.0


def test_each_organisation_for_which_an_application_asked_is_counted():
    """One application serves many organisations: a trial in three is one in three, though all of
    them use the same application, on the same day."""
    calls = [call(organisation=code) for code in ("Y91002", "Y91000", "", "Y91002")]
    later = [call(organisation="Y91001")]
    counts = [tally(each)["plain.2027-04-01.heron"] for each in (calls, later)]
    one = counts[0].plus(counts[1])
    assert one.organisations == ("Y91000", "Y91001", "Y91002")
    assert Tallied.from_json(orjson.loads(orjson.dumps(one.to_json()))) == one
    at = datetime(2027, 4, 30, tzinfo=UTC)
    like = Fact("", "standard:plain", "", None, "computed", at, "openroots")
    shown = {fact.key: fact.value for fact in trial_facts([one], "standard:plain", DAY, like)}
    assert shown == {"trial.organisations": 3, "trial.days": 29, "trial.pass_rate": 1.0}


def test_a_trial_has_shown_what_was_counted_from_its_first_day_to_the_day_asked():
    """Nothing of before, and nothing that is to come where the world's clock was put back."""
    days = ("2027-03-31", "2027-04-01", "2027-04-30", "2027-05-01")
    counts = [counted(day, met=1, not_met=number) for number, day in enumerate(days)]
    at = datetime(2027, 4, 30, 12, tzinfo=UTC)
    like = Fact("", "standard:plain", "", None, "computed", at, "openroots")
    shown = {fact.key: fact.value for fact in trial_facts(counts, "standard:plain", DAY, like)}
    assert shown == {"trial.organisations": 1, "trial.days": 29, "trial.pass_rate": 2 / 5}


def test_a_count_that_was_kept_before_names_one_organisation():
    kept = counted("2027-04-01", met=1).to_json()
    del kept["organisations"]
    assert Tallied.from_json({**kept, "organisation": "Y91000"}).organisations == ("Y91000",)
    assert Tallied.from_json({**kept, "organisation": ""}).organisations == ()


def test_of_a_thousand_organisations_and_more_a_thousand_are_told_apart():
    calls = [call(organisation=f"Y{number}") for number in range(10_000, 11_200)]
    one = tally(calls)["plain.2027-04-01.heron"]
    assert (len(one.organisations), one.met) == (1_000, 1_200)
