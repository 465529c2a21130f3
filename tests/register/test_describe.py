"""How a standard stands on a date, told as data."""

from datetime import date

import orjson
import pytest

from openroots.register.decision import take_back
from openroots.register.describe import describe, summarise
from openroots.register.standard import founding_decisions
from tests.register.samples import PLAIN, brought, mandated, moment, plain

IDENTITY, NAME = brought("request-identity"), brought("usual-name")
FOUNDING = founding_decisions([IDENTITY, NAME])


def standing(standard, day, setting, decisions=FOUNDING):
    told = describe(standard, date.fromisoformat(day), decisions)
    return next(one for one in told["settings"] if one["setting"] == setting)


@pytest.mark.parametrize(
    ("day", "setting", "stage", "mode"),
    [
        ("2026-01-01", "hospital", None, None),
        ("2026-03-02", "hospital", "draft", None),
        ("2026-06-01", "hospital", "consultation", None),
        ("2026-06-15", "hospital", "agreed", None),
        ("2026-07-01", "hospital", "trial", "observe"),
        ("2026-10-01", "hospital", "published", "observe"),
        ("2027-01-01", "hospital", "published", "observe"),
        ("2027-01-01", "general-practice", "mandated", "warn"),
        ("2027-04-01", "general-practice", "mandated", "refuse"),
    ],
)
def test_stage_by_setting_and_date(day, setting, stage, mode):
    """One standard stands at different stages in different care settings on one day."""
    told = standing(IDENTITY, day, setting)
    assert (told["stage"], told["mode"]) == (stage, mode)


def test_a_setting_without_a_mandate_stays_on_trial():
    """A mandate in some settings leaves the others where they were."""
    assert standing(NAME, "2028-06-01", "general-practice")["mode"] == "refuse"
    assert standing(NAME, "2028-06-01", "care-home")["stage"] == "trial"


def test_what_comes_next():
    """The changes that lie ahead are told in order, with the settings that they are for."""
    ahead = describe(IDENTITY, date(2027, 1, 1), FOUNDING)["next"]
    told = [(one["date"], one["stage"], one["mode"], len(one["settings"])) for one in ahead]
    assert told == [
        ("2027-04-01", "mandated", "refuse", 2),
        ("2027-07-01", "mandated", "warn", 10),
        ("2027-10-01", "mandated", "refuse", 10),
    ]


def test_nothing_is_known_before_it_is_decided():
    """As of a date, no decision is told that was made after it."""
    early = describe(IDENTITY, date(2026, 9, 20), FOUNDING)
    assert early["decisions"] == early["inForce"] == []
    assert [one["date"] for one in early["next"]] == ["2026-10-01"]
    assert len(describe(IDENTITY, date(2026, 9, 21), FOUNDING)["decisions"]) == 2


def test_a_decision_of_the_day_is_told_on_that_day():
    """A date is told as it stands when it ends."""
    back = take_back(FOUNDING, IDENTITY.id, "a.person", "Wrong.", moment("2027-05-05T15:00"))
    decisions = [*FOUNDING, back]
    before, after = (
        standing(IDENTITY, day, "general-practice", decisions)
        for day in ("2027-05-04", "2027-05-05")
    )
    assert (before["refusedFrom"], after["refusedFrom"]) == ("2027-04-01", None)
    assert back.supersedes not in describe(IDENTITY, date(2027, 5, 5), decisions)["inForce"]


def test_clauses_are_told_in_full():
    """A clause is told with what it expects, how to mend, and its condition or check."""
    told = describe(NAME, date(2027, 1, 1), FOUNDING)
    assert [clause["id"] for clause in told["clauses"]] == ["1", "2", "3"]
    assert all(clause["expected"] and clause["mend"] for clause in told["clauses"])
    assert told["clauses"][1]["check"] == "usual-family-name-characters"
    assert told["clauses"][2]["condition"]["fact"] == "name[use=usual].family"


def test_a_clause_that_recognises_use_is_told_so():
    """It is met where its standard is not used, which its condition alone would not say."""
    text = PLAIN.replace('on = "request"', 'on = "request"\nrecognises = true', 1)
    use, ask = describe(plain(text), date(2027, 1, 1), ())["clauses"]
    assert (use["recognises"], "recognises" in ask) == (True, False)


def test_a_description_is_json():
    """A description can be written as JSON, and the short form is a part of it."""
    decisions = [mandated(1, "2026-02-01")]
    told = describe(plain(), date(2027, 1, 1), decisions)
    assert orjson.loads(orjson.dumps(told)) == told
    assert summarise(plain(), date(2027, 1, 1), decisions).items() <= told.items()
