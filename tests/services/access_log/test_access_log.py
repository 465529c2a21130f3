"""Who looked at a record: told to the person themselves and to privacy officers, to nobody else."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from fhir.resources.R4B.auditevent import AuditEvent

from openroots.service import Access, Caller
from openroots.services import find
from openroots.services.demographics.published import person_key
from openroots.storage import Change
from openroots.storage.receipt import checked
from openroots.testing import NOON
from tests.gateway.door import Door

PDS = "/personal-demographics/FHIR/R4"
JANE, JAYNE = "9000000009", "9000000017"
JANE_READ = f"{PDS}/Patient/{JANE}"
WORKER = Caller("ashby", "Y12345", Access.HEALTHCARE_WORKER, subject="555000000001")
SYSTEM = Caller("ashby", "Y12345", Access.APPLICATION)
OFFICER = Caller(
    "privacy",
    "X26",
    Access.HEALTHCARE_WORKER,
    subject="555000000002",
    acting=frozenset({"B0016"}),
)
ME = Caller("nhs-app", "X26", Access.PATIENT, subject=JANE, assurance="P9.Cp.Cd")
MINE = f"/access-log/{JANE}"


@pytest.fixture
def looked(openroots):
    """A world in which a member of staff, a system and Jane herself looked at Jane's record."""
    staff = {"id": "555000000001", "name": "Ada Okafor", "roles": []}
    application = {"id": "ashby", "name": "Ashby Surgery System", "ods_code": "Y12345"}
    openroots.holds(
        Change("StaffUser", staff["id"], staff, expect=0),
        Change("Application", "ashby", application, expect=0),
    )
    for caller in (WORKER, SYSTEM, ME):
        assert openroots.ask("GET", JANE_READ, caller=caller).status == 200
    openroots.ask("GET", f"{PDS}/Patient/{JAYNE}", caller=WORKER)
    return openroots


def test_the_privacy_officer_of_a_made_up_hospital_reads_the_log(looked):
    """Whoever gets alerts may ask who looked: the role of a privacy officer is enough for both."""
    officer = looked.token("ferndale-records-service", "staff:910000000045")
    told = looked.ask("GET", MINE, headers=officer)
    assert (told.status, told.body["person"]) == (200, JANE)
    assert looked.ask("GET", "/legitimate-relationships/alerts", headers=officer).status == 200
    doctor = looked.token("ashby-practice-system", "staff:910000000012")
    assert looked.ask("GET", MINE, headers=doctor).status == 403


def looks_of(told):
    """All looks of a page, in the order told."""
    return [look for group in told.body["groups"] for look in group["looks"]]


def test_one_is_told_who_looked_at_ones_own_record(looked):
    """People, systems and oneself are told apart, with names, purposes and what was done."""
    told = looked.ask("GET", "/access-log/me", caller=ME)
    assert (told.status, told.body["total"], told.body["person"]) == (200, 3, JANE)
    by = [(look["by"]["kind"], look["by"]["name"]) for look in looks_of(told)]
    assert sorted(by) == [
        ("staff", "Ada Okafor"),
        ("system", "Ashby Surgery System"),
        ("you", "You"),
    ]
    assert {look["purpose"]["words"] for look in looks_of(told)} == {
        "To give care",
        "Because you asked, or somebody who acts for you",
    }
    assert {look["did"] for look in looks_of(told)} == {"Get patient details."}
    assert {look["application"]["name"] for look in looks_of(told)} >= {"Ashby Surgery System"}


def test_an_officer_is_told_of_the_patient_and_not_as_the_patient(looked):
    """What the patient did is not said to be done by "you" to somebody else, nor in AuditEvents."""
    kept(looked, access="patient", user="", acting=[JANE, "9000000033"])
    looks = looks_of(looked.ask("GET", MINE, caller=OFFICER))
    by = {(look["by"]["kind"], look["by"]["name"]) for look in looks}
    assert {("patient", "The patient"), ("proxy", "Somebody who acts for the patient")} <= by
    words = {look["purpose"]["words"] for look in looks}
    assert "Because the patient asked, or somebody who acts for them" in words
    told = looked.ask("GET", f"{MINE}/AuditEvent", caller=OFFICER).body
    names = {each["who"]["display"] for one in told["entry"] for each in one["resource"]["agent"]}
    assert ("The patient" in names, "You" in names) == (True, False)


def test_what_is_done_to_records_is_said_in_words_for_whoever_reads_the_log():
    """The first line about an endpoint is what a person is told was done: "you" would be them."""
    words = [each.summary for one in find() if one.category for each in one.endpoints]
    assert [said for said in words if re.search(r"\byours?\b|\byou\b|^The same", said)] == []


def test_a_refusal_is_told_where_it_came_of_a_look(looked):
    """A change that comes too late is, as refused. What a rule of the policy refused before is not,
    whoever asked about whomever: of that the audit log holds by whom and by which rule."""
    patch = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}
    late = {"If-Match": 'W/"1"'}
    assert looked.ask("PATCH", JANE_READ, patch, caller=WORKER, headers=late).status == 409
    assert looked.ask("GET", f"{PDS}/Patient/{JAYNE}", caller=ME).status == 403
    assert looked.ask("GET", JANE_READ, caller=replace(ME, subject=JAYNE)).status == 403
    tried, other = looked.audit()[-2:]
    assert [entry["rules"] for entry in (tried, other)] == [["own-record"], ["own-record"]]
    assert [entry["subjects"] for entry in (tried, other)] == [[], []]
    looks = looks_of(looked.ask("GET", MINE, caller=OFFICER))
    assert [look["did"] for look in looks if look["refused"]] == ["Update patient details."]


def test_looks_are_grouped_by_day_and_organisation(looked):
    """One group for each organisation and day, the newest day first."""
    kept(looked, wall=NOON - timedelta(days=3))
    kept(looked, wall=NOON - timedelta(days=3), organisation="A1")
    told = looked.ask("GET", MINE, caller=OFFICER)
    groups = [(group["day"], group["organisation"]["code"]) for group in told.body["groups"]]
    today, before = "2026-11-21", "2026-11-18"
    assert groups == [(today, "X26"), (today, "Y12345"), (before, "A1"), (before, "Y12345")]


def test_reading_the_log_is_in_the_log(looked):
    """Who asked who looked is told too, and by name."""
    looked.ask("GET", MINE, caller=OFFICER)
    assert looked.audit()[-1]["subjects"] == [person_key(JANE)]
    assert "role" in looked.audit()[-1]["rules"]
    told = looked.ask("GET", "/access-log/me", caller=ME)
    dids = {look["did"] for look in looks_of(told)}
    assert "Who looked at somebody's record, for privacy officers." in dids


def kept(looked, **said):
    """One more entry about Jane, as the gateway keeps it."""
    usual = {
        "wall": NOON,
        "time": NOON,
        "application": "ashby",
        "organisation": "Y12345",
        "access": "healthcare-worker",
        "user": "555000000001",
        "endpoint": "demographics.read-patient",
        "subjects": [person_key(JANE)],
        "status": 200,
        "trail": "f" * 24,
    }
    looked.run(looked.house.journal.keep({**usual, **said}))


def test_a_proxy_is_told_apart_and_named(looked):
    """Somebody who acts for a patient is named to whoever may see their record, and nowhere in the
    log; to the patient once they were given a role, also after it has ended."""
    kept(looked, access="patient", user="", acting=[JANE, JAYNE])
    names = {look["by"]["name"] for look in looks_of(looked.ask("GET", MINE, caller=OFFICER))}
    assert any("Smith" in name or "Smyth" in name for name in names)
    told = looks_of(looked.ask("GET", "/access-log/me", caller=ME))
    proxies = [look["by"] for look in told if look["by"]["kind"] == "proxy"]
    assert proxies == [{"kind": "proxy", "name": "Somebody who acts for you"}]
    role = {"patient": JANE, "proxy": JAYNE}
    Door(looked).post("/proxies", role | {"permissions": ["demographics:read"]})
    for given in ({}, {"end": True}):
        if given:
            Door(looked).post("/proxies", role | given)
        told = looks_of(looked.ask("GET", "/access-log/me", caller=ME))
        [name] = {look["by"]["name"] for look in told if look["by"]["kind"] == "proxy"}
        assert name.endswith("Jayne Smyth")
    [did] = {look["did"] for look in told if look["endpoint"] == "tooling.proxies"}
    assert did == "With the command of this installation: proxies."
    log = (looked.house.settings.state / "audit" / "0.jsonl").read_text()
    assert JANE not in log
    assert JAYNE not in log


def test_pages_follow_one_another(looked):
    """`next` leads through all of it, each look once."""
    for _ in range(7):
        looked.ask("GET", JANE_READ, caller=WORKER)
    path, trails = f"{MINE}?count=3", []
    while path:
        told = looked.ask("GET", path, caller=OFFICER)
        assert told.status == 200
        trails += [look["trail"] for look in looks_of(told)]
        path = told.body.get("next")
    assert len(trails) == len(set(trails)) == 10


def test_each_look_can_come_with_its_receipt(looked):
    """The receipt is the one that the caller got then, and the public keys check it."""
    told = looked.ask("GET", f"{MINE}?receipts=true", caller=OFFICER)
    receipts = [look["receipt"] for look in looks_of(told) if "receipt" in look]
    assert len(receipts) == 3
    for look in looks_of(told):
        if "receipt" in look:
            assert checked(look["receipt"], looked.house.world.keys)["trail"] == look["trail"]


def test_the_same_as_audit_events(looked):
    """The FHIR view holds each look as an AuditEvent in a pattern of BALP, which a stock library
    accepts."""
    told = looked.ask("GET", f"{MINE}/AuditEvent?_count=2", caller=OFFICER)
    assert told.headers["content-type"] == "application/fhir+json"
    assert (told.body["type"], told.body["total"], len(told.body["entry"])) == ("searchset", 3, 2)
    events = [entry["resource"] for entry in told.body["entry"]]
    for event in events:
        assert AuditEvent.model_validate(event).action == "R"
        assert event["meta"]["profile"] == [
            "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PatientRead"
        ]
        patient, data, transaction = event["entity"]
        assert [patient["type"]["code"], patient["role"]["code"]] == ["1", "1"]
        assert patient["what"]["identifier"]["value"] == JANE
        assert [data["type"]["code"], data["role"]["code"]] == ["2", "4"]
        assert data["what"]["type"] == "Patient"
        assert transaction["type"]["code"] == "XrequestId"
    itself, following = (link["url"].partition("localhost")[2] for link in told.body["link"])
    assert looked.ask("GET", itself, caller=OFFICER).body["entry"][1:] == told.body["entry"][:1]
    rest = looked.ask("GET", following, caller=OFFICER)
    assert len(rest.body["entry"]) == 1
    assert [link["relation"] for link in rest.body["link"]] == ["self"]
    mine = looked.ask("GET", "/access-log/me/AuditEvent", caller=ME)
    assert mine.status == 200


@pytest.mark.parametrize("path", ["", "/AuditEvent"])
def test_nobody_else_is_told(looked, path):
    """Staff without the role, systems and other patients are refused, also at other paths."""
    refused = [
        (f"{MINE}{path}", WORKER),
        (f"{MINE}{path}", SYSTEM),
        (f"{MINE}{path}", ME),
        (f"/access-log/{JAYNE}{path}", ME),
        (f"/access-log/me{path}", WORKER),
        (f"/access-log/me{path}", SYSTEM),
    ]
    for asked, caller in refused:
        assert looked.ask("GET", asked, caller=caller).status == 403


def test_where_nobody_is_known_there_is_no_own_record(looked):
    """A request without a token is nobody's: it has no record of its own."""
    told = looked.ask("GET", "/access-log/me")
    assert (told.status, told.body["error"]) == (401, "not_known")


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/9000000000", 400, "9000000000 is not an NHS number"),
        ("/nonsense", 400, "nonsense is not an NHS number"),
        ("/9727194737", 404, "Nobody here has this NHS number"),
        (f"/{JANE}?count=0", 400, "count is not a whole number from 1 to 500"),
        (f"/{JANE}?count=501", 400, "count is not a whole number from 1 to 500"),
        (f"/{JANE}?count=9999999999", 400, "count is not a whole number from 1 to 500"),
        (f"/{JANE}?count=", 400, "count is not a whole number from 1 to 500"),
        (f"/{JANE}?count=1&count=2", 400, "count must be sent once only"),
        (f"/{JANE}?after=nonsense", 400, "after is not the after in the link next of another page"),
        (f"/{JANE}?after=e30x", 400, "after is not the after in the link next of another page"),
        (f"/{JANE}?receipts=maybe", 400, "receipts is not true or false"),
        (f"/{JANE}?since=2026", 400, "since is not a parameter of this endpoint"),
        (f"/{JANE}/AuditEvent?count=2", 400, "count is not a parameter of this endpoint"),
    ],
)
def test_what_is_asked_wrongly_is_refused(looked, path, status, said):
    """Each is refused with what is wrong."""
    told = looked.ask("GET", f"/access-log{path}", caller=OFFICER)
    assert (told.status, told.body["description"]) == (status, said)


def test_a_superseded_number_is_still_the_person(looked):
    """Whoever has another number now is found by the old one."""
    looked.holds(Change("NHSNumber", "9727194737", {"by": JANE}, 0, person_key(JANE)))
    told = looked.ask("GET", "/access-log/9727194737", caller=OFFICER)
    assert told.body["total"] == 3


def test_who_was_erased_was_looked_at_by_nobody(looked):
    """Once their key is erased the log tells nothing of them, and is whole all the same."""
    looked.house.audit.people.erase(person_key(JANE))
    assert looked.ask("GET", MINE, caller=OFFICER).body["total"] == 0
    subjects = [entry["subjects"] for entry in looked.audit()]
    assert subjects[:4] == [[], [], [], [person_key(JAYNE)]]
