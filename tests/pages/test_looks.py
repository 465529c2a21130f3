"""The page on who looked at a record tells made-up people, and nobody where people are real."""

import csv
import io

import httpx
import pytest

from openroots.pages.site import site
from openroots.testing import Nation
from tests.pages.lived_in import JANE
from tests.pages.reading import words_of


def asked(client: httpx.Client, **form: str) -> httpx.Response:
    """The page that its form leads to."""
    return client.post("/who-looked", data=form)


def test_a_person_is_told_who_looked_and_what_for(reader: httpx.Client) -> None:
    """Staff by name, systems apart from them, an emergency flagged, in groups by day."""
    page = words_of(asked(reader, number="900 000 0009").text)
    for told in (
        "21 November 2026",
        "Staff Bryn Halloway with Ashby practice system Get patient details. To give care",
        "Staff Amara Quill with Ashby practice system Get patient details. Emergency access",
        "Computer system Ferndale records service",
    ):
        assert told in page


def test_that_somebody_looked_here_is_written_down(reader: httpx.Client) -> None:
    asked(reader, number=JANE)
    assert "You on this page" in words_of(asked(reader, number=JANE).text)


def test_all_of_it_can_be_kept_as_a_table(reader: httpx.Client) -> None:
    """A line for each entry, in the browser's downloads and in no cache."""
    answer = asked(reader, number=JANE, **{"as": "text/csv"})
    assert answer.headers["content-disposition"] == 'attachment; filename="who-looked.csv"'
    assert answer.headers["cache-control"] == "no-store"
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert {line["kind"] for line in lines} >= {"staff", "system"}
    assert [line["name"] for line in lines if line["emergency"]] == ["Amara Quill"]


@pytest.mark.parametrize(
    ("number", "status", "told"),
    [
        ("", 400, "Enter an NHS number of 10 digits"),
        ("9000000000", 400, "Enter an NHS number of 10 digits"),
        ("<b>", 400, "Enter an NHS number of 10 digits"),
        ("9111231130", 404, "Nobody here has this NHS number."),
    ],
)
def test_a_number_that_is_nobodys_is_refused(
    reader: httpx.Client, number: str, status: int, told: str
) -> None:
    answer = asked(reader, number=number)
    assert (answer.status_code, told in words_of(answer.text)) == (status, True)


def test_a_page_that_goes_on_from_nowhere_is_refused(reader: httpx.Client) -> None:
    assert asked(reader, number=JANE, after="x").status_code == 400


def test_no_number_is_in_an_address_a_trail_or_a_log(
    lived_in: Nation, reader: httpx.Client
) -> None:
    """The page asks at the door as everybody does, and leaves no number behind in clear."""
    page = asked(reader, number=JANE)
    assert JANE not in str(page.url)
    assert page.headers["cache-control"] == "no-store"
    assert JANE not in str(lived_in.trails())


def test_the_page_is_not_there_where_people_are_real(lived_in: Nation) -> None:
    """Nobody can prove there yet whose record is theirs."""
    paths = {getattr(route, "path", "") for route in site(lived_in.house.gateway).routes}
    real = site(lived_in.house.gateway, made_up=False).routes
    made_up = {"/who-looked", "/developers/report", "/catalogue/{service}/try"}
    assert paths - {getattr(route, "path", "") for route in real} == made_up


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"origin": "https://elsewhere.example"}, b"number=9000000009", 403),
        ({"origin": "null"}, b"number=9000000009", 403),
        ({"content-type": "application/json"}, b"{}", 415),
        ({}, b"number=%ff", 400),
        ({}, b"&".join(b"n=1" for _ in range(60)), 400),
        ({}, b"number=" + b"9" * (1 << 20), 413),
    ],
)
def test_a_form_of_another_site_or_that_is_none_is_refused(
    reader: httpx.Client, headers: dict[str, str], body: bytes, status: int
) -> None:
    """Told on a page, and never as a mistake of ours."""
    usual = {"content-type": "application/x-www-form-urlencoded"}
    answer = reader.post("/who-looked", content=body, headers=usual | headers)
    assert (answer.status_code, "Sorry, this did not work" in answer.text) == (status, True)
    assert "mistake of OpenRoots" not in answer.text
