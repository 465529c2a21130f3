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


def _diagnostics(told: object) -> str:
    body = told.body  # type: ignore[attr-defined]
    assert body["resourceType"] == "OperationOutcome"
    return str(body["issue"][0]["diagnostics"])


REFUSED_IN_QUERY = [
    ("foo=1", "parameter 'foo' is not one of this operation"),
    ("resource=x", "parameter 'resource' is not one of this operation"),
    ("mode=delete", "Unsupported value - 'delete' in parameter 'mode'"),
    ("mode=profile", "Unsupported value - 'profile' in parameter 'mode'"),
    ("mode=Create", "Invalid value - 'Create' in parameter 'mode'"),
    ("mode=", "Invalid value - '' in parameter 'mode'"),
    ("mode=create&mode=update", "parameter 'mode' must be supplied once only"),
    ("profile=", "Invalid value - '' in parameter 'profile'"),
    ("_format=xml", "Unsupported value - 'xml' in parameter '_format'"),
]


@pytest.mark.parametrize(("query", "words"), REFUSED_IN_QUERY)
def test_no_parameter_is_passed_over(openroots: Nation, query: str, words: str) -> None:
    """What the operation does not have, or can do nothing with, is refused by name."""
    told = openroots.ask("POST", f"{BASE}/Patient/$validate?{query}", GOOD, headers=JSON)
    assert told.status == 400
    assert words in _diagnostics(told)


RESOURCE = {"name": "resource", "resource": GOOD}
REFUSED_IN_BODY = [
    ([{"name": "mode", "valueCode": "create"}], "the Parameters hold no resource"),
    ([{"name": "resource", "valueString": "x"}], "the Parameters hold no resource"),
    ([RESOURCE, RESOURCE], "parameter 'resource' must be supplied once only"),
    ([RESOURCE, {"name": "usage", "valueCode": "x"}], "parameter 'usage' is not one"),
    ([RESOURCE, 7], "parameter '' is not one"),
    ([RESOURCE, {"name": "profile", "valueInteger": 1}], "'' in parameter 'profile'"),
    ([RESOURCE, {"name": "mode", "valueCode": "delete"}], "'delete' in parameter 'mode'"),
    ([{"name": "mode", "valueCode": "delete"}], "'delete' in parameter 'mode'"),
]


@pytest.mark.parametrize(("parts", "words"), REFUSED_IN_BODY)
def test_no_part_of_the_parameters_is_passed_over(
    openroots: Nation, parts: list[object], words: str
) -> None:
    """Of Parameters for the operation each part is heeded, or refused by name."""
    asked = {"resourceType": "Parameters", "parameter": parts}
    told = openroots.ask("POST", f"{BASE}/$validate", asked, headers=JSON)
    assert told.status == 400
    assert words in _diagnostics(told)


@pytest.mark.parametrize("mode", ["create", "update"])
def test_for_a_create_or_an_update_it_is_said_that_only_the_content_was_checked(
    openroots: Nation, mode: str
) -> None:
    part = {"name": "mode", "valueCode": mode}
    asked = {"resourceType": "Parameters", "parameter": [RESOURCE, part]}
    for query, body in ((f"?mode={mode}", GOOD), ("", asked)):
        told = openroots.ask("POST", f"{BASE}/Patient/$validate{query}", body, headers=JSON)
        assert told.status == 200
        assert [issue["code"] for issue in told.body["issue"]] == ["informational", "not-supported"]
        assert "was not" in told.body["issue"][1]["details"]["text"]


def test_parameters_that_are_not_for_the_operation_are_judged_themselves(openroots: Nation) -> None:
    asked = {"resourceType": "Parameters", "parameter": [{"name": "code", "valueCode": "a b "}]}
    told = openroots.ask("POST", f"{BASE}/$validate", asked, headers=JSON)
    assert _issues(told) == [("error", "Parameters.parameter[0].value")]


@pytest.mark.parametrize("format", ["json", "application/fhir%2Bjson", "application/fhir+json"])
def test_a_client_may_ask_for_the_one_format_there_is(openroots: Nation, format: str) -> None:
    told = openroots.ask("POST", f"{BASE}/$validate?_format={format}", GOOD, headers=JSON)
    assert told.status == 200
