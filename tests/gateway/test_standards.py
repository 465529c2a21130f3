"""What a client hears of the standards that its calls do not meet, whatever became of the call."""

import pytest

from openroots.gateway.standards import binding
from openroots.testing import KEY

PATIENT = "/personal-demographics/FHIR/R4/Patient"
COUNTED = {"apikey": KEY, "x-request-id": "60e0b220-8136-1ca5-ae46-1d97ef59d068"}


@pytest.mark.parametrize(
    ("path", "status"), [("9000000009", 200), ("9111231130", 404), ("9000000000", 400)]
)
def test_whoever_is_answered_is_warned(openroots, path, status):
    """A call for what is not there will be refused for its id as well, and is told so by then."""
    openroots.move_clock("2027-02-01")
    told = openroots.ask("GET", f"{PATIENT}/{path}", headers=COUNTED)
    assert (told.status, told.headers["deprecation"]) == (status, "@1798761600")
    assert told.headers["sunset"] == "Thu, 01 Apr 2027 00:00:00 GMT"
    openroots.move_clock("2027-04-01")
    refused = openroots.ask("GET", f"{PATIENT}/{path}", headers=COUNTED)
    assert (refused.status, "deprecation" in refused.headers) == (403, False)


def test_no_standard_refuses_an_office_of_the_national_team(openroots):
    """Also on a day on which every care setting is bound by it."""
    openroots.move_clock("2028-01-01")
    headers = {"x-request-id": COUNTED["x-request-id"]}
    for key, status in ((KEY, 403), ("national-standards-key", 200), ("clinical-safety-key", 200)):
        told = openroots.ask("GET", f"{PATIENT}/9000000009", headers={**headers, "apikey": key})
        assert told.status == status, key


@pytest.mark.parametrize(
    ("clauses", "setting", "told"),
    [
        (0, "", "no clause binds a caller of no care setting here"),
        (1, "hospital", "1 clause binds hospital here"),
        (5, "hospital", "5 clauses bind hospital here"),
    ],
)
def test_the_trail_says_how_many_clauses_bind(clauses, setting, told):
    assert binding(clauses, setting) == told
