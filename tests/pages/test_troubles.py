"""Pages tell a trouble of the services that they ask, and never as a mistake of their own."""

import re

import httpx
import pytest

from openroots.testing import Nation
from tests.pages.lived_in import HUB, JANE, subscribe
from tests.pages.reading import words_of

TRY = "/catalogue/demographics/try?endpoint=read-patient"
READ = ("/standards", "/standards/plain-words", "/changes", "/programmes", "/programmes/standards")
READ += ("/suppliers/Example%20Health%20Software",)
OURS, NO_ANSWER = "a mistake of OpenRoots", "The service gave no answer. Try again."
TELLS = {"fail": "Try again later.", "drop": NO_ANSWER, "lose": NO_ANSWER, "limited": "quota"}


def told_at(answer: httpx.Response) -> tuple[str, bool]:
    """What is read on a page, and whether it says there that something is wrong."""
    words = words_of(answer.text)
    assert OURS not in words, answer.url
    assert "X-Request-ID" not in words, answer.url
    return words, answer.status_code >= 400


@pytest.fixture
def subscription(openroots: Nation) -> dict[str, str]:
    """The form that shows the log of a subscription."""
    return {"key": HUB, "id": subscribe(openroots)}


@pytest.mark.parametrize("every", [1, 2])
@pytest.mark.parametrize(("do", "told"), TELLS.items())
def test_a_service_in_trouble_is_told_on_the_page(
    openroots: Nation, subscription: dict[str, str], do: str, told: str, every: int
) -> None:
    """Also where a page asks several things, and only one of them is in trouble."""
    openroots.trouble("*", do=do, every=every)
    forms = [("/events", subscription), ("/events", subscription | {"do": "test"})]
    forms += [("/who-looked", {"number": JANE}), ("/events/changes", {"key": HUB, "numbers": JANE})]
    with httpx.Client(base_url=openroots.url, timeout=60) as client:
        answers = [client.get(path) for path in READ]
        answers += [client.post(path, data=form) for path, form in forms]
    wrong = [words for words, is_wrong in map(told_at, answers) if is_wrong]
    assert len(wrong) == len(answers) or every > 1
    assert wrong
    assert all(told in words for words in wrong)


@pytest.mark.parametrize("do", TELLS)
def test_a_table_to_keep_is_refused_whole(openroots: Nation, do: str) -> None:
    """Before its first line, so that no browser keeps half of it."""
    openroots.trouble("access-log.*", do=do)
    form = {"number": JANE, "as": "text/csv"}
    answer = httpx.post(f"{openroots.url}/who-looked", data=form, timeout=60)
    words, is_wrong = told_at(answer)
    assert is_wrong
    assert TELLS[do] in words
    assert 'id="number-error"' not in answer.text


@pytest.mark.parametrize("path", ["/events", "/events/changes"])
def test_no_field_is_said_to_be_wrong_where_the_service_is(openroots: Nation, path: str) -> None:
    openroots.trouble("events.*")
    page = httpx.post(f"{openroots.url}{path}", data={"key": HUB, "numbers": JANE}, timeout=60)
    assert page.status_code == 503
    assert "There is a problem" in page.text
    assert not re.findall(r'id="\w+-error"', page.text)


def test_a_request_that_is_tried_and_lost_is_told_as_lost(openroots: Nation) -> None:
    """No status is made up for it; the same stands there as a command."""
    openroots.trouble("demographics.*", do="lose")
    form = {"path.id": JANE, "header.X-Request-ID": "60e0b220-8136-4ca5-ae46-1d97ef59d068"}
    answer = httpx.post(f"{openroots.url}{TRY}", data=form, timeout=60)
    words = words_of(answer.text)
    assert answer.status_code == 200
    assert "The answer No answer" in words
    assert "curl" in words
    assert "504" not in words
