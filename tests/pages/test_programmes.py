"""Programmes have pages: how many cases stand at each stage on any day, and which these are."""

import httpx
import pytest

from tests.pages.reading import words_of


def read(visitor: httpx.Client, path: str, status: int = 200) -> str:
    """What is read on a page."""
    answer = visitor.get(path)
    assert answer.status_code == status
    return words_of(answer.text)


def test_every_programme_is_counted_as_of_a_day(visitor: httpx.Client) -> None:
    """In the sentence that the register tells of that day."""
    for on in ("2026-11-21", "2020-01-01"):
        page = read(visitor, f"/programmes?on={on}")
        for programme in visitor.get("/standards-register/programmes").json()["programmes"]:
            at = f"/standards-register/programmes/{programme['id']}"
            told = visitor.get(at, params={"on": on}).json()
            assert programme["title"] in page
            assert told["sentence"].capitalize() in page


@pytest.mark.parametrize(
    ("on", "told"),
    [
        ("2019-05-31", "None."),
        ("2019-06-01", "3 approved."),
        ("2019-12-31", "2 coming, 1 approved."),
        ("2020-02-05", "1 connected, 1 coming, 1 approved."),
    ],
)
def test_how_far_it_had_come_is_told_of_any_day(reader: httpx.Client, on: str, told: str) -> None:
    """ "7 connected, 11 coming, 49 approved": whichever day is asked for."""
    page = read(reader, f"/programmes/login-onboarding?on={on}")
    assert told in page
    assert ("Service 0" in page) is (told != "None.")


def test_a_programme_is_told_stage_by_stage(visitor: httpx.Client) -> None:
    """With how many stand there, and each by its name."""
    told = visitor.get("/standards-register/programmes/standards").json()
    cases = visitor.get("/standards-register/programmes/standards/cases").json()["cases"]
    page = read(visitor, "/programmes/standards")
    for stage in told["stages"]:
        assert f"{stage['words'].capitalize()} {stage['count']}" in page
    for case in cases:
        assert case["name"] in page


def test_standards_that_came_with_the_house_are_counted_and_no_cases(visitor: httpx.Client) -> None:
    """Where nothing was drafted or moved, that is said, and where they are listed."""
    assert visitor.get("/standards-register/programmes/standards/cases").json()["count"] == 0
    page = read(visitor, "/programmes/standards")
    assert "All of them came with OpenRoots: none was drafted or moved here" in page
    assert "No case" not in page


def test_why_another_page_counts_standards_otherwise_is_said(visitor: httpx.Client) -> None:
    """The list tells of mandates, by care setting; a programme of the stages on the way there."""
    said = "A mandate is no such stage: what is mandated is counted in the list of standards"
    assert said in read(visitor, "/programmes/standards")
    assert said not in read(visitor, "/programmes/login-onboarding")


def test_before_anything_came_to_a_stage_it_is_said_so(visitor: httpx.Client) -> None:
    assert "No case had come to any stage on 1 January 1950." in read(
        visitor, "/programmes/standards?on=1950-01-01"
    )


def test_a_day_that_is_none_and_a_programme_that_is_not_there_are_told(
    visitor: httpx.Client,
) -> None:
    for path in ("/programmes?on=soon", "/programmes/standards?on=soon"):
        assert "There is a problem" in read(visitor, path, 400)
    read(visitor, "/programmes/nothing", 404)
