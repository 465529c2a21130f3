"""Governance by the tooling: agreements drawn up, moved and ended; what-if questions answered."""

import pytest

from openroots.service import Access, Caller
from openroots.testing import Nation, openroots_nation
from tests.gateway.governed import (
    AGREEMENT,
    FOUNDING,
    agree,
    agree_instead,
    make_proxy,
    move,
    relate,
)

READ = "/personal-demographics/FHIR/R4/Patient/9000000009"
JANE, SUSAN = "9000000009", "9732019395"
STAFF = Caller("app", "Y90001", Access.HEALTHCARE_WORKER, "910000000012", name="App")
PATIENT = Caller("app", "Y90001", Access.PATIENT, JANE, assurance="P9.Cp.Cd", name="App")


def tool(nation: Nation, method, path, body=None):
    """Status and answer of the tooling."""
    told = nation.tooling(method, path, body)
    return told.status, told.body


@pytest.fixture(scope="module")
def shared(openroots_seeded):
    """A world for tests that leave it as it is."""
    with openroots_nation(openroots_seeded) as nation:
        yield nation


def reads(nation):
    return nation.ask("GET", READ, caller=STAFF).status


def test_an_agreement_is_drawn_up_signed_and_started(openroots):
    """A draft permits nothing; signed, nothing; started, from the next request on what it says."""
    assert tool(openroots, "POST", f"/agreements/{FOUNDING}/end", {"reason": "a trial"})[0] == 200
    assert reads(openroots) == 403
    assert tool(openroots, "POST", "/agreements", AGREEMENT)[1]["state"] == "draft"
    for act, status in (("sign", 403), ("start", 200), ("suspend", 403), ("resume", 200)):
        assert tool(openroots, "POST", f"/agreements/pilot/{act}", {})[0] == 200
        assert reads(openroots) == status
    found = {one["id"]: one for one in tool(openroots, "GET", "/agreements")[1]["agreements"]}
    assert (found["pilot"]["permits"], found[FOUNDING]["permits"]) == (True, False)
    assert found[FOUNDING]["reason"] == "a trial"
    assert tool(openroots, "GET", "/agreements/pilot")[1]["acts"] == ["end", "suspend"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("GET", "/agreements/none", None, 404, "no agreement is called 'none'"),
        ("POST", "/agreements/none/end", {}, 404, "no agreement is called 'none'"),
        ("POST", f"/agreements/{FOUNDING}/start", {}, 409, "is in force: it cannot start"),
        ("POST", f"/agreements/{FOUNDING}/frame", {}, 409, "it cannot frame"),
        ("POST", "/agreements", {**AGREEMENT, "id": FOUNDING}, 409, "only drafts are changed"),
        ("POST", "/agreements", {**AGREEMENT, "purposes": ["FUN"]}, 400, "purposes"),
        ("POST", "/agreements", {}, 400, "purposes"),
        (
            "POST",
            "/agreements",
            {**AGREEMENT, "condition": {"relationship": True}},
            400,
            "condition",
        ),
        ("POST", "/agreements", {**AGREEMENT, "until": "2027-01-01"}, 400, "until"),
        (
            "POST",
            "/agreements",
            {**AGREEMENT, "conditions": {"hides": ["Restricted"]}},
            400,
            "conditions.hides: 'Restricted' is not a label of records: R (restricted), V (very",
        ),
        ("GET", "/who-could-read?subject=9111231130", None, 404, "nobody here"),
        ("GET", "/who-could-read", None, 404, "nobody here"),
        ("GET", "/what-if/agreements/none/ends", None, 404, "no agreement"),
        ("POST", "/opt-outs", {"subject": "x"}, 404, "nobody here"),
        ("POST", "/proxies", {"patient": JANE, "proxy": SUSAN, "permissions": [7]}, 400, "perm"),
        (
            *("POST", "/proxies", {"patient": JANE, "proxy": SUSAN, "permissions": ["x:read"]}),
            *(400, "permissions: 'x:read' is not a category of data with one of create, delete"),
        ),
        (
            *("POST", "/proxies"),
            {"patient": JANE, "proxy": SUSAN, "permissions": ["demographics:fly"]},
            *(400, "permissions: 'demographics:fly' is not"),
        ),
        ("POST", "/proxies", {"patient": JANE, "proxy": SUSAN, "end": True}, 404, "nobody acts"),
        (
            *("POST", "/proxies", {"patient": JANE, "proxy": JANE, "permissions": ["a:read"]}, 400),
            "nobody is a proxy for themselves",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_a_mend(shared, method, path, body, status, words):
    """What is unknown, not well formed or not possible now is refused, and says how to mend it."""
    found, told = tool(shared, method, path, body)
    assert (found, words in told["error"]) == (status, True), told
    assert told["mend"]


def test_what_is_wrong_with_an_agreement_that_was_kept_before_is_told(openroots):
    """An earlier version kept one that hides what is labelled as nothing is, or one with a part
    that is none: it stays as it is, and whoever looks at it is told."""
    agree(openroots, id="old", conditions={"hides": ["Restricted"]}, state="draft")
    agree(openroots, id="older", condition={"relationship": True})
    told = tool(openroots, "GET", "/agreements")[1]["agreements"]
    wrong = {one["id"]: one["wrong"] for one in told if one["wrong"]}
    assert wrong.keys() == {"old", "older"}
    assert "conditions.hides: 'Restricted' is not a label of records: R (" in wrong["old"]
    assert "'condition' is not of an agreement" in wrong["older"]
    old = tool(openroots, "GET", "/agreements/old")[1]
    assert old["wrong"] == wrong["old"]
    assert tool(openroots, "POST", "/agreements/old/sign", {})[1]["wrong"] == wrong["old"]
    assert tool(openroots, "GET", f"/agreements/{FOUNDING}")[1]["wrong"] == ""


def test_what_an_agreement_hides_is_not_there_for_whom_it_lets_in(openroots):
    """Records of a label that it hides are found by nobody who asks by it; others are."""
    rowan = READ.replace(JANE, "9727022820")
    assert openroots.ask("GET", rowan, caller=STAFF).status == 200
    tool(openroots, "POST", f"/agreements/{FOUNDING}/end", {"reason": "a trial"})
    tool(openroots, "POST", "/agreements", {**AGREEMENT, "conditions": {"hides": ["R", "V"]}})
    for act in ("sign", "start"):
        tool(openroots, "POST", f"/agreements/pilot/{act}", {})
    assert openroots.ask("GET", rowan, caller=STAFF).status == 404
    assert reads(openroots) == 200
    herself = Caller("app", "Y90001", Access.PATIENT, "9727022820", assurance="P9.Cp.Cd")
    assert openroots.ask("GET", rowan, caller=herself).status == 404
    assert let_in_by(openroots, "9727022820") == []
    assert [one["rule"] for one in let_in_by(openroots, JANE)] == ["own-record", "agreement:pilot"]


def let_in_by(nation, number):
    """Whom an agreement about demographics lets read something of somebody, as is told."""
    told = tool(nation, "GET", f"/who-could-read?subject={number}")[1]["who"]
    return [each for each in told if "demographics" in each["what"]]


def test_who_could_read_tells_each_way_in_and_its_rule(openroots):
    """The person themselves, their proxies, whoever an agreement lets in and those with whom a
    relationship stands are each told with the rule, and with the role that staff need; the
    question itself is audited."""
    make_proxy(openroots, JANE, SUSAN, "demographics:read")
    relate(openroots, JANE, "user:910000000012")
    status, told = tool(openroots, "GET", f"/who-could-read?subject={JANE}")
    rules = {one["rule"]: one for one in told["who"]}
    assert status == 200
    assert {"own-record", "proxy", "relationship:registration", "relationship:referral"} <= set(
        rules
    )
    assert rules[f"agreement:{FOUNDING}"]["who"] == "every organisation"
    assert "in a role" not in rules[f"agreement:{FOUNDING}"]["words"]
    asked = "access-log in a role with B0015 or B0016 or R8016"
    assert asked in rules["agreement:national-access-log"]["words"]
    assert rules["relationship:registration"]["who"] == "organisation:Y12345"
    assert rules["relationship:referral"]["who"] == "user:910000000012"
    entry = openroots.audit()[-1]
    assert (entry["endpoint"], len(entry["subjects"])) == ("tooling.who-could-read", 1)


def test_nobody_is_told_of_who_could_read_nothing(openroots):
    """A proxy is told with what they may read and no other data; one who may only change it, and
    an agreement of somebody who does not share what the nation keeps, are no way in. Where no
    agreement shares it with patients, they are none either."""
    make_proxy(openroots, JANE, SUSAN, "demographics:read", "access-log:update")
    make_proxy(openroots, JANE, "9000000017", "demographics:update")
    agree(openroots, controllers=["RZ1"])

    def ways():
        told = tool(openroots, "GET", f"/who-could-read?subject={JANE}")[1]["who"]
        return [(one["rule"], one["what"]) for one in told]

    told = dict(ways())
    assert told["proxy"] == ["demographics"]
    assert {"demographics", "access-log"} <= set(told["own-record"])
    assert "legitimate-relationships" not in told["own-record"]
    assert "agreement:pilot" not in told
    assert [rule for rule, _ in ways()].count("proxy") == 1
    move(openroots, "end")
    told = dict(ways())
    assert "proxy" not in told
    assert "demographics" not in told["own-record"]
    assert openroots.ask("GET", READ, caller=PATIENT).status == 403


def test_what_does_not_share_covers_nothing(openroots):
    """An agreement of one organisation shares nothing of the nation's, so a use that rests on the
    nation's agreement is lost with that, and none with the other."""
    agree(openroots, controllers=["RZ1"])
    told = tool(openroots, "GET", f"/what-if/agreements/{FOUNDING}/ends")[1]
    assert told["uses"]
    assert all(use["lost"] and not use["coveredBy"] for use in told["uses"])
    assert tool(openroots, "GET", "/what-if/agreements/pilot/ends")[1]["uses"] == []
    move(openroots, "end")
    assert reads(openroots) == 403


def test_who_has_opted_out_is_told_so_and_research_is_not_let_in(openroots):
    """For somebody who has opted out, an agreement that honours it is no way in."""
    research = {**AGREEMENT, "purposes": ["HRESCH"], "conditions": {"opt_out": True}}
    tool(openroots, "POST", "/agreements", research)
    for act in ("sign", "start"):
        tool(openroots, "POST", f"/agreements/pilot/{act}", {})

    def rules():
        told = tool(openroots, "GET", f"/who-could-read?subject={JANE}")[1]
        return told["optedOut"], "agreement:pilot" in {one["rule"] for one in told["who"]}

    assert rules() == (False, True)
    assert tool(openroots, "POST", "/opt-outs", {"subject": JANE})[1]["changed"] is True
    assert tool(openroots, "POST", "/opt-outs", {"subject": JANE})[1]["changed"] is False
    assert rules() == (True, False)
    assert tool(openroots, "POST", "/opt-outs", {"subject": JANE, "lift": True})[1]["changed"]
    assert rules() == (False, True)


def test_who_has_opted_out_is_told_who_may_still_treat_them(openroots):
    """Of an agreement for care and for research that honours the opt-out, the care alone is a way
    in; and it is one."""
    agree_instead(openroots, purposes=["HRESCH", "TREAT"], conditions={"opt_out": True})
    tool(openroots, "POST", "/opt-outs", {"subject": JANE})
    told = tool(openroots, "GET", f"/who-could-read?subject={JANE}")[1]["who"]
    [words] = [one["words"] for one in told if one["rule"] == "agreement:pilot"]
    assert words == "A pilot; for TREAT"
    assert reads(openroots) == 200


def test_what_would_change_is_what_changes(openroots):
    """Before an agreement ends one is told which uses nothing else covers and how many of the
    requests that were made would be refused, those aside that came to nothing; after it has ended
    just those are."""
    for _ in range(3):
        reads(openroots)
    assert openroots.ask("GET", READ.replace(JANE, "9111231130"), caller=STAFF).status == 404
    told = tool(openroots, "GET", f"/what-if/agreements/{FOUNDING}/ends")[1]
    [one] = told["refused"]
    assert (one["application"], one["endpoint"], one["requests"]) == (
        *("app", "demographics.read-patient", 3),
    )
    lost = {use["purpose"]: use["lost"] for use in told["uses"]}
    assert "read" in lost["TREAT"]
    tool(openroots, "POST", "/agreements", {**AGREEMENT, "purposes": ["TREAT"]})
    for act in ("sign", "start"):
        tool(openroots, "POST", f"/agreements/pilot/{act}", {})
    reads(openroots)
    told = tool(openroots, "GET", f"/what-if/agreements/{FOUNDING}/ends")[1]
    covered = {use["purpose"]: (use["lost"], use["coveredBy"]) for use in told["uses"]}
    assert covered["TREAT"] == ([], ["pilot"])
    assert covered["ETREAT"][0]
    assert (told["refused"], told["stillPermitted"]) == ([], 4)
    tool(openroots, "POST", f"/agreements/{FOUNDING}/end", {})
    assert reads(openroots) == 200


def test_a_proxy_role_is_given_and_ended(openroots):
    """The operator of a sandbox gives somebody a role in which to act, and ends it."""
    proxy = Caller("app", "", Access.PATIENT, JANE, assurance="P9.Cp.Cd", actor=SUSAN)
    body = {"patient": JANE, "proxy": SUSAN}
    given = {**body, "permissions": ["demographics:read"]}
    assert tool(openroots, "POST", "/proxies", given) == (200, {"status": "active"})
    assert openroots.ask("GET", READ, caller=proxy).status == 200
    assert tool(openroots, "POST", "/proxies", {**body, "end": True})[1]["status"] == "inactive"
    assert openroots.ask("GET", READ, caller=proxy).status == 403
