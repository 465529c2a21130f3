"""What if an agreement ended: what is told before is what is so after."""

from dataclasses import replace

import pytest

from tests.gateway.governed import FOUNDING, agree, move
from tests.gateway.test_governance import JANE, READ, STAFF, reads, tool

RESTRICTED = "9000000025"


def ended(nation, id=FOUNDING, purpose="TREAT"):
    """What would become of a use for this purpose if an agreement ended."""
    told = tool(nation, "GET", f"/what-if/agreements/{id}/ends")[1]
    [use] = [one for one in told["uses"] if one["purpose"] == purpose]
    return use


def test_what_an_agreement_asks_is_asked_no_more_when_it_has_ended(openroots):
    """Of several agreements the strictest holds. Before it ends one is told what nobody would ask
    then; after it has ended just that is not asked."""
    asks = {"relationship": True, "hides": ["R"]}
    agree(openroots, conditions=asks)
    assert reads(openroots) == 403
    use = ended(openroots, "pilot")
    assert (use["lost"], use["coveredBy"]) == ([], [FOUNDING])
    assert use["noLongerAsked"] == [
        "a legitimate relationship",
        "that what is labelled R is hidden",
    ]
    agree(openroots, id="as-strict", conditions=asks)
    assert ended(openroots, "pilot")["noLongerAsked"] == []
    move(openroots, "end", "as-strict")
    move(openroots, "end", "pilot")
    assert reads(openroots) == 200


def test_what_was_asked_is_counted_by_what_is_agreed_now(openroots):
    """Requests that were made are counted as they would be answered if they were made again: also
    by an agreement that came later, and not by one that has ended since. Where another asks who
    the user is, or for a relationship, nothing of the past tells that they go on; and where the
    agreement permits nothing now, nothing changes."""

    def counted(id=FOUNDING):
        told = tool(openroots, "GET", f"/what-if/agreements/{id}/ends")[1]
        return sum(one["requests"] for one in told["refused"]), told["stillPermitted"]

    reads(openroots)
    assert counted() == (1, 0)
    agree(openroots)
    assert counted() == (0, 1)
    reads(openroots)
    assert counted() == (0, 2)
    for asked in ({"roles": ["R5555"]}, {"assurance": "aal3"}, {"relationship": True}):
        agree(openroots, conditions=asked)
        assert counted() == (1, 1)
    move(openroots, "end", "pilot")
    assert counted() == (2, 0)
    assert counted("pilot") == (0, 0)
    move(openroots, "end")
    assert reads(openroots) == 403


def test_what_others_ask_is_asked_when_an_agreement_has_ended(openroots):
    """A use that another agreement covers goes on for those who are who that one asks for: it is
    told, and so it is. Of patients no role is asked."""
    agree(openroots, conditions={"roles": ["R5555"], "assurance": "aal3"})
    use = ended(openroots)
    assert (use["lost"], use["askedInstead"]) == ([], ["a role with R5555", "level aal3"])
    assert ended(openroots, purpose="PATRQT")["askedInstead"] == ["level aal3"]
    move(openroots, "end")
    assert reads(openroots) == 403


@pytest.mark.parametrize(
    ("ending", "other"),
    [
        ("Y90001", "setting:general-practice"),
        ("setting:general-practice", "Y90001"),
        ("*", "Y90001"),
    ],
)
def test_who_is_meant_by_another_name_is_told_to_go_on(openroots, ending, other):
    """What an agreement lets an organisation do, another may let it do in a care setting, and the
    other way round: it is lost for some, and not for those."""
    move(openroots, "end")
    agree(openroots, recipients=[ending])
    agree(openroots, id="other", recipients=[other])
    use = ended(openroots, "pilot")
    assert "read" in use["lost"]
    assert (use["coveredBy"], use["coveredForSomeBy"]) == ([], ["other"])
    move(openroots, "end", "pilot")
    caller = replace(STAFF, setting="general-practice")
    assert openroots.ask("GET", READ, caller=caller).status == 200


def test_who_could_read_tells_what_another_agreement_asks_and_hides(openroots):
    """What one agreement hides or asks for is hidden and asked for though another permits it."""
    agree(openroots, conditions={"relationship": True, "hides": ["R"]}, purposes=["TREAT"])

    def words(number):
        told = tool(openroots, "GET", f"/who-could-read?subject={number}")[1]["who"]
        return next(one["words"] for one in told if one["rule"] == f"agreement:{FOUNDING}")

    also = "for TREAT with a legitimate relationship, as pilot asks"
    assert words(JANE).endswith(f"for BTG, CAREMGT, ETREAT, PATRQT, TREAT; {also}")
    assert words(RESTRICTED).endswith(f"for BTG, CAREMGT, ETREAT, PATRQT; {also}")
