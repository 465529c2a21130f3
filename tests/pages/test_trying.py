"""An API can be tried on a page, which sends what was typed in and nothing else."""

import httpx
import pytest

from openroots.testing import open_nation
from tests.pages.reading import words_of

TRY = "/catalogue/demographics/try"
REGISTER, MADE_UP = "standards-register", ("ashby-practice-key", "national-standards-key")
ID = "60e0b220-8136-4ca5-ae46-1d97ef59d068"


def tried(visitor: httpx.Client, endpoint: str, **typed: str) -> str:
    """What is read on the page once this was sent."""
    form = {name.replace("__", "."): value for name, value in typed.items()}
    answer = visitor.post(TRY, params={"endpoint": endpoint}, data=form)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    return words_of(answer.text)


def test_a_record_is_read(visitor: httpx.Client) -> None:
    """The form has an example in it; the answer is shown with its trail, and as a command."""
    assert 'value="9000000009"' in visitor.get(TRY, params={"endpoint": "read-patient"}).text
    headers = {"header__X-Request-ID": ID}
    page = tried(visitor, "read-patient", path__id="9000000009", **headers)
    for told in ("200 OK", '"9000000009"', "openroots why", f"X-Request-ID: {ID}"):
        assert told in page


def test_a_persons_number_is_filled_in_only_where_a_person_is_meant(visitor: httpx.Client) -> None:
    """Nor is it in the command that the page of the API shows."""
    page = visitor.get("/catalogue/events/try", params={"endpoint": "read-list"}).text
    assert 'id="path.id" name="path.id"' in page
    assert "9000000009" not in page
    assert "/lists/9000000009" not in visitor.get("/catalogue/events").text


def test_what_is_left_out_is_not_sent(visitor: httpx.Client) -> None:
    """So a refusal is seen as a program would get it."""
    page = tried(visitor, "read-patient", path__id="9000000009")
    assert "412 Precondition failed" in page or "400 Bad request" in page
    assert "X-Request-ID" in page


@pytest.mark.parametrize("number", ["no number", "a/b", "..", "<script>", "\u202e9"])
def test_nothing_that_is_typed_in_breaks_it(visitor: httpx.Client, number: str) -> None:
    """It is refused by the API, in the API's own words."""
    headers = {"header__X-Request-ID": f"{ID}\r\nX-Other: 1"}
    assert "OperationOutcome" in tried(visitor, "read-patient", path__id=number, **headers)


def test_a_body_is_sent(visitor: httpx.Client) -> None:
    """One that is no JSON too: its refusal is what is to be seen."""
    headers = {"header__X-Request-ID": ID, "header__If-Match": 'W/"2"'}
    assert "400 Bad request" in tried(
        visitor, "patch-patient", path__id="9000000009", body="{", **headers
    )


def test_an_endpoint_that_is_not_there_has_no_page(visitor: httpx.Client) -> None:
    for path in (f"{TRY}?endpoint=nothing", "/catalogue/nothing/try"):
        assert visitor.get(path).status_code == 404


def test_a_form_of_another_site_is_not_sent(visitor: httpx.Client) -> None:
    answer = visitor.post(TRY, data={"path.id": "1"}, headers={"origin": "http://evil.example"})
    assert answer.status_code == 403


def test_where_people_are_real_nothing_is_tried(tmp_path) -> None:
    """Nor are there pages of sandboxes and requests; and no command is about what is made up."""
    nation = open_nation(tmp_path / "state", mode="live")
    for path in (TRY, "/sandboxes", "/requests"):
        assert httpx.get(nation.url + path).status_code == 404
        assert httpx.post(nation.url + path, data={"token": "x"}).status_code == 404
    shown = [httpx.get(f"{nation.url}/catalogue/{api}").text for api in ("authorisation", REGISTER)]
    nation.close()
    assert "/applications/{id}" in shown[1]
    assert [name for name in MADE_UP if name in "".join(shown)] == []
