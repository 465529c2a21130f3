"""How long a client waits for an answer (X-Sync-Wait), where a trouble holds one up."""

import pytest

from openroots.services.demographics.headers import patience
from openroots.testing import Nation

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
MALE = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}
SLOW = {"X-OpenRoots-Fault": "slow; ms=300"}
IN_A_HURRY = {"X-Sync-Wait": "0.25"}


def test_a_change_that_takes_too_long_is_asked_for_again(openroots: Nation) -> None:
    """A client that waits no longer is told so, and the same request is then done once."""
    named = {"If-Match": 'W/"2"', "X-Request-ID": "60e0b220-8136-4ca5-ae46-1d97ef59d068"}
    told = openroots.ask("PATCH", JANE, MALE, headers={**named, **SLOW, **IN_A_HURRY})
    assert (told.status, told.code) == (503, "SERVICE_UNAVAILABLE")
    assert told.headers["retry-after"] == "5"
    again = openroots.ask("PATCH", JANE, MALE, headers={**named, **IN_A_HURRY})
    assert (again.status, again.headers["etag"]) == (200, 'W/"3"')


def test_a_question_that_takes_too_long_is_not_answered(openroots: Nation) -> None:
    """A read that takes longer than the client waits ends with the published status for that."""
    told = openroots.ask("GET", JANE, headers={**SLOW, **IN_A_HURRY})
    assert (told.status, told.code) == (408, "UNABLE_TO_CALL_SERVICE")
    assert openroots.ask("GET", JANE, headers=SLOW).status == 200
    assert openroots.ask("GET", JANE, headers=IN_A_HURRY).status == 200


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        *[("0.25", 0.25), ("0.5", 0.5), ("29", 29), ("0.1", 0.25), ("0", 0.25), ("30", 29)],
        *[("", 10), ("soon", 10), ("-1", 10), ("1e3", 10), ("nan", 10), ("٣", 10)],
    ],
)
def test_how_long_a_client_waits(asked: str, seconds: float) -> None:
    """From a quarter of a second to 29, ten unless it says; what is no number says nothing."""
    assert patience("GET", {"x-sync-wait": asked})[0] == seconds
    assert patience("GET", {}) == (10, "backend-too-slow")
    assert patience("PATCH", {}) == (10, "unavailable")
