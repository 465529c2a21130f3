"""Related people: whose they are, what is told of them, and to whom."""

from contextlib import suppress

import pytest

from openroots.problem import Json
from openroots.service import ANYONE, Access, Caller, Problem, Request
from openroots.services.demographics import service
from openroots.services.demographics.published import person_key
from openroots.services.demographics.relations import as_related, read_related_people
from openroots.storage.counting import CountingSnapshot, Counts
from openroots.testing import Nation, Told
from tests.services.demographics.desk import (
    JANE,
    JANET,
    JAYNE,
    MINIMAL,
    NOON,
    SUSAN,
    WORKER,
    Desk,
    chance,
    patient_access,
)

BASE = "/personal-demographics/FHIR/R4"
INVALID_HEADER = "Invalid value - '1234' in header 'X-Request-ID'"


def ask(openroots: Nation, number: str, caller: Caller | None = None, **headers: str) -> Told:
    """Ask for somebody's related people."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    path = f"{BASE}/Patient/{number}/RelatedPerson"
    return openroots.ask("GET", path, caller=caller, headers=named)


def carer(id: str = "0A0A0A0A") -> Json:
    """Somebody who cares for a patient and has no NHS number."""
    return {"resourceType": "RelatedPerson", "id": id, "name": [{"family": "Bright"}]}


def test_several_related_people(openroots: Nation) -> None:
    """A patient's related people come in one Bundle, each under an absolute URL of its own."""
    told = ask(openroots, JANE, host="localhost:1948")
    assert told.status == 200
    assert told.headers["content-type"] == "application/fhir+json"
    assert (told.body["type"], told.body["total"]) == ("searchset", 2)
    assert told.body["timestamp"] == "2026-11-21T12:00:00+00:00"
    assert [entry["fullUrl"] for entry in told.body["entry"]] == [
        f"http://localhost:1948{BASE}/Patient/{JANE}/RelatedPerson/507B7621",
        f"http://localhost:1948{BASE}/Patient/{JANE}/RelatedPerson/B3380E98",
    ]


@pytest.mark.parametrize("number", [JANE, JANET, MINIMAL])
def test_the_version_that_is_told_is_the_patients(openroots: Nation, number: str) -> None:
    """The published API tells it, whether or not anybody is related."""
    patient = openroots.ask("GET", f"{BASE}/Patient/{number}")
    assert ask(openroots, number).headers["etag"] == patient.headers["etag"] == 'W/"2"'


def test_a_related_person_may_be_a_number_alone(openroots: Nation) -> None:
    """Of two published people one is told by name and address, the other by number alone."""
    whole, number_alone = (entry["resource"] for entry in ask(openroots, JANE).body["entry"])
    assert whole["name"][0]["suffix"] == ["MBE"]
    assert whole["address"][0]["postalCode"] == "LS1 6AE"
    assert whole["telecom"][0]["value"] == "01632960587"
    assert whole.keys() - number_alone.keys() == {"name", "address", "telecom"}
    assert number_alone["patient"]["identifier"]["value"] == JANE


def test_one_related_person(openroots: Nation) -> None:
    """A related person's `patient` is their own number, not that of whom they are related to."""
    [entry] = ask(openroots, JAYNE).body["entry"]
    assert entry["resource"]["id"] == "F4CF8B96"
    assert entry["resource"]["patient"]["identifier"]["value"] == "5328023641"
    assert entry["resource"]["relationship"][0]["coding"][0]["code"] == "Guardian"


@pytest.mark.parametrize("number", [MINIMAL, JANET, "9727022820", "9727024610"])
def test_no_related_people(openroots: Nation, number: str) -> None:
    """Whoever has none, or is restricted, is answered with a Bundle without entries."""
    told = ask(openroots, number)
    assert told.status == 200
    assert told.body == {
        "resourceType": "Bundle",
        "type": "searchset",
        "timestamp": "2026-11-21T12:00:00+00:00",
        "total": 0,
    }


@pytest.mark.parametrize("access", sorted(ANYONE))
def test_related_people_of_restricted_people(openroots: Nation, access: Access) -> None:
    """Those of restricted people are told to nobody, in whatever access mode."""
    for number, label in ((JANET, "R"), ("9727024610", "V")):
        related = as_related(number, carer(), person_key(number), frozenset({label}))
        openroots.holds(related)
        caller = Caller("test", "Y12345", access, subject=number)
        assert ask(openroots, number, caller).body["total"] == 0


def test_what_the_store_adds_is_not_told(openroots: Nation) -> None:
    """The patient's number, which the store keeps with a related person, is not in the answer."""
    openroots.holds(as_related(MINIMAL, carer(), person_key(MINIMAL)))
    [entry] = ask(openroots, MINIMAL).body["entry"]
    assert entry["resource"] == carer()


def test_related_people_of_a_superseded_number(openroots: Nation) -> None:
    """A superseded number is answered with those of the record that took its place."""
    openroots.holds(as_related(SUSAN, carer(), person_key(SUSAN)))
    [entry] = ask(openroots, "5900053636").body["entry"]
    assert entry["fullUrl"].endswith(f"/Patient/{SUSAN}/RelatedPerson/0A0A0A0A")


def test_patients_are_told_their_own(openroots: Nation) -> None:
    """A patient is told who is related to them, and to nobody else."""
    assert ask(openroots, JANE, patient_access(JANE)).body["total"] == 2
    for caller in (patient_access(JAYNE), patient_access(JANE, "P5.Cp.Cd"), patient_access("")):
        told = ask(openroots, JANE, caller)
        assert (told.status, told.code) == (403, "ACCESS_DENIED")


@pytest.mark.parametrize(
    ("number", "headers", "status", "code", "words"),
    [
        ("9000000000", {}, 400, "INVALID_RESOURCE_ID", None),
        ("no-number", {}, 400, "INVALID_RESOURCE_ID", None),
        ("9111231130", {}, 404, "RESOURCE_NOT_FOUND", None),
        ("9990003343", {}, 404, "INVALIDATED_RESOURCE", None),
        (JANE, {"x_request_id": "1234"}, 400, "INVALID_VALUE", INVALID_HEADER),
        (
            JANE,
            {"x_request_id": ""},
            400,
            "MISSING_VALUE",
            "Invalid request with error - X-Request-ID header must be supplied to access this "
            "resource",
        ),
    ],
)
def test_refusals(
    openroots: Nation,
    number: str,
    headers: dict[str, str],
    status: int,
    code: str,
    words: str | None,
) -> None:
    """A request for related people is refused as one for the patient would be."""
    told = ask(openroots, number, None, **headers)
    assert (told.status, told.code) == (status, code)
    assert told.body["issue"][0].get("diagnostics") == words


def test_a_role_is_looked_at(openroots: Nation) -> None:
    """A healthcare worker with several roles must name one of them here too."""
    worker = Caller("test", "Y12345", Access.HEALTHCARE_WORKER, roles=frozenset({"1", "2"}))
    assert ask(openroots, JANE, worker).code == "INVALID_VALUE"
    assert ask(openroots, JANE, worker, nhsd_session_urid="2").status == 200


def test_it_is_proved_whose_they_are(openroots: Nation) -> None:
    """The audit entry of such a request names the patient whom it was about."""
    ask(openroots, JANE)
    assert openroots.audit()[-1]["subjects"] == [person_key(JANE)]


@pytest.mark.parametrize(
    ("number", "reads"), [(JANE, 2), (JANET, 1), ("5900053636", 4), ("9111231130", 2)]
)
def test_reads_do_not_grow_with_the_result(desk: Desk, number: str, reads: int) -> None:
    """However many are related to a patient, they are found by one search."""
    desk.keep([as_related(JANE, carer(f"{n:08X}"), person_key(JANE)) for n in range(20)])
    [endpoint] = [each for each in service.endpoints if each.name == "read-related-people"]
    counts = Counts()
    request = Request(endpoint, {"id": number}, {}, WORKER, NOON, chance)
    with suppress(Problem):
        read_related_people(request, CountingSnapshot(desk.store.snapshot(), counts))
    assert counts.total == reads <= endpoint.reads
