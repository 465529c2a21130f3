"""What is checked before anything is looked for: here, that no parameter is passed over."""

import pytest

from openroots.services.demographics import births, coverage, creating

BASE = "/personal-demographics/FHIR/R4"
JANE = f"{BASE}/Patient/9000000009"
WORDS = "Invalid request with error - Additional properties are not allowed "
GENDER = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}

ASKED = {
    "read": ("GET", JANE, None),
    "related people": ("GET", f"{JANE}/RelatedPerson", None),
    "patch": ("PATCH", JANE, GENDER),
    "create": ("POST", f"{BASE}/Patient", creating.EXAMPLE),
    "birth details": ("POST", f"{BASE}/Patient/$process-birth-details", births.EXAMPLE),
    "coverage": ("POST", f"{BASE}/Coverage", coverage.EXAMPLE),
}


@pytest.mark.parametrize("asked", ASKED)
def test_no_parameter_is_passed_over(openroots, asked):
    """What an operation does not have is refused by name, and nothing is done: whoever asks for
    some elements only, or for XML, would take the answer for what they asked for."""
    method, path, body = ASKED[asked]
    headers = {"If-Match": 'W/"2"'}
    told = openroots.ask(method, f"{path}?_elements=id", body, headers=headers)
    [issue] = told.body["issue"]
    assert (told.status, issue["details"]["coding"][0]["code"]) == (400, "ADDITIONAL_PROPERTIES")
    assert issue["diagnostics"] == f"{WORDS}('_elements' was unexpected)"
    told = openroots.ask(method, f"{path}?year=2003&_format=xml", body, headers=headers)
    assert told.body["issue"][0]["diagnostics"] == f"{WORDS}('_format', 'year' were unexpected)"
    assert openroots.ask(method, path, body, headers=headers).status < 300


def test_an_nhs_number_is_looked_at_before_the_parameters(openroots):
    """A number that cannot be one is told first, as the test servers tell it."""
    told = openroots.ask("GET", f"{BASE}/Patient/9000000000?x=1")
    assert told.body["issue"][0]["details"]["coding"][0]["code"] == "INVALID_RESOURCE_ID"


@pytest.mark.parametrize("format", ["json", "application/fhir+json", "application%2Ffhir%2Bjson"])
def test_a_client_may_name_the_format_that_every_answer_is_in(openroots, format):
    """Some stock clients name it in the query of all that they ask."""
    search = f"{BASE}/Patient?family=Smith&birthdate=eq2010-10-22&gender=female&_format={format}"
    assert openroots.ask("GET", f"{JANE}?_format={format}").body["id"] == "9000000009"
    assert openroots.ask("GET", search).body["total"] == 1
