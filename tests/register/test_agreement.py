"""Agreements: what is one, how it lives, and which of many cover a use of data, and until when."""

from datetime import UTC, datetime

import pytest

from openroots.register.agreement import (
    LIFE,
    Malformed,
    agreement_of,
    drawn_up,
    moved,
    reaches,
    refuse_strange_labels,
)
from openroots.register.agreements import BEGINNING, END, Agreements
from openroots.register.founding_agreements import founding_agreements
from tests.gateway.governed import AGREEMENT

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
CARE = {"purposes": ["TREAT"]}


def agreement(**parts):
    return agreement_of({**AGREEMENT, **parts})


def covering(agreements, *, recipients=("Y90001", "*"), time=NOON, purpose="TREAT"):
    found = agreements.covering(recipients, "demographics", "read", purpose, time)
    return sorted(one.id for one in found.agreements), found.since, found.until


@pytest.mark.parametrize("lacking", [{"parties": []}, {"parties": None}, {"basis": " "}])
def test_nobody_signs_an_agreement_without_parties_or_a_legal_basis(lacking):
    """A draft may lack either; what permits anything has been signed by somebody, for a reason."""
    draft = drawn_up({**AGREEMENT, **lacking})
    [part] = lacking
    with pytest.raises(Malformed, match=part):
        moved(draft, "sign", NOON)
    assert moved({**draft, part: AGREEMENT[part]}, "sign", NOON)["state"] == "signed"


def test_founding_agreements_are_agreements():
    """What a nation begins with is well formed, permits, and is for direct care alone."""
    for body in founding_agreements():
        one = agreement_of(body)
        assert one.holds_at(NOON)
        assert one.purposes.isdisjoint({"HRESCH", "HOPERAT", "HPAYMT", "PUBHLTH"})


@pytest.mark.parametrize(
    ("parts", "part"),
    [
        ({"id": ""}, "id"),
        ({"title": None}, "title"),
        ({"title": 7}, "title"),
        ({"state": "agreed"}, "state"),
        ({"controllers": []}, "controllers"),
        ({"controllers": ["setting:hospital"]}, "controllers"),
        ({"recipients": "Y12345"}, "recipients"),
        ({"recipients": ["y12345"]}, "recipients"),
        ({"recipients": ["setting:nowhere"]}, "recipients"),
        ({"categories": [{}]}, "categories"),
        ({"actions": ["look"]}, "actions"),
        ({"purposes": ["FUN"]}, "purposes"),
        ({"purposes": ["HRESCH"]}, "conditions.opt_out"),
        ({"conditions": []}, "conditions"),
        ({"conditions": {"role": ["R8000"]}}, "conditions"),
        ({"conditions": {"relationship": "yes"}}, "conditions.relationship"),
        ({"conditions": {"assurance": "high"}}, "conditions.assurance"),
        ({"from": None}, "from"),
        ({"from": "soon"}, "from"),
        ({"from": 7}, "from"),
        ({"to": "2025-01-01"}, "to"),
    ],
)
def test_what_is_no_agreement_is_refused_by_its_part(parts, part):
    """Each part that is missing or wrong is named, with what is wanted and an example. Use beyond
    individual care must say whether it honours the national data opt-out."""
    with pytest.raises(Malformed) as refused:
        agreement(**parts)
    assert refused.value.part == part
    assert refused.value.wanted
    assert refused.value.example


def test_a_draft_is_made_of_what_was_shown_and_of_no_other_parts():
    """What an agreement is shown with besides its parts is left out; what is no part of any, such
    as a condition or an end under another name, is refused."""
    parts = {"id": "pilot", "conditions": {"relationship": True}, "to": "2027-01-01"}
    shown = {**parts, "state": "in force", "permits": True, "acts": ["end"], "reason": "x"}
    assert drawn_up(shown) == {**parts, "state": "draft"}
    for strange in ("condition", "until"):
        with pytest.raises(Malformed, match=strange) as refused:
            drawn_up({**parts, strange: {}})
        assert "conditions" in refused.value.wanted


@pytest.mark.parametrize(
    ("parts", "part"),
    [
        ({"conditions": {"hides": ""}}, "conditions.hides"),
        ({"conditions": {"assurance": ""}}, "conditions.assurance"),
        ({"conditions": {"roles": {}}}, "conditions.roles"),
        ({"review": "soon"}, "review"),
        ({"parties": "Y12345"}, "parties"),
        ({"basis": 251}, "basis"),
        ({"id": "a\0b"}, "id"),
    ],
)
def test_a_part_that_is_left_empty_or_is_of_another_kind_is_no_draft(parts, part):
    """A condition that a script meant to fill in would ask for nothing; what is only told is of
    the kind that pages and lists show."""
    with pytest.raises(Malformed) as refused:
        drawn_up(parts)
    assert (refused.value.part, bool(refused.value.wanted)) == (part, True)
    left_out = {"conditions": {"roles": None, "hides": []}, "parties": [], "review": None}
    assert drawn_up(left_out) == {**left_out, "state": "draft"}


def test_what_no_record_is_labelled_cannot_be_hidden():
    """A label that is mistyped would hide nothing: it is refused, and the others are told."""
    labels = {"R": "restricted", "V": "very restricted"}
    refuse_strange_labels(agreement(conditions={"hides": ["V", "R"]}), labels)
    with pytest.raises(Malformed) as refused:
        refuse_strange_labels(agreement(conditions={"hides": ["R", "Restricted"]}), labels)
    assert refused.value.part == "conditions.hides"
    assert refused.value.given == "Restricted"
    assert refused.value.wanted == "a label of records: R (restricted), V (very restricted)"


def test_an_agreement_lives_from_draft_to_end():
    """It is signed, started, suspended, resumed and ended in that order; nothing follows an end,
    and no step can be left out."""
    body = {**AGREEMENT, "state": "draft"}
    for act in ("sign", "start", "suspend", "resume", "end"):
        for other in {"sign", "start", "suspend", "resume"} - LIFE[body["state"]].keys():
            with pytest.raises(LookupError):
                moved(body, other, NOON)
        body = moved(body, act, NOON, "because")
        assert agreement_of(body).holds_at(NOON) == (act in ("start", "resume"))
    assert (body["state"], body["to"], body["reason"]) == ("ended", NOON.isoformat(), "because")
    assert LIFE[body["state"]] == {}


def test_one_that_ends_before_it_begins_can_still_be_read():
    """Ending what would begin later leaves an agreement that is well formed and permits nothing."""
    body = moved({**AGREEMENT, "from": "2030-01-01"}, "end", NOON)
    assert not agreement_of(body).holds_at(datetime(2031, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("known", "wanted", "enough"),
    [
        ("aal3", "aal2", True),
        ("aal2", "aal2", True),
        ("aal1", "aal2", False),
        ("P9.Cp.Cd", "P9", True),
        ("P5.Cp.Cd", "P9", False),
        ("P9.Cp.Cd", "aal3", True),
        ("aal1", "", True),
        ("", "", True),
        ("", "aal1", False),
        ("made up", "P9", False),
    ],
)
def test_levels_are_compared_on_their_own_ladder(known, wanted, enough):
    """A level is enough where it is as high or higher; those of staff bind no patient."""
    assert reaches(known, wanted) is enough


def test_what_covers_a_use_holds_for_a_stretch_of_time():
    """Those that cover a use are told with the stretch of time in which it is these and no other,
    whichever way the clock is moved."""
    spring = agreement(id="spring", **{"from": "2027-03-01", "to": "2027-06-01"})
    all_year = agreement(id="year", **{"from": "2027-01-01", "to": "2028-01-01"})
    agreements = Agreements([spring, all_year])
    january, march, june, after = (
        datetime(year, month, 1, tzinfo=UTC)
        for year, month in ((2027, 1), (2027, 3), (2027, 6), (2028, 1))
    )
    assert covering(agreements) == ([], BEGINNING, january)
    assert covering(agreements, time=january) == (["year"], january, march)
    assert covering(agreements, time=march) == (["spring", "year"], march, june)
    assert covering(agreements, time=june) == (["year"], june, after)
    assert covering(agreements, time=after) == ([], after, END)


def test_only_what_is_agreed_is_covered():
    """Another recipient, purpose or state is covered by nothing; * stands for everybody."""
    agreements = Agreements([agreement(recipients=["Y90001"], **CARE)])
    assert covering(agreements)[0] == ["pilot"]
    assert covering(agreements, recipients=("Y90002", "*"))[0] == []
    assert covering(agreements, purpose="PATRQT")[0] == []
    assert covering(Agreements([agreement(**CARE)]), recipients=("RXX", "*"))[0] == ["pilot"]
    for state in ("draft", "signed", "suspended", "ended"):
        assert covering(Agreements([agreement(state=state)]))[0] == []


def test_a_change_makes_another_index_and_leaves_the_old_one():
    """An index that is changed is as one made anew of the same agreements; the one before still
    says what it said, and each is named by what is in it."""
    old = Agreements([agreement(id="a"), agreement(id="b")])
    ended = agreement(id="b", state="ended")
    new = old.changed([ended, agreement(id="c")])
    anew = Agreements([agreement(id="a"), ended, agreement(id="c")])
    assert covering(old)[0] == ["a", "b"]
    assert covering(new)[0] == covering(anew)[0] == ["a", "c"]
    assert new.hash == anew.hash != old.hash
    assert covering(new.without("a"))[0] == ["c"]
    assert covering(old.changed([], ["a", "b"]))[0] == []
