"""Several agreements together, those of holders, and what a decision relied on."""

from dataclasses import replace

import pytest

from openroots.gateway.policy.agreed import agreed
from openroots.gateway.policy.decision import Asking
from openroots.problem import Problem
from openroots.register.agreement import agreement_of
from openroots.register.agreements import Agreements
from openroots.register.proxy_role import INACTIVE, PROXY_ROLE
from openroots.register.relationship import BREAK_GLASS
from openroots.service import Caller
from openroots.storage import Change, Query
from openroots.testing import Nation
from tests.gateway.governed import (
    AGREEMENT,
    agree,
    agree_instead,
    make_proxy,
    object_to_research,
    relate,
)
from tests.gateway.test_policy import (
    JANE,
    PATIENT,
    READ,
    RESEARCH,
    SEARCH,
    STAFF,
    SUSAN,
    USER,
    EndsMeanwhile,
    refused_by,
    status,
)

RESTRICTED = READ.replace(JANE, "9727022820")
MATCH = {"If-Match": 'W/"2"'}
PATCH = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}


@pytest.mark.parametrize("strict", ["a-strict", "z-strict"])
def test_of_several_agreements_the_strictest_holds(openroots: Nation, strict: str) -> None:
    """What one of those that cover a use hides, or asks for, is hidden and asked for, though
    another does not, whichever comes first."""
    assert status(openroots, path=RESTRICTED) == 200
    agree(openroots, id=strict, conditions={"hides": ["R"]})
    assert status(openroots, path=RESTRICTED) == 404
    assert status(openroots) == 200
    agree(openroots, id=strict, conditions={"relationship": True})
    assert status(openroots, path=RESTRICTED) == 403
    assert refused_by(openroots) == ["relationship"]


def test_an_opt_out_is_honoured_where_one_of_several_agreements_does(openroots: Nation) -> None:
    """Another that does not honour it brings nobody back."""
    agree(openroots, id="open", purposes=["HRESCH"], conditions={"opt_out": False})
    object_to_research(openroots, JANE)
    assert status(openroots, RESEARCH) == 200
    agree(openroots, id="strict", purposes=["HRESCH"], conditions={"opt_out": True})
    assert status(openroots, RESEARCH) == 404


def holders_seen(nation: Nation, caller: Caller, *agreements: Agreements) -> object:
    """Whose records somebody may read of a service of which each holder shares its own."""
    service = next(one for one in nation.house.gateway.services if one.name == "demographics")
    of_holders = replace(service, by_holder=True)
    endpoint = next(one for one in service.endpoints if one.id == "demographics.read-patient")
    asking = Asking(caller, replace(endpoint, service=of_holders), nation.house.world.time.now())
    [known] = agreements or (Agreements(),)
    return agreed(asking, known, 1).decision.scope.holders


def test_what_holders_share_is_theirs_and_what_they_agreed_to(openroots: Nation) -> None:
    """Inside one organisation no agreement is needed; of others one sees what they agreed to; one
    who is of no organisation has nothing that is their own."""
    assert holders_seen(openroots, STAFF) == {"Y90001"}
    pilot = agreement_of({**AGREEMENT, "controllers": ["RZ1", "RZ2"]})
    assert holders_seen(openroots, STAFF, Agreements([pilot])) == {"Y90001", "RZ1", "RZ2"}
    every = agreement_of(AGREEMENT)
    assert holders_seen(openroots, STAFF, Agreements([every])) is None
    nowhere = replace(STAFF, ods_code="")
    assert holders_seen(openroots, nowhere, Agreements([pilot])) == {"RZ1", "RZ2"}
    with pytest.raises(Problem):
        holders_seen(openroots, nowhere)


def test_a_write_whose_relationship_ended_before_it_was_kept_is_refused(openroots: Nation) -> None:
    """As one is whose agreement did: nothing of it is kept."""
    agree_instead(openroots, conditions={"relationship": True})
    change = relate(openroots, JANE, f"user:{USER}")
    world = openroots.house.world
    over = {**(change.body or {}), "to": "2026-01-02T00:00:00+00:00"}
    ending = [Change(change.type, change.id, over, 1, change.subject)]
    world.store = EndsMeanwhile(world.store, ending)
    assert openroots.ask("PATCH", READ, PATCH, caller=STAFF, headers=MATCH).status == 403
    assert refused_by(openroots) == ["relationship"]
    assert world.store.snapshot().read([("Patient", JANE)])["Patient", JANE].version == 2


def test_a_write_of_a_proxy_whose_role_ended_before_it_was_kept_is_refused(
    openroots: Nation,
) -> None:
    """The patient took the role back first."""
    make_proxy(openroots, JANE, SUSAN, "demographics:*")
    world = openroots.house.world
    [role] = world.store.snapshot().search(Query(PROXY_ROLE)).rows
    over = {**role.body, "status": INACTIVE}
    ending = [Change(role.type, role.id, over, role.version, role.subject)]
    world.store = EndsMeanwhile(world.store, ending)
    proxy, mail = replace(PATIENT, actor=SUSAN), {"system": "email", "value": "a@example.com"}
    assert status(openroots, proxy) == 200
    patch = {"patches": [{"op": "add", "path": "/telecom/-", "value": mail}]}
    assert openroots.ask("PATCH", READ, patch, caller=proxy, headers=MATCH).status == 403
    assert refused_by(openroots) == ["proxy"]


def test_the_glass_counts_as_broken_only_where_nothing_else_lets_them_in(
    openroots: Nation,
) -> None:
    """With a relationship of another kind beside it the look is an ordinary one."""
    agree_instead(openroots, conditions={"relationship": True})
    relate(openroots, JANE, f"user:{USER}", source=BREAK_GLASS)
    status(openroots)
    assert openroots.audit()[-1]["purpose"] == "BTG"
    relate(openroots, JANE, "organisation:Y90001")
    status(openroots)
    assert openroots.audit()[-1]["purpose"] == "TREAT"
    assert "relationship:referral" in openroots.audit()[-1]["rules"]


def test_an_answer_is_not_given_again_of_whom_one_may_no_longer_see(openroots: Nation) -> None:
    """A write that is sent again gets its first answer; not where they have opted out since."""
    agree(openroots, purposes=["HRESCH"], conditions={"opt_out": True})
    lab = replace(STAFF, attributes={"purposes": "HRESCH"})
    headers = MATCH | {"X-Request-ID": "60e0b220-8136-4ca5-ae46-1d97ef59d068"}
    answers = [openroots.ask("PATCH", READ, PATCH, caller=lab, headers=headers) for _ in range(2)]
    assert [told.status for told in answers] == [200, 200]
    assert answers[0].raw == answers[1].raw
    object_to_research(openroots, JANE)
    again = openroots.ask("PATCH", READ, PATCH, caller=lab, headers=headers)
    assert (again.status, again.code) == (404, "RESOURCE_NOT_FOUND")


def test_a_practice_finds_and_reads_its_own_patients(openroots: Nation) -> None:
    """To be registered with it is a relationship like any other: no other practice has it, and a
    search is one among them alone."""
    agree_instead(openroots, conditions={"relationship": True})
    own, other = (replace(STAFF, ods_code=code) for code in ("Y12345", "Y90001"))
    found = [openroots.ask("GET", SEARCH, caller=caller).body["total"] for caller in (own, other)]
    assert found == [1, 0]
    assert [status(openroots, own), status(openroots, other)] == [200, 403]
    status(openroots, own)
    rules = openroots.audit()[-1]["rules"]
    assert rules == [
        "access-mode:healthcare-worker",
        "agreement:pilot",
        "relationship:registration",
    ]


def test_a_team_sees_whom_it_has_a_relationship_with(openroots: Nation) -> None:
    """While they act in a role that is of the team; and what they rely on is in the audit entry."""
    agree_instead(openroots, conditions={"relationship": True})
    relate(openroots, JANE, "team:heart-failure")
    nurse = replace(STAFF, acting=frozenset({"R8001", "team:heart-failure"}))
    assert [status(openroots, nurse), status(openroots, STAFF)] == [200, 403]
    status(openroots, nurse)
    rules = openroots.audit()[-1]["rules"]
    assert rules == ["access-mode:healthcare-worker", "agreement:pilot", "relationship:referral"]
    assert openroots.ask("GET", SEARCH, caller=nurse).body["total"] == 1


def test_a_search_among_more_people_than_can_be_asked_about_is_refused(
    openroots: Nation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a rule that says to ask for one of them; a question about one is answered."""
    agree_instead(openroots, conditions={"relationship": True})
    own = replace(STAFF, ods_code="Y12345")
    monkeypatch.setattr("openroots.gateway.policy.people.MOST", 2)
    assert openroots.ask("GET", SEARCH, caller=own).status == 403
    assert refused_by(openroots) == ["relationship-many"]
    assert status(openroots, own) == 200
