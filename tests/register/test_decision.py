"""Decisions: made once, never edited, superseded by others."""

from dataclasses import replace

import pytest

from openroots.register.decision import Decision, next_id, standing, take_back
from openroots.register.standard import founding_decisions, load_standards
from tests.register.samples import mandated, moment

NOW = moment("2026-12-01")
WHY = ("a.person", "It was wrong.")


@pytest.mark.parametrize("decision", founding_decisions(load_standards()))
def test_a_decision_is_stored_and_read_as_the_same(decision):
    """A decision is the same after it was stored as a plain dict and read again."""
    assert Decision.from_json(decision.to_json()) == decision


def test_a_taking_back_is_stored_and_read_as_the_same():
    """A decision without dates is stored, too."""
    back = take_back([mandated(1, "2026-02-01")], "plain", *WHY, NOW)
    assert Decision.from_json(back.to_json()) == back
    assert back.to_json()["warn_from"] is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "wish"}, "is no kind of decision"),
        ({"settings": []}, "settings, published or warn_from is missing"),
        ({"warn_from": None}, "settings, published or warn_from is missing"),
        ({"warn_from": "2026-02-01"}, "must follow in order"),
        ({"enforce_from": "2026-12-31"}, "must follow in order"),
        ({"enforce_from": "soon"}, "Invalid isoformat"),
        ({"decided_at": "2026-02-01T00:00:00"}, "has no offset"),
        ({"supersedes": "made-00000009"}, "which is later"),
        ({"kind": "take-back"}, "takes back nothing"),
        ({"by": ...}, "not a decision: KeyError"),
        ({"settings": 1}, "not a decision: TypeError"),
    ],
)
def test_a_decision_that_cannot_be_is_refused(change, words):
    """A decision whose parts are missing or do not fit together cannot exist."""
    written = mandated(1, "2026-02-01").to_json() | change
    kept = {key: value for key, value in written.items() if value is not ...}
    with pytest.raises(ValueError, match=words):
        Decision.from_json(kept)


def test_the_newest_in_force_is_taken_back():
    """One taking back after the other undoes the mandates from the newest to the oldest."""
    decisions = [mandated(1, "2026-02-01"), mandated(2, "2026-03-01")]
    undone = []
    for _ in range(2):
        back = take_back(decisions, None, *WHY, NOW)
        undone.append(back.supersedes)
        decisions.append(back)
    assert undone == ["made-00000002", "made-00000001"]
    with pytest.raises(LookupError, match="no mandate of any standard is in force to take back"):
        take_back(decisions, None, *WHY, NOW)


def test_a_taking_back_can_be_for_one_standard():
    """Naming a standard undoes its newest mandate, whatever was decided of others since."""
    decisions = [mandated(1, "2026-02-01"), mandated(2, "2026-03-01", standard="other")]
    assert take_back(decisions, "plain", *WHY, NOW).supersedes == "made-00000001"
    with pytest.raises(LookupError, match="no mandate of third is in force"):
        take_back(decisions, "third", *WHY, NOW)


def test_what_last_began_is_taken_back_first():
    """A mandate whose date has just come is undone before one that was decided since and waits."""
    waiting = mandated(2, "2026-03-01", warn="2027-06-01", enforce="2027-07-01")
    decisions = [mandated(1, "2026-02-01"), waiting]
    began, none_began = moment("2027-04-02"), moment("2026-12-01")
    assert take_back(decisions, None, *WHY, began).supersedes == "made-00000001"
    assert take_back(decisions, None, *WHY, none_began).supersedes == "made-00000002"


def test_what_is_not_yet_decided_is_not_taken_back():
    """At a time before a mandate was decided, there is none to take back."""
    with pytest.raises(LookupError):
        take_back([mandated(1, "2026-12-02")], None, *WHY, NOW)


def test_a_decision_that_no_longer_holds_supersedes_nothing():
    """Taking back a mandate that replaced another lets the other hold again."""
    first = mandated(1, "2026-02-01")
    second = mandated(2, "2026-03-01", supersedes=first.id)
    back = replace(take_back([first, second], None, *WHY, NOW))
    held = [standing([back, second, first], moment(day)) for day in ("2026-02-02", "2026-03-02")]
    assert held == [[first], [second]]
    assert standing([first, second, back], NOW) == [back, first]


def test_ids_follow_the_order_of_the_register():
    """New decisions sort after all that were made before them, the founding ones first."""
    founding = founding_decisions(load_standards())
    assert next_id(founding) == "made-00000001"
    made = mandated(9, "2026-02-01")
    assert next_id([*founding, made]) == "made-00000010"
    assert max(decision.id for decision in founding) < made.id < next_id([made])
