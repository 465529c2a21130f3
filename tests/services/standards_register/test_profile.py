"""What a draft may ask: a FHIR profile, which records are held to, of services that are there."""

import orjson
import pytest

from openroots.fhir.package import condense_all
from openroots.register.checks.profile import broken, in_words
from openroots.storage import Change
from tests.services.standards_register.office import DRAFT, PLAIN

UK_PATIENT = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient"
UK = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-"
NUMBER = "9990000018"
ANN = f"/personal-demographics/FHIR/R4/Patient/{NUMBER}"
CLAUSE = {
    "id": "1",
    "on": "record",
    "words": "A Patient is one of UK Core.",
    "expected": "A Patient is valid against UK Core.",
    "mend": "Validate it before it is sent.",
    "applies": {"types": ["Patient"]},
    "profile": UK_PATIENT,
}
STATUS = {
    "coding": [
        {
            "system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland",
            "code": "01",
            "display": "Number present and verified",
        }
    ]
}
PATIENT = {
    "resourceType": "Patient",
    "id": NUMBER,
    "meta": {"security": [{"code": "U", "display": "unrestricted"}]},
    "identifier": [
        {
            "system": "https://fhir.nhs.uk/Id/nhs-number",
            "value": NUMBER,
            "extension": [
                {
                    "url": f"{UK}NHSNumberVerificationStatus",
                    "valueCodeableConcept": STATUS,
                }
            ],
        }
    ],
    "name": [{"id": "n1", "use": "usual", "family": "Ashby", "given": ["Ann"]}],
    "gender": "female",
    "birthDate": "1985-10-26",
}
GENDER = {"op": "replace", "path": "/gender", "value": "male"}
PHONE = {
    "op": "add",
    "path": "/telecom/-",
    "value": {"use": "home", "system": "phone", "value": "01632960587"},
}
KEY = {
    "url": f"{UK}AddressKey",
    "extension": [
        {"url": "type", "valueCoding": {"system": "https://example.org/key", "code": "PAF"}},
        {"url": "value", "valueString": "12345678"},
    ],
}
ADDRESS = {
    "use": "home",
    "line": ["", "1 High Street", "", "LEEDS", ""],
    "postalCode": "LS1 6AE",
    "extension": [KEY],
    "period": {"start": "2020-01-01"},
}
STRAYS = {"op": "add", "path": "/address/-", "value": ADDRESS}


@pytest.fixture
def asks_for_uk_core(office):
    """Patients that a hospital writes are to meet UK Core from 1 September 2027."""
    office.publish(clause=[CLAUSE])
    wave = {"settings": ["hospital"], "warn_from": "2027-03-01", "enforce_from": "2027-09-01"}
    office.post(f"{PLAIN}/mandates", {"reason": "so that it can be read", "waves": [wave]})
    office.nation.holds(Change("Patient", NUMBER, PATIENT, expect=0, subject=NUMBER))
    office.heron = office.application("heron")
    return office


def patch(office, *patches):
    version = office.nation.house.world.store.snapshot().read([("Patient", NUMBER)])
    named = {"apikey": office.heron, "If-Match": f'W/"{version["Patient", NUMBER].version}"'}
    return office.nation.ask("PATCH", ANN, {"patches": list(patches)}, headers=named)


def test_what_breaks_a_mandated_profile_is_observed_then_warned_of_then_refused(asks_for_uk_core):
    """The refusal says where the record breaks it, and how to mend that."""
    office = asks_for_uk_core
    observed = patch(office, STRAYS)
    assert (observed.status, "deprecation" in observed.headers) == (200, False)
    office.on("2027-03-01")
    warned = patch(office, GENDER)
    assert (warned.status, warned.headers["sunset"]) == (200, "Wed, 01 Sep 2027 00:00:00 GMT")
    office.on("2027-09-01")
    refused = patch(office, PHONE)
    words = refused.body["issue"][0]["diagnostics"]
    assert refused.status == 403
    assert f"{DRAFT['id']} clause 1, in force since 2027-09-01: {CLAUSE['expected']}" in words
    assert "Patient.address[0].extension[0].extension[0].value" in words
    assert "Expected: one of: CodeableConcept" in words
    assert words.endswith(CLAUSE["mend"])


def test_what_meets_a_mandated_profile_is_written(asks_for_uk_core):
    office = asks_for_uk_core.on("2027-09-01")
    assert patch(office, GENDER).status == 200
    assert patch(office, STRAYS).status == 403
    assert patch(office, PHONE).status == 200


def test_a_standard_can_ask_for_a_profile_of_a_package_that_was_added(office):
    """From the moment at which the package is there: in the draft, and of what is written."""
    url = "https://example.org/female-patient"
    clause = {**CLAUSE, "profile": url}
    asked = {"definition": {**DRAFT, "clause": [clause]}, "reason": "a draft"}
    assert "clause[1].profile: is no profile" in office.refusal("/standards", asked)[1]
    gender = {"id": "Patient.gender", "path": "Patient.gender", "patternCode": "female"}
    profile = {
        "resourceType": "StructureDefinition",
        **{"url": url, "type": "Patient", "kind": "resource", "derivation": "constraint"},
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
        "differential": {"element": [{"id": "Patient", "path": "Patient"}, gender]},
    }
    folder = office.nation.house.settings.state / "packages"
    folder.mkdir()
    entries = condense_all([profile]).entries()
    kept = {"name": "mine", "version": "1", "entries": entries, "left_out": []}
    (folder / "mine-1.json").write_bytes(orjson.dumps(kept))
    office.publish(clause=[clause])
    wave = {"settings": ["hospital"], "warn_from": "2027-03-01", "enforce_from": "2027-09-01"}
    office.post(f"{PLAIN}/mandates", {"reason": "so that it can be tried", "waves": [wave]})
    office.nation.holds(Change("Patient", NUMBER, PATIENT, expect=0, subject=NUMBER))
    office.heron = office.application("heron")
    office.on("2027-09-01")
    refused = patch(office, GENDER)
    assert refused.status == 403
    assert "Patient.gender" in refused.body["issue"][0]["diagnostics"]
    assert patch(office, {**GENDER, "value": "female"}).status == 200


def test_what_was_sent_is_told_to_its_sender_and_stands_in_no_trail(asks_for_uk_core):
    office = asks_for_uk_core.on("2027-09-01")
    assert patch(office, STRAYS).status == 403
    assert NUMBER not in str(office.nation.trails()[-1])
    assert "High Street" not in str(office.nation.trails()[-1])
    assert "Coding" not in str(office.nation.trails()[-1])


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"profile": "https://example.org/none"}, "clause[1].profile: is no profile"),
        ({"profile": f"{UK_PATIENT}|1.0.0"}, "clause[1].profile: is known here in version 2.6.1"),
        ({"applies": {"types": ["Observation"]}}, "is for Patient, which no Observation can meet"),
        ({"on": "request", "applies": {}}, "is for clauses on records only"),
    ],
)
def test_a_profile_that_nothing_could_meet_is_refused_in_the_draft(office, changed, words):
    definition = {**DRAFT, "clause": [{**CLAUSE, **changed}]}
    told = office.refusal("/standards", {"definition": definition, "reason": "a draft"})
    assert told[0] == 400
    assert words in told[1]


@pytest.mark.parametrize(
    ("applies", "words"),
    [
        ({"services": ["demografics"]}, "services: 'demografics' is no service; there are"),
        ({"endpoints": ["demographics.read"]}, "endpoints: 'demographics.read' is no endpoint"),
    ],
)
def test_a_clause_on_what_nobody_serves_is_refused_in_the_draft(office, applies, words):
    """It would judge nothing, and nobody would see that it does not."""
    definition = {**DRAFT, "clause": [{**DRAFT["clause"][0], "applies": applies}]}
    told = office.refusal("/standards", {"definition": definition, "reason": "a draft"})
    assert told[0] == 400
    assert f"clause[1].applies.{words}" in told[1]


def test_standards_that_supersede_each_other_are_refused_in_the_draft(office):
    """However many lead back to the first."""
    office.draft(supersedes="older")
    office.draft(id="older", supersedes="oldest")
    office.draft(id="oldest", supersedes="tls-1-0")
    looped = {**DRAFT, "id": "oldest", "supersedes": "plain-words"}
    edit = {"definition": looped, "reason": "a loop"}
    status, words = office.refusal("/standards/oldest", edit, method="PUT")
    assert status == 400
    assert "oldest supersedes plain-words supersedes older supersedes oldest" in words


def test_few_of_many_things_that_break_a_profile_are_told():
    """However much is wrong, the words stay short."""
    told = in_words(broken(UK_PATIENT, {**PATIENT, "telecom": [{"system": "x" * 9_000}] * 50}))
    assert len(told) < 1_000
    assert told.endswith("and 47 more")
