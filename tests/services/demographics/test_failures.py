"""Every row of the failures table: what is then said, and that it is provoked."""

from typing import Any

import pytest

from openroots.service import Access
from openroots.services.demographics import service
from openroots.services.demographics.failures import TROUBLES
from openroots.services.demographics.failures.asking import SEARCHES
from openroots.services.demographics.failures.writing import COVERAGE, CREATES, LIMITS
from tests.services.demographics.desk import APPLICATION, JANE, PRIVILEGED, Desk
from tests.services.demographics.patches import op
from tests.services.demographics.refusals import CASES, Asked


@pytest.mark.parametrize(
    ("row", "asked", "status", "code", "words"), CASES, ids=[case[0] for case in CASES]
)
def test_refusals(
    desk: Desk, row: str, asked: Asked, status: int, code: str, words: str | None
) -> None:
    """Each way to fail is told with its own status, code and words, and changes nothing."""
    before = desk.store.snapshot().t
    told = asked(desk)
    assert (told.row, told.status, told.code, told.words) == (row, status, code, words)
    assert desk.store.snapshot().t == before


def test_every_row_is_provoked() -> None:
    """No row of the failures table is there for nothing, and none is untested: those of limits
    are the gateway's to raise, and are tested there; those of coverage, of searches and of creating
    have tests of their own, and those of troubles are below or in tests of conformance."""
    elsewhere = LIMITS.keys() | COVERAGE.keys() | SEARCHES.keys() | CREATES.keys()
    elsewhere |= TROUBLES.keys()
    assert {case[0] for case in CASES} == service.own_failures.keys() - elsewhere


def test_every_endpoint_names_its_rows(desk: Desk) -> None:
    """A row that a request provokes is one that its endpoint says it can answer with."""
    for row, asked, *_ in CASES:
        asked(desk)
        named = {
            *(
                name
                for endpoint in service.endpoints
                for name in (*endpoint.fails, endpoint.refused)
            ),
            *(name for rule in service.headers for name in (rule.missing, rule.invalid)),
        }
        assert row in named


def test_unsupported_values_are_in_the_display(desk: Desk) -> None:
    """A legacy value that may be read but not written is told in the display."""
    told = desk.patch(JANE, op("add", "/address/-", {"use": "work", "line": ["x"]}))
    display = told.issue["details"]["coding"][0]["display"]
    assert display == "Unsupported value - 'work' in field 'address/2/use'"


@pytest.mark.parametrize("caller", [APPLICATION, PRIVILEGED], ids=["any", "privileged"])
def test_applications_cannot_update(desk: Desk, caller: Any) -> None:
    """An application on its own may not update, and is told with which access it asked."""
    told = desk.patch(JANE, op("replace", "/gender", "male"), caller=caller)
    display = told.issue["details"]["coding"][0]["display"]
    assert display == f"Cannot update resource with {caller.access.value} access token"
    assert caller.access is not Access.PATIENT


def test_an_application_without_an_asid_can_be_met_on_purpose(openroots: Any) -> None:
    """What the platform tells an application that has not been given its ASID, word for word."""
    openroots.trouble("demographics.*", "asid-missing")
    told = openroots.ask("GET", "/personal-demographics/FHIR/R4/Patient/9000000009")
    [issue] = told.body["issue"]
    assert (told.status, told.code, issue["code"]) == (400, "MISSING_VALUE", "value")
    assert issue["details"]["coding"][0]["display"] == "Required value is missing"
    words = "No ASID is associated with your app. Please contact support."
    assert issue["diagnostics"] == words
