"""Troubles made on purpose."""

import pytest

from openroots.testing import open_nation

PDS = "/personal-demographics/FHIR/R4"
JANE = f"{PDS}/Patient/9000000009"
MALE = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}


def test_a_fault_fails_every_nth_request(openroots):
    """A client can be tried against a service that is unavailable each second time, in the words
    and with the Retry-After that are published."""
    openroots.trouble("demographics.*", every=2)
    statuses = [openroots.ask("GET", JANE).status for _ in range(4)]
    assert statuses == [200, 503, 200, 503]
    openroots.ask("GET", JANE)
    told = openroots.ask("GET", JANE)
    assert (told.code, told.headers["retry-after"]) == ("SERVICE_UNAVAILABLE", "5")
    assert told.body["issue"][0]["diagnostics"] == (
        "The downstream domain processing has not completed within the configured timeout period. "
        "Using the same 'X-Request-ID' header, retry your request after the time specified by the "
        "'Retry-After' response header."
    )
    assert any("on purpose" in str(step) for step in openroots.trails()[-1]["steps"])


def test_a_retry_after_a_fault_is_done_once(openroots):
    """A write that met trouble is done when it is sent again with the same X-Request-ID."""
    openroots.trouble("demographics.patch-patient", every=1)
    headers = {"X-Request-ID": "60e0b220-8136-4ca5-ae46-1d97ef59d068", "If-Match": 'W/"2"'}
    assert openroots.ask("PATCH", JANE, MALE, headers=headers).status == 503
    openroots.faults.clear()
    again = openroots.ask("PATCH", JANE, MALE, headers=headers)
    assert (again.status, again.headers["etag"]) == (200, 'W/"3"')


def test_a_fault_strikes_only_where_it_was_put(openroots):
    """A fault of one endpoint leaves all others alone."""
    openroots.trouble("demographics.patch-patient")
    assert openroots.ask("GET", JANE).status == 200
    assert openroots.ask("PATCH", JANE, MALE, headers={"If-Match": 'W/"2"'}).status == 503


def test_a_fault_may_be_any_row(openroots):
    """Any failure that a service lists can be provoked, with the fields that its words need."""
    openroots.trouble("demographics.read-patient", "spike-arrested", application="Mine", seconds=7)
    told = openroots.ask("GET", JANE)
    assert (told.status, told.headers["retry-after"]) == (429, "7")
    assert "Your application, Mine," in told.body["issue"][0]["diagnostics"]


@pytest.mark.parametrize(
    ("endpoint", "row", "every"),
    [
        ("nobody.*", "unavailable", 1),
        ("demographics.*", "no-such-row", 1),
        ("demographics.*", "spike-arrested", 1),
        ("demographics.*", "unavailable", 0),
    ],
)
def test_a_fault_that_cannot_be_is_refused(openroots, endpoint, row, every):
    """What fits no endpoint, names no failure, lacks a field or never strikes is refused."""
    with pytest.raises(ValueError, match=r"."):
        openroots.trouble(endpoint, row, every=every)


def test_no_trouble_is_made_in_a_live_world(tmp_path):
    """A live installation has no faults, whoever asks for them."""
    nation = open_nation(tmp_path, mode="live", people=0)
    with pytest.raises(ValueError, match="live"):
        nation.trouble("demographics.*")
    assert nation.faults not in nation.house.gateway.steps
    nation.close()
