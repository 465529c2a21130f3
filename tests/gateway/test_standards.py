"""What a client hears of the standards that its calls do not meet, whatever became of the call."""

import pytest

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
