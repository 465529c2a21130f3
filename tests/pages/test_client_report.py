"""The page that checks a client shows what it breaks, and gives the report to keep."""

from xml.etree import ElementTree

import httpx
import pytest

from openroots.gateway.clients.signed import verify
from openroots.identity.public_keys import PublicKeys
from openroots.pages.client_report import ADDRESS
from openroots.pages.frame import Frame
from openroots.testing import KEY, Nation
from tests.pages.lived_in import JANE, RECORD
from tests.pages.reading import words_of


@pytest.fixture(scope="module")
def watched(lived_in: Nation) -> Nation:
    """A world in which a client has sent a request without an id."""
    lived_in.ask("GET", RECORD, headers={"apikey": KEY})
    lived_in.ask("GET", RECORD, headers={"apikey": KEY, "x-request-id": ""})
    return lived_in


def test_what_a_client_breaks_is_shown_with_how_to_mend_it(
    watched: Nation, reader: httpx.Client
) -> None:
    """With the trail that shows it, and what was not seen or cannot be told apart from it."""
    page = reader.get(f"{ADDRESS}?app=ashby-practice-system")
    words = words_of(page.text)
    assert "What it breaks Each request has an X-Request-ID that is a UUID. Broken" in words
    assert "demographics.read-patient: it has none" in words
    assert "Make a UUID for each request" in words
    assert "What cannot be told from outside" in words
    assert page.headers["cache-control"] == "no-store"
    assert JANE not in page.text


def test_the_report_can_be_kept(watched: Nation, reader: httpx.Client) -> None:
    """Signed, or as a file for CI; the links that lead there keep what was asked."""
    page = reader.get(f"{ADDRESS}?app=ashby-practice-system").text
    assert '"?app=ashby-practice-system&amp;since=&amp;as=json"' in page
    told = reader.get(f"{ADDRESS}?app=ashby-practice-system&as=json").json()
    assert verify(told["signed"], PublicKeys(told["keys"]).verify) == told["report"]
    junit = reader.get(f"{ADDRESS}?as=junit")
    assert junit.headers["content-disposition"] == 'attachment; filename="client-report.xml"'
    assert ElementTree.fromstring(junit.content).tag == "testsuite"


@pytest.mark.parametrize(
    ("query", "status", "told"),
    [
        ("app=nobody", 404, "No application is called 'nobody'. "),
        ("since=soon", 400, "'soon' is not a moment"),
        ("app=%3Cb%3E", 404, "No application is called '<b>'. "),
    ],
)
def test_what_no_report_can_be_of_is_refused(
    reader: httpx.Client, query: str, status: int, told: str
) -> None:
    page = reader.get(f"{ADDRESS}?{query}")
    assert (page.status_code, told in words_of(page.text)) == (status, True)
    assert "<b>'" not in page.text
    assert ".." not in words_of(page.text)


@pytest.mark.parametrize("kept", [True, False])
def test_nothing_leads_to_a_report_where_requests_are_not_kept(kept: bool) -> None:
    """As beside several workers, each of which would know of its own requests alone."""
    page = Frame(made_up=True, kept=True, recorded=kept).html("developers.jinja").body
    assert (f'href="{ADDRESS}"'.encode() in page) is kept
