"""Audit entries as AuditEvents: who is in them, in which part, and how it came out."""

import pytest

from openroots.problem import Json
from openroots.testing import Nation
from tests.services.access_log.test_access_log import (
    JANE,
    JANE_READ,
    ME,
    MINE,
    OFFICER,
    SYSTEM,
    WORKER,
    looked,
)

__all__ = ["looked"]

DCM = "http://dicom.nema.org/resources/ontology/DCM"
DESTINATION = {"system": DCM, "code": "110152", "display": "Destination Role ID"}
SOURCE = {"system": DCM, "code": "110153", "display": "Source Role ID"}
ORGANISATION = {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "Y12345"}
SERVER = {"display": "OpenRoots"}
NUMBER = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": JANE}


def newest(nation: Nation) -> Json:
    """The AuditEvent of the newest look at Jane's record."""
    told = nation.ask("GET", f"{MINE}/AuditEvent?_count=1", caller=OFFICER).body
    event: Json = told["entry"][0]["resource"]
    assert told["entry"][0]["fullUrl"] == f"http://localhost/access-log/AuditEvent/{event['id']}"
    return event


def parties(event: Json) -> list[tuple[Json, Json, bool]]:
    """Each agent: in which role, who, and whether it was they who asked."""
    told = [(one["type"]["coding"][0], one["who"], one["requestor"]) for one in event["agent"]]
    assert [asked for _, _, asked in told].count(True) == 1
    return told


def test_of_a_member_of_staff_it_says_who_with_what_and_for_whom(looked: Nation) -> None:
    """It is they who asked, and the application to which the record went, with its organisation."""
    told = looked.ask("GET", JANE_READ, caller=WORKER)
    event = newest(looked)
    client, server, user = parties(event)
    assert client == (DESTINATION, {"display": "ashby", "identifier": ORGANISATION}, False)
    assert server == (SOURCE, SERVER, False)
    who = {"system": "https://fhir.nhs.uk/Id/sds-user-id", "value": WORKER.subject}
    assert user[1:] == ({"display": "Ada Okafor", "identifier": who}, True)
    assert user[0]["code"] == "IRCP"
    assert [event["outcome"], event["purposeOfEvent"][0]["coding"][0]["code"]] == ["0", "TREAT"]
    _, data, transaction = event["entity"]
    assert data["what"] == {"type": "Patient", "identifier": NUMBER}
    assert transaction["what"]["identifier"]["value"] == told.headers["x-openroots-trail"]


def test_a_system_asks_for_itself_and_a_patient_by_their_number(looked: Nation) -> None:
    """A system stands in no other part; nobody but the patient is told by an NHS number."""
    looked.ask("GET", JANE_READ, caller=SYSTEM)
    client, server = parties(newest(looked))
    assert client == (DESTINATION, {"display": "ashby", "identifier": ORGANISATION}, True)
    assert server == (SOURCE, SERVER, False)
    looked.ask("GET", JANE_READ, caller=ME)
    *_, patient = parties(newest(looked))
    assert patient[1:] == ({"display": "The patient", "identifier": NUMBER}, True)


@pytest.mark.parametrize(("version", "outcome", "status"), [(2, "0", 200), (1, "4", 409)])
def test_what_is_written_goes_the_other_way_and_says_how_it_came_out(
    looked: Nation, version: int, outcome: str, status: int
) -> None:
    """From the application to this server; a refusal is a minor failure, as FHIR has it."""
    patch = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}
    headers = {"If-Match": f'W/"{version}"'}
    assert looked.ask("PATCH", JANE_READ, patch, caller=WORKER, headers=headers).status == status
    event = newest(looked)
    assert [role for role, _, _ in parties(event)][:2] == [SOURCE, DESTINATION]
    assert (event["action"], event["outcome"]) == ("U", outcome)
    assert event["outcomeDesc"] == f"Update patient details. Answered {status}."
