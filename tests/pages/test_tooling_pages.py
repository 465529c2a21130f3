"""Sandboxes and requests have pages, which can do what their visitor's token can, and no more."""

import io
import re
import zipfile
from html import unescape
from uuid import uuid4

import httpx
import pytest

from openroots.gateway.tooling import TOKEN_FILE
from openroots.pages.requests import mends_in
from openroots.testing import Nation
from tests.pages.reading import hidden_in, words_of

RECORD = "/personal-demographics/FHIR/R4/Patient/9000000009"
ADDRESSES = ["/sandboxes", "/requests", "/clock", "/faults", "/people"]
WRONG = "The token is not that of this server."


@pytest.fixture(scope="module")
def token(nation: Nation) -> str:
    """The token of the server."""
    return (nation.house.settings.state / TOKEN_FILE).read_text("ascii").strip()


def read(visitor: httpx.Client, path: str = RECORD, **headers: str) -> httpx.Response:
    """Read a record, as any client does."""
    return visitor.get(path, headers={"x-request-id": str(uuid4()), **headers})


@pytest.mark.parametrize("path", ADDRESSES)
def test_nothing_is_shown_without_the_token(visitor: httpx.Client, path: str) -> None:
    """Whoever has none, or a wrong one, is told so and where it is; nobody is shown anything."""
    assert "Token of this server" in visitor.get(path).text
    for token, status, told in (("", 400, "Enter the token"), ("0" * 48, 403, WRONG)):
        answer = visitor.post(path, data={"token": token, "do": "create", "name": "sneaked"})
        assert (answer.status_code, told in words_of(answer.text)) == (status, True)
        assert answer.headers["cache-control"] == "no-store"
    assert visitor.get("/sandbox/sneaked/").status_code == 404


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize(
    "headers", [{"origin": "http://evil.example"}, {"host": "evil.example"}], ids=["origin", "host"]
)
def test_a_page_of_another_site_gets_nowhere_even_with_the_token(
    visitor: httpx.Client, token: str, path: str, headers: dict[str, str]
) -> None:
    """Nor does one that has made its own name lead to this machine."""
    answer = visitor.post(path, data={"token": token}, headers=headers)
    assert answer.status_code == 403
    assert token not in answer.text


def test_a_sandbox_is_made_looked_at_moved_reset_and_dropped(
    visitor: httpx.Client, nation: Nation, token: str
) -> None:
    """By forms alone; what cannot be undone is asked twice."""

    def send(**form: str) -> str:
        answer = visitor.post("/sandboxes", data={"token": token, **form})
        assert answer.status_code == 200, words_of(answer.text)
        return words_of(answer.text)

    made = send(do="create", name="seat-1", people="", application="")
    assert "seat-1 is ready" in made
    assert f"{nation.url}/sandbox/seat-1" in made
    assert "seat-1" in send()
    shown = send(do="show", id="seat-1")
    assert "None: every request is answered" in shown
    assert shown.count("Sandbox ") == 1  # its heading: this server is none itself
    assert "3 May 2027" in send(do="clock", id="seat-1", to="2027-05-03")
    assert "3 May 2027" in send()  # on the list too
    assert "3 May 2027" in words_of(visitor.get("/sandbox/seat-1/").text)
    assert "3 May 2027" not in words_of(visitor.get("/").text)
    assert "Reset seat-1?" in send(do="reset", id="seat-1")
    assert "seat-1 is as new." in send(do="reset", id="seat-1", sure="yes")
    assert "Drop seat-1?" in send(do="drop", id="seat-1")
    assert "seat-1" in send()
    assert "seat-1 is gone." in send(do="drop", id="seat-1", sure="yes")
    assert "There is none yet." in send()


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"do": "create", "name": "Not A Name"}, "1 to 40 of a-z, 0-9 and -"),
        ({"do": "create", "people": "many"}, "a whole number from 0 on"),
        ({"do": "create", "application": "nobody"}, "nobody"),
        ({"do": "show", "id": "none"}, "none"),
        ({"do": "drop", "id": "../..", "sure": "yes"}, "-"),
    ],
)
def test_what_cannot_be_is_told(
    visitor: httpx.Client, token: str, form: dict[str, str], told: str
) -> None:
    """In the words of the tooling door, on the page that asked."""
    answer = visitor.post("/sandboxes", data={"token": token, **form})
    page = words_of(answer.text)
    assert answer.status_code in (400, 404)
    assert "There is a problem" in page
    assert told in page


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "No name"}, "name"),
        ({"people": "20001"}, "people"),
        ({"application": "nobody"}, "application"),
    ],
)
def test_a_refusal_leads_to_the_field_that_it_is_about(
    visitor: httpx.Client, token: str, given: dict[str, str], field: str
) -> None:
    """By a link in the summary, and beside the field; the title of the page says it first."""
    page = visitor.post("/sandboxes", data={"token": token, "do": "create", **given}).text
    assert "<title>Error: Your sandboxes - OpenRoots</title>" in page
    assert f'href="#{field}"' in page
    assert f'id="{field}-error"' in page


def test_requests_that_cannot_be_chosen_are_told_beside_the_field(
    visitor: httpx.Client, token: str
) -> None:
    """What was typed in stays, and every request is shown meanwhile."""
    page = visitor.post("/requests", data={"token": token, "status": "soon"}).text
    assert page.count('href="#status"') == page.count('id="status-error"') == 1
    assert 'value="soon"' in page
    assert 'data-status=""' in page


def test_what_was_refused_is_mended_before_what_was_warned_of() -> None:
    """A standard that only warned came first on the way, and is no reason for the refusal."""
    warned = ["standard", "plain-words clause 1: warn", "", "Send the header."]
    refused = ["refused", "resource-id-invalid", "", "Give ten digits."]
    assert mends_in({"steps": [warned, refused]}) == ["Give ten digits.", "Send the header."]


def test_commands_on_pages_of_a_sandbox_name_it(visitor: httpx.Client, token: str) -> None:
    """Copied as they stand, they would else move the time of the server that it is beside."""
    visitor.post("/sandboxes", data={"token": token, "do": "create", "name": "seat-3"})
    for path in ("/", "/developers", "/standards/request-identity"):
        page = unescape(visitor.get(f"/sandbox/seat-3{path}").text)
        shown = re.findall(r"openroots (?!app create --help)[a-z].*", page)
        assert [line for line in shown if "--sandbox seat-3" not in line] == []
        assert shown
        assert "--sandbox" not in visitor.get(path).text
    visitor.post("/sandboxes", data={"token": token, "do": "drop", "id": "seat-3", "sure": "yes"})


def test_a_sandbox_has_a_page_of_its_own_requests(
    visitor: httpx.Client, nation: Nation, token: str
) -> None:
    """Beneath its path, with its own token; and what was asked of it stands on no other list."""
    made = visitor.post("/sandboxes", data={"token": token, "do": "create"})
    at = re.findall(r"/sandbox/(s-[0-9a-f]+)", made.text)[0]
    own = re.findall(r">([0-9a-f]{48})<", made.text)[0]
    assert read(visitor, f"/sandbox/{at}{RECORD}").status_code == 200
    page = visitor.post(f"/sandbox/{at}/requests", data={"token": own})
    assert RECORD in page.text
    assert f'data-live="/sandbox/{at}/_openroots/requests/live"' in page.text
    assert visitor.post(f"/sandbox/{at}/requests", data={"token": token}).status_code == 403
    inside = visitor.post(f"/sandbox/{at}/sandboxes", data={"token": own})
    assert (inside.status_code, "There is a problem" in inside.text) == (409, True)
    visitor.post("/sandboxes", data={"token": token, "do": "drop", "id": at, "sure": "yes"})


def test_a_request_is_shown_with_why_it_was_answered_so(visitor: httpx.Client, token: str) -> None:
    """Its steps in words, how to mend it, and both sides; a key that it carried is covered."""
    key = {"apikey": "larkfield-events-key"}
    asked = read(visitor, RECORD[:-1], **key)
    assert asked.status_code == 400
    page = visitor.post("/requests", data={"token": token}).text
    newest = hidden_in(page, "id")[0]
    assert newest == asked.headers["x-openroots-trail"]
    one = visitor.post("/requests", data={"token": token, "id": newest})
    shown = words_of(one.text)
    for told in ("Step by step", "To mend it: ", "Refused", "Caller", "[covered]"):
        assert told in shown
    assert "<p>" not in shown
    assert key["apikey"] not in shown
    assert one.headers["cache-control"] == "no-store"


def test_the_list_is_narrowed_by_status(visitor: httpx.Client, token: str) -> None:
    """And a status that is none is told."""
    assert read(visitor).status_code == 200
    read(visitor, RECORD[:-1])
    page = visitor.post("/requests", data={"token": token, "status": "200"}).text
    assert set(re.findall(r'data-slot="status">(\w+)<', page)) == {"200"}
    wrong = visitor.post("/requests", data={"token": token, "status": "no"})
    assert (wrong.status_code, "a status of HTTP" in words_of(wrong.text)) == (400, True)


def test_a_request_is_done_again(visitor: httpx.Client, token: str) -> None:
    """And the page says whether the answer is the same."""
    read(visitor)
    id = hidden_in(visitor.post("/requests", data={"token": token}).text, "id")[0]
    again = visitor.post("/requests", data={"token": token, "id": id, "do": "replay"})
    assert "It was answered with 200. The answer is the same." in words_of(again.text)


def test_requests_are_taken_along(visitor: httpx.Client, token: str) -> None:
    """One or all of them: as a test, as an archive for Bruno, as HAR. No key is in any."""
    read(visitor)
    read(visitor, apikey="larkfield-events-key")
    id = hidden_in(visitor.post("/requests", data={"token": token}).text, "id")[0]
    files = {}
    for kind in ("pytest", "bruno", "har"):
        form = {"token": token, "do": "export", "as": kind, "id": id}
        files[kind] = answer = visitor.post("/requests", data=form)
        assert answer.status_code == 200
        assert answer.headers["content-disposition"].startswith("attachment")
        assert b"larkfield-events-key" not in answer.content
    assert "def test_read_patient(openroots)" in files["pytest"].text
    compile(files["pytest"].text, "test_requests.py", "exec")
    assert "bruno.json" in zipfile.ZipFile(io.BytesIO(files["bruno"].content)).namelist()
    assert len(files["har"].json()["log"]["entries"]) == 1
    every = visitor.post("/requests", data={"token": token, "do": "export", "as": "har"})
    assert len(every.json()["log"]["entries"]) > 1
    wrong = visitor.post("/requests", data={"token": token, "do": "export", "as": "exe"})
    assert (wrong.status_code, "har or pytest or bruno" in words_of(wrong.text)) == (400, True)


def test_a_request_that_is_not_kept_is_told(visitor: httpx.Client, token: str) -> None:
    for form in ({"id": "0" * 24}, {"id": "a/b"}, {"id": "x", "do": "replay"}):
        answer = visitor.post("/requests", data={"token": token, **form})
        assert (answer.status_code, "There is a problem" in answer.text) == (404, True)
