"""Claims of relationships and broken glass: what they permit, whom they alert, how they end."""

import pytest

from openroots.service import Access, Caller
from openroots.services.demographics.published import person_key
from openroots.storage import Query
from openroots.testing import openroots_nation
from tests.gateway.governed import agree_instead

BASE = "/legitimate-relationships"
READ = "/personal-demographics/FHIR/R4/Patient/9000000009"
APP, OTHER = "ashby-practice-system", "ferndale-records-service"
DOCTOR, CLERK, OFFICER = "staff:910000000012", "staff:910000000034", "staff:910000000045"
HOSPITAL_NURSE = {"NHSD-Session-URID": "910000001033"}
BODY = {"patient": "9000000009", "reason": "Unconscious in the emergency department"}
JSON = {"Content-Type": "application/json"}


def post(nation, path, body, whom=DOCTOR, **headers):
    token = nation.token(APP, whom) if whom else {}
    return nation.ask("POST", f"{BASE}{path}", body, headers=token | JSON | headers)


def get(nation, path, whom=DOCTOR, **headers):
    return nation.ask("GET", f"{BASE}{path}", headers=nation.token(APP, whom) | headers)


def may_read(nation, whom=DOCTOR, **headers):
    return nation.ask("GET", READ, headers=nation.token(APP, whom) | headers).status == 200


@pytest.fixture
def careful(openroots):
    """A world in which a relationship is asked for."""
    agree_instead(openroots, conditions={"relationship": True})
    return openroots


@pytest.fixture(scope="module")
def shared(openroots_seeded):
    """The same, for tests that leave it as it is."""
    with openroots_nation(openroots_seeded) as nation:
        agree_instead(nation, conditions={"relationship": True})
        yield nation


@pytest.mark.parametrize(
    ("path", "source", "until"),
    [
        ("/break-glass", "break-glass", "2026-11-21T20:00:00+00:00"),
        ("/claims", "self-claimed", "2026-12-21T12:00:00+00:00"),
    ],
)
def test_a_claim_lets_its_user_in_until_it_ends_by_itself(careful, path, source, until):
    """Who claims a relationship, or breaks the glass with a reason, may see the record from the
    next request on, until the claim ends; nobody else may, and the audit entry says how."""
    assert not may_read(careful)
    told = post(careful, path, BODY)
    assert (told.status, told.body["source"], told.body["to"]) == (201, source, until)
    assert may_read(careful)
    entry = careful.audit()[-1]
    assert f"relationship:{source}" in entry["rules"]
    assert entry["purpose"] == ("BTG" if source == "break-glass" else "TREAT")
    assert not may_read(careful, CLERK)
    careful.move_clock(until)
    assert not may_read(careful)


@pytest.mark.parametrize(("path", "found"), [("/break-glass", 0), ("/claims", 1)])
def test_no_search_finds_anybody_by_broken_glass(careful, path, found):
    """Each look through broken glass is told to the person as one: so it opens a record that is
    asked for by its number, and a search finds nobody by it; a claim is as good for both."""
    search = f"{READ.rpartition('/')[0]}?family=Smith&gender=female&birthdate=eq2010-10-22"
    post(careful, path, BODY)
    assert may_read(careful)
    token = careful.token(APP, DOCTOR)
    assert careful.ask("GET", search, headers=token).body["total"] == found


def test_broken_glass_shows_a_record_and_changes_none(careful):
    """Who has to change it claims a relationship, as they are told, and then may."""
    gender = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}
    headers = {"Content-Type": "application/json-patch+json", "If-Match": 'W/"2"'}
    headers |= careful.token(APP, DOCTOR)
    post(careful, "/break-glass", BODY)
    assert may_read(careful)
    told = careful.ask("PATCH", READ, gender, headers=headers)
    [issue] = told.body["issue"]
    assert (told.status, issue["details"]["coding"][0]["code"]) == (403, "ACCESS_DENIED")
    assert "lets them see the record, not change it" in issue["diagnostics"]
    assert careful.ask("GET", READ).headers["etag"] == 'W/"2"'
    post(careful, "/claims", BODY)
    assert careful.ask("PATCH", READ, gender, headers=headers).status == 200


@pytest.mark.parametrize("path", ["/break-glass", "/claims"])
def test_a_claim_is_good_where_it_was_made(careful, path):
    """Who acts in two organisations gets in by a claim in that one alone whose privacy officer was
    alerted, and finds nobody in the other."""
    nurse, practice = "staff:910000000023", {"NHSD-Session-URID": "910000001022"}
    post(careful, path, BODY, nurse, **HOSPITAL_NURSE)
    assert may_read(careful, nurse, **HOSPITAL_NURSE)
    assert not may_read(careful, nurse, **practice)
    search = f"{READ.rpartition('/')[0]}?family=Smith&gender=female&birthdate=eq2010-10-22"
    token = careful.token(APP, nurse)
    assert careful.ask("GET", search, headers=token | practice).body["total"] == 0


def test_a_claim_that_is_ended_lets_nobody_in(careful):
    """Its user can end a claim before its time; it permits nothing from the next request on, and
    cannot be ended twice."""
    id = post(careful, "/claims", BODY).body["id"]
    assert may_read(careful)
    ended = post(careful, f"/relationships/{id}/end", None)
    kept = get(careful, f"/relationships/{id}")
    assert (ended.status, ended.raw, ended.headers["etag"]) == (200, kept.raw, kept.headers["etag"])
    assert not may_read(careful)
    assert post(careful, f"/relationships/{id}/end", None).body["errors"][0]["code"] == (
        "already_ended"
    )


@pytest.mark.parametrize(
    ("body", "code", "part"),
    [
        ({"patient": "9000000009"}, 400, "reason is missing"),
        ({"patient": "9000000009", "reason": ""}, 400, "reason is not"),
        ({"patient": "9000000009", "reason": "   .  "}, 400, "reason is not"),
        ({"patient": "9000000009", "reason": 7}, 400, "reason is not"),
        ({"patient": "9000000009", "reason": "x" * 1001}, 400, "reason is not"),
        ({"reason": "An emergency"}, 400, "patient is missing"),
        ({"patient": "9000000000", "reason": "An emergency"}, 400, "patient is not"),
        ({"patient": 9000000009, "reason": "An emergency"}, 400, "patient is not"),
        ({"patient": "9111231130", "reason": "An emergency"}, 404, "Nobody has"),
        ({**BODY, "hours": 25}, 400, "hours is not"),
        ({**BODY, "hours": 0}, 400, "hours is not"),
        ({**BODY, "hours": True}, 400, "hours is not"),
        ({**BODY, "days": 3}, 400, "days is no part of the body"),
        ({**BODY, "until": "2027-01-01"}, 400, "It takes patient, reason, hours."),
        ({**BODY, "reason": "An emergency\x1b[2J"}, 400, "reason is not"),
        ([], 400, "patient is missing"),
        (b"{", 400, "not JSON"),
    ],
)
def test_the_glass_is_not_broken_without_a_reason_and_a_person(shared, body, code, part):
    """Without a reason in words, of somebody who is not there, or for longer than a day, nothing
    is given, and the refusal names the part."""
    told = post(shared, "/break-glass", body)
    assert (told.status, part in told.raw.decode()) == (code, True), told.raw
    assert not may_read(shared)


@pytest.mark.parametrize(("path", "whom"), [("/relationships", DOCTOR), ("/alerts", OFFICER)])
def test_a_list_takes_no_parameter_but_where_it_goes_on(shared, path, whom):
    """Whoever asks for those of one patient is not shown all as if they were theirs."""
    told = get(shared, f"{path}?patient=9000000009", whom)
    assert (told.status, "It takes after" in told.raw.decode()) == (400, True)
    assert get(shared, f"{path}?after=", whom).status == 200


def test_nobody_claims_who_has_not_said_who_they_are(careful):
    """An application by itself, a patient, or whoever gives no token can claim nothing."""
    assert post(careful, "/claims", BODY, whom="").status == 403
    assert post(careful, "/claims", BODY, whom=None).status == 403
    assert post(careful, "/claims", BODY, whom="citizen:9000000009").status == 401


def test_the_privacy_officer_of_the_organisation_is_alerted(openroots):
    """Each claim gives rise to a signal and an alert that name nobody. Officers of the organisation
    see it, may look at the relationship behind it, end that, and note that they have looked."""
    claimed = post(openroots, "/break-glass", BODY, "staff:910000000023", **HOSPITAL_NURSE).body
    assert openroots.signals() == ["legitimate-relationship-alert-1"]
    [alert] = get(openroots, "/alerts", OFFICER).body["alerts"]
    assert (alert["kind"], alert["organisation"]) == ("break-glass", "Y90002")
    assert BODY["patient"] not in str(alert)
    relationship = f"/relationships/{alert['relationship']}"
    assert (
        get(openroots, relationship, OFFICER).body["reason"] == BODY["reason"] == claimed["reason"]
    )
    assert post(openroots, f"{relationship}/end", None, OFFICER).status == 200
    review = f"/alerts/{alert['id']}/review"
    assert post(openroots, review, None, OFFICER).body["by"] == OFFICER.partition(":")[2]
    assert post(openroots, review, None, OFFICER).status == 409


def test_alerts_and_relationships_of_others_are_not_there(openroots):
    """Staff in other roles list no alerts; an officer sees or reviews none of another organisation,
    nor the relationship behind it; staff see no relationship of a colleague."""
    id = post(openroots, "/break-glass", BODY).body["id"]
    assert get(openroots, "/alerts").status == 403
    assert openroots.ask("GET", f"{BASE}/alerts").status == 403
    assert get(openroots, "/alerts", OFFICER).body["alerts"] == []
    [alert] = openroots.house.world.store.snapshot().search(Query("Alert")).rows
    assert post(openroots, f"/alerts/{alert.id}/review", None, OFFICER).status == 404
    assert get(openroots, f"/relationships/{id}", OFFICER).status == 404
    assert get(openroots, f"/relationships/{id}", CLERK).status == 404
    assert get(openroots, "/relationships", CLERK).body["relationships"] == []
    assert [one["id"] for one in get(openroots, "/relationships").body["relationships"]] == [id]


def test_no_answer_tells_by_what_key_a_person_is_known_here(openroots):
    """Neither to who claimed the relationship nor to who looks at what was claimed."""
    claimed = post(openroots, "/break-glass", BODY, "staff:910000000023", **HOSPITAL_NURSE)
    path = f"/relationships/{claimed.body['id']}"
    nurse = "staff:910000000023"
    answers = [
        claimed,
        get(openroots, "/relationships", nurse, **HOSPITAL_NURSE),
        get(openroots, path, nurse, **HOSPITAL_NURSE),
        get(openroots, path, OFFICER),
        get(openroots, "/alerts", OFFICER),
        post(openroots, f"{path}/end", None, OFFICER),
    ]
    assert {told.status // 100 for told in answers} == {2}
    key = person_key(BODY["patient"]).encode()
    assert [told.raw for told in answers if key in told.raw] == []


def test_a_relationship_is_shown_to_who_has_said_who_they_are(shared):
    """Staff whom nobody was asked to name have none of their own, and see none."""
    unnamed = Caller("ashby", "Y90001", Access.HEALTHCARE_WORKER, acting=frozenset({"R8000"}))
    for method, path in (("GET", ""), ("GET", "/any"), ("POST", "/any/end")):
        told = shared.ask(method, f"{BASE}/relationships{path}", caller=unnamed)
        assert (told.status, told.body["errors"][0]["code"]) == (403, "user_needed")


def test_a_reason_is_in_no_trail(openroots):
    """What somebody writes as a reason may tell of the person: it is kept with the claim alone."""
    post(openroots, "/break-glass", BODY)
    assert BODY["reason"] not in str(openroots.trails())
    assert BODY["patient"] not in str(openroots.trails())
