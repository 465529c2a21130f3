"""Reading a Patient: whom a number means, and what of them is shown."""

import orjson
import pytest

from openroots.service import Access, Caller
from openroots.services.demographics.published import PUBLISHED, founding_people
from openroots.services.demographics.views import OTHER_REASON
from openroots.storage import Change
from tests.services.demographics.desk import (
    APPLICATION,
    JANE,
    JANET,
    MINIMAL,
    PRIVILEGED,
    SUSAN,
    WORKER,
    Desk,
    patient_access,
    stored,
)

NOBODY = "9111231130"


def test_a_read_answers_the_stored_bytes(desk: Desk) -> None:
    """A record in which nothing is hidden goes to the wire as it is stored, unparsed."""
    told = desk.get(JANE)
    row = desk.store.snapshot().read([("Patient", JANE)])["Patient", JANE]
    assert told.reply is not None
    assert told.reply.body == row.raw
    assert (told.version, told.body["meta"]["versionId"]) == (2, "2")


@pytest.mark.parametrize("person", PUBLISHED, ids=lambda person: person.number)
def test_published_people_are_at_version_2(desk: Desk, person: tuple[str, str, str]) -> None:
    """Every published person who can be read is at version 2, and their record says so."""
    told = desk.get(person[0])
    if told.status == 200:
        assert (told.version, told.body["meta"]["versionId"]) == (2, "2")


def test_first_generation_says_version_1() -> None:
    """What a record says is its version agrees with the store's from the first one on."""
    first, second = founding_people()
    said = [
        {c.body["meta"]["versionId"] for c in g if c.body and c.type == "Patient"}
        for g in (first, second)
    ]
    assert said == [{"1"}, {"2"}]


@pytest.mark.parametrize("number", [NOBODY, "9727194737", "5182663366"])
def test_nobodys_numbers(desk: Desk, number: str) -> None:
    """A valid NHS number that is nobody's is not found."""
    told = desk.get(number)
    assert (told.status, told.code, told.words) == (404, "RESOURCE_NOT_FOUND", None)
    assert told.issue["severity"] == "information"


@pytest.mark.parametrize(
    "number", ["9000000000", "90000000", "abcdefghij", "９０００００００００９"]
)
def test_invalid_numbers(desk: Desk, number: str) -> None:
    """What is not ten digits with the right check digit is no NHS number."""
    told = desk.get(number)
    assert (told.status, told.code, told.words) == (400, "INVALID_RESOURCE_ID", None)


def test_superseded_numbers(desk: Desk) -> None:
    """A superseded number is answered with the record that took its place, under its own id."""
    told = desk.get("5900053636")
    assert (told.status, told.body["id"], told.version) == (200, SUSAN, 2)


def test_superseded_by_nobody(desk: Desk) -> None:
    """A number superseded by one that has no record is not found."""
    status = {"status": "superseded", "by": NOBODY}
    desk.keep([Change("NHSNumber", "9727194737", status, 0)])
    assert desk.get("9727194737").row == "not-found"


def test_invalidated_numbers(desk: Desk) -> None:
    """An invalidated number is told apart from one that never was."""
    told = desk.get("9990003343")
    display = told.issue["details"]["coding"][0]["display"]
    assert (told.status, told.code) == (404, "INVALIDATED_RESOURCE")
    assert display.endswith("invalid resources cannot be retrieved")


def test_request_id_is_needed(desk: Desk) -> None:
    """Without X-Request-ID a read is refused, before its NHS number is looked at."""
    told = desk.get("9000000000", x_request_id=None)
    assert (told.status, told.code) == (400, "MISSING_VALUE")
    assert told.words == (
        "Invalid request with error - X-Request-ID header must be supplied to access this resource"
    )


@pytest.mark.parametrize("value", ["1234", "", "60E0B220-8136-4CA5-AE46-1D97EF59D068 "])
def test_request_id_is_a_uuid(desk: Desk, value: str) -> None:
    """An X-Request-ID that is no UUID is refused, and quoted."""
    told = desk.get(JANE, x_request_id=value)
    assert (told.code, told.words) == (
        "INVALID_VALUE",
        f"Invalid value - '{value}' in header 'X-Request-ID'",
    )


def test_request_id_may_be_of_any_version(desk: Desk) -> None:
    """Any UUID does as X-Request-ID, of whatever version and case."""
    assert desk.get(JANE, x_request_id="00000000-0000-0000-0000-00000000abCD").status == 200


def _worker(*roles: str) -> Caller:
    return Caller("test", "Y12345", Access.HEALTHCARE_WORKER, roles=frozenset(roles))


@pytest.mark.parametrize(
    ("role", "roles", "status"),
    [
        (None, (), 200),
        (None, ("1",), 200),
        (None, ("1", "2"), 400),
        ("1", ("1", "2"), 200),
        ("3", ("1", "2"), 400),
        ("555254240100", (), 200),
        ("role", (), 400),
        ("", (), 400),
    ],
)
def test_roles(desk: Desk, role: str | None, roles: tuple[str, ...], status: int) -> None:
    """A healthcare worker acts in one of their roles, and names it where they have several."""
    told = desk.get(JANE, _worker(*roles), nhsd_session_urid=role)
    assert told.status == status
    if status == 400:
        assert str(told.words).startswith(
            f"Invalid value - '{role or ''}' in header 'NHSD-Session-URID'. Refer to the guidance"
        )


def test_roles_of_others(desk: Desk) -> None:
    """Of callers who are not healthcare workers, the role is ignored."""
    assert desk.get(JANE, APPLICATION, nhsd_session_urid="none").status == 200


def test_patients_read_their_own_record(desk: Desk) -> None:
    """A patient can read their own record and nobody else's, whoever that may be."""
    assert desk.get(JANE, patient_access(JANE)).status == 200
    for number in (MINIMAL, NOBODY):
        told = desk.get(number, patient_access(JANE))
        assert (told.status, told.code) == (403, "ACCESS_DENIED")


@pytest.mark.parametrize("shown", ["P5.Cp.Cd", "P9.Cp", "P9.Ck", "P9"])
def test_patients_prove_who_they_are(desk: Desk, shown: str) -> None:
    """A patient who has not been identified at level P9, or logged in by no more than a password as
    far as is told, cannot read even their own record."""
    assert desk.get(JANE, patient_access(JANE, shown)).status == 403


@pytest.mark.parametrize("shown", ["P9.Cp.Cd", "P9.Cp.Ck", "P9.Cm"])
def test_what_patients_may_log_in_with(desk: Desk, shown: str) -> None:
    """Each of the three published vectors is enough."""
    assert desk.get(JANE, patient_access(JANE, shown)).status == 200


PLACES = {"address", "telecom", "contact", "generalPractitioner"}


def test_restricted_people_cannot_be_located(desk: Desk) -> None:
    """A restricted record is shown without address, telecom, contact, GP and pharmacy."""
    told = desk.get(JANET)
    assert told.status == 200
    assert told.body["meta"]["security"][0]["display"] == "restricted"
    assert PLACES.isdisjoint(told.body)
    assert "NominatedPharmacy" not in str(told.body)
    assert told.body["name"][0]["family"] == "Smythe"


def test_restricted_people_keep_no_empty_list(desk: Desk) -> None:
    """A restricted record of which every extension is hidden has no list of extensions."""
    row = desk.store.snapshot().read([("Patient", JANET)])["Patient", JANET]
    pharmacy = [item for item in row.body["extension"] if "Pharmacy" in item["url"]]
    body = row.body | {"extension": pharmacy}
    desk.keep([Change("Patient", JANET, body, 2, row.subject, labels=row.labels)])
    assert "extension" not in desk.get(JANET).body


def test_privileged_applications_see_restricted_people(desk: Desk) -> None:
    """A privileged application is shown a restricted record whole."""
    assert desk.get(JANET, PRIVILEGED).body.keys() >= PLACES


@pytest.mark.parametrize("caller", [APPLICATION, PRIVILEGED], ids=["any", "privileged"])
def test_very_restricted_people(desk: Desk, caller: Caller) -> None:
    """Of a very restricted record nobody is shown more than its number and meta."""
    told = desk.get("9727024610", caller)
    assert told.body.keys() == {"resourceType", "id", "meta"}
    assert told.body["meta"]["security"][0]["display"] == "very restricted"


def _removed_for(desk: Desk, reason: str) -> None:
    row = desk.store.snapshot().read([("Patient", JANE)])["Patient", JANE]
    body = orjson.loads(row.raw.replace(b'"SCT"', f'"{reason}"'.encode()))
    desk.keep([Change("Patient", JANE, body, 2, row.subject)])


def _reason_seen(desk: Desk, caller: Caller) -> dict[str, str]:
    removal = desk.get(JANE, caller).body["extension"][7]["extension"]
    coding: dict[str, str] = removal[0]["valueCodeableConcept"]["coding"][0]
    return coding


@pytest.mark.parametrize(
    ("reason", "caller", "seen"),
    [
        ("SCT", APPLICATION, "SCT"),
        ("AFN", APPLICATION, "ORR"),
        ("SDN", APPLICATION, "ORR"),
        ("LDN", APPLICATION, "ORR"),
        ("AFN", PRIVILEGED, "AFN"),
        ("LDN", PRIVILEGED, "ORR"),
    ],
)
def test_removal_reasons(desk: Desk, reason: str, caller: Caller, seen: str) -> None:
    """A confidential reason for removal from registration is told as "other reason"."""
    _removed_for(desk, reason)
    coding = _reason_seen(desk, caller)
    assert coding["code"] == seen
    assert (coding["display"] == OTHER_REASON["display"]) == (seen == "ORR")


@pytest.mark.parametrize("caller", [APPLICATION, WORKER, PRIVILEGED])
@pytest.mark.parametrize(("reason", "is_told"), [("SCT", True), ("EMB", True), ("DEA", False)])
def test_who_had_charge_of_the_dead_is_not_told(
    desk: Desk, reason: str, is_told: bool, caller: Caller
) -> None:
    """The managing organisation is not returned where the reason of the removal is death."""
    assert "managingOrganization" in stored(desk, JANE)
    _removed_for(desk, reason)
    assert ("managingOrganization" in desk.get(JANE, caller).body) == is_told


def test_who_had_charge_of_the_dead_is_kept_by_a_patch(desk: Desk) -> None:
    """It is neither told by the answer to a change nor lost with it, and may be changed unseen."""
    _removed_for(desk, "DEA")
    manager = stored(desk, JANE)["managingOrganization"]
    told = desk.patch(JANE, {"op": "replace", "path": "/gender", "value": "male"}, version=3)
    assert "managingOrganization" not in told.body
    assert stored(desk, JANE)["managingOrganization"] == manager
    other = manager | {"identifier": manager["identifier"] | {"value": "B81001"}}
    named = {"op": "add", "path": "/managingOrganization", "value": other}
    told = desk.patch(JANE, named, version=4)
    assert (told.status, "managingOrganization" in told.body) == (200, False)
    assert stored(desk, JANE)["managingOrganization"]["identifier"]["value"] == "B81001"


def test_masking_does_not_outlast_a_patch(desk: Desk) -> None:
    """A change made by someone who was shown a masked reason leaves the true one in place."""
    _removed_for(desk, "AFN")
    told = desk.patch(JANE, {"op": "replace", "path": "/gender", "value": "male"}, version=3)
    assert (
        told.body["extension"][7]["extension"][0]["valueCodeableConcept"]["coding"][0]["code"]
        == "ORR"
    )
    assert _reason_seen(desk, PRIVILEGED)["code"] == "AFN"
