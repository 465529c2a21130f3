"""`$validate` is answered on every FHIR base, with an OperationOutcome about what was sent."""

import orjson
import pytest

from openroots.testing import Nation

BASE = "/personal-demographics/FHIR/R4"
JSON = {"content-type": "application/fhir+json"}
UK_PATIENT = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient"
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
DIV = '<div xmlns="http://www.w3.org/1999/xhtml">Ann Ashby</div>'
GOOD = {
    "resourceType": "Patient",
    "text": {"status": "generated", "div": DIV},
    "gender": "female",
}


def _issues(told: object) -> list[tuple[str, str]]:
    body = told.body  # type: ignore[attr-defined]
    assert body["resourceType"] == "OperationOutcome"
    return [(issue["severity"], (issue.get("expression") or [""])[0]) for issue in body["issue"]]


@pytest.mark.parametrize("path", ["/$validate", "/Patient/$validate"])
def test_a_valid_resource_is_said_to_have_no_issues(openroots: Nation, path: str) -> None:
    told = openroots.ask("POST", BASE + path, GOOD, headers=JSON)
    assert told.status == 200
    assert _issues(told) == [("information", "")]


def test_an_invalid_resource_is_told_where_it_is_wrong(openroots: Nation) -> None:
    odd = {**GOOD, "gender": "F", "stranger": 1}
    told = openroots.ask("POST", f"{BASE}/Patient/$validate", odd, headers=JSON)
    assert told.status == 200
    assert _issues(told) == [("error", "Patient.gender"), ("error", "Patient.stranger")]


def test_a_profile_is_named_in_parameters_or_in_the_query(openroots: Nation) -> None:
    two = {**GOOD, "identifier": [{"system": NHS_NUMBER, "value": "1"}] * 2}
    asked = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "resource", "resource": two},
            {"name": "profile", "valueUri": UK_PATIENT},
        ],
    }
    for path, body in ((f"?profile={UK_PATIENT}", two), ("", asked)):
        told = openroots.ask("POST", f"{BASE}/Patient/$validate{path}", body, headers=JSON)
        assert _issues(told) == [("error", "Patient.identifier")]


def test_a_resource_in_xml_is_read_too(openroots: Nation) -> None:
    raw = b'<Patient xmlns="http://hl7.org/fhir"><gender value="F"/></Patient>'
    headers = {"content-type": "application/fhir+xml"}
    told = openroots.ask("POST", f"{BASE}/$validate", raw, headers=headers)
    assert ("error", "Patient.gender") in _issues(told)


HALF = rb'{"resourceType": "Patient", "\ud800": 1}'
UNREADABLE = (b"{", b'{"a": 1, "a": 2}', b'{"a": NaN}', b"<Patient", b"", b"[]", b"7", HALF)


@pytest.mark.parametrize("raw", UNREADABLE)
def test_what_cannot_be_read_is_told_and_is_no_defect(openroots: Nation, raw: bytes) -> None:
    told = openroots.ask("POST", f"{BASE}/$validate", raw, headers=JSON)
    assert told.status == 200
    assert _issues(told)[0][0] in ("fatal", "error")


def test_a_resource_of_another_type_than_the_path_says_is_told(openroots: Nation) -> None:
    told = openroots.ask("POST", f"{BASE}/Coverage/$validate", GOOD, headers=JSON)
    assert ("error", "Patient") in _issues(told)


def test_a_body_of_another_media_type_is_refused(openroots: Nation) -> None:
    headers = {"content-type": "text/plain"}
    told = openroots.ask("POST", f"{BASE}/$validate", orjson.dumps(GOOD), headers=headers)
    assert told.status == 400
