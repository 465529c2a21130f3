"""Every row of the failures table: what is then said, and that it is provoked."""

import re
from string import Formatter
from typing import Any

import pytest

from openroots.service import Access
from openroots.services.demographics import service
from openroots.services.demographics.failures.writing import LIMITS
from openroots.testing import Nation
from tests.services.demographics.desk import APPLICATION, JANE, PRIVILEGED, Desk
from tests.services.demographics.patches import op
from tests.services.demographics.refusals import CASES, Asked
from tests.services.demographics.refusals_asked import ASKED


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


@pytest.mark.parametrize("row", ASKED)
def test_refusals_of_what_is_searched_for_and_created(openroots: Nation, row: str) -> None:
    """Each way to fail that no read and no patch meets is told in the words of its row; what is
    said word for word stands beside the tests of each interaction."""
    failure, told = service.failures[row], ASKED[row](openroots)
    [issue] = told.body["issue"]
    assert (told.status, told.code, issue["code"]) == (failure.status, failure.code, failure.issue)
    assert re.fullmatch(_pattern(failure.words or ""), issue.get("diagnostics", ""))
    display = issue["details"]["coding"][0]["display"]
    assert re.fullmatch(_pattern(failure.display), display)


def test_every_row_is_provoked() -> None:
    """No row of the failures table is there for nothing, and none is untested: that of too many
    created is the gateway's to raise, and is tested there."""
    provoked = {case[0] for case in CASES} | ASKED.keys()
    assert provoked == service.own_failures.keys() - LIMITS.keys()


def _pattern(template: str) -> str:
    """What fits a row's words, whatever is put in the places that it keeps."""
    parts = Formatter().parse(template)
    return "".join(re.escape(text) + (".+" if name else "") for text, name, _, _ in parts)


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
