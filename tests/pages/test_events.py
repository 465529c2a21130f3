"""Pages of events show an application what became of its events, and keep its key to its forms."""

import httpx
import pytest

from openroots.testing import Nation
from tests.pages.lived_in import HUB, JANE, JANET, subscribe
from tests.pages.reading import hidden_in, words_of

PATCH = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}


def asked(client: httpx.Client, **form: str) -> httpx.Response:
    """The page that a form of the subscriptions leads to."""
    return client.post("/events", data=form)


@pytest.fixture
def owner(openroots: Nation):
    """A client of the pages of a world of its own, and the id of a subscription there."""
    id = subscribe(openroots)
    with httpx.Client(base_url=openroots.url, timeout=60) as client:
        yield client, id


def test_a_key_shows_its_subscriptions(reader: httpx.Client) -> None:
    """What each is told of and where it is sent; the log is one button away."""
    page = words_of(asked(reader, key=HUB).text)
    assert "eventType='pds-record-change-2' To keep our list as it should be" in page
    assert "Delivery log" in page


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"key": "no-such-key", "numbers": JANE}, "key"),
        ({"numbers": "nobody"}, "numbers"),
        ({"numbers": JANE, "since": "soon"}, "since"),
        ({"list": "never named"}, "list"),
    ],
)
def test_what_is_asked_wrongly_of_a_list_is_told_beside_its_field(
    reader: httpx.Client, typed: dict[str, str], field: str
) -> None:
    """The summary leads there too."""
    page = reader.post("/events/changes", data={"key": HUB, **typed}).text
    assert page.count(f'href="#{field}"') == 1
    assert [name for name in ("key", "numbers", "since", "list") if f'"{name}-error"' in page] == [
        field
    ]


@pytest.mark.parametrize(
    ("key", "status"),
    [
        ("", 400),
        ("no-such-key", 401),
        ("Bearer x", 401),
        ("k\u00fcy", 400),
        (f"{HUB}\r\nx: y", 400),
    ],
)
def test_what_is_no_good_key_is_refused(reader: httpx.Client, key: str, status: int) -> None:
    """In words, and it is not sent back."""
    answer = asked(reader, key=key)
    assert answer.status_code == status
    assert "There is a problem" in words_of(answer.text)
    assert not key or f'value="{key}"' not in answer.text


@pytest.mark.parametrize("path", ["/events", "/events/changes"])
def test_an_application_that_is_not_set_up_for_events_is_told_so(
    reader: httpx.Client, path: str
) -> None:
    """The API says of it, as is published, that there was an internal server error."""
    answer = reader.post(path, data={"key": "ferndale-records-key", "numbers": JANE})
    assert answer.status_code == 502
    assert "it was registered without the attribute product-id" in words_of(answer.text)
    assert "Internal server error" not in answer.text
    assert 'id="key-error"' in answer.text


def test_a_token_opens_as_a_key_does(lived_in: Nation, reader: httpx.Client) -> None:
    """Written as in the header by which an application would send it."""
    token = lived_in.token("larkfield-events-hub")["authorization"]
    assert asked(reader, key=token).status_code == 200
    assert asked(reader, key=f"{token}x").status_code == 401


def test_no_key_is_kept_where_others_could_find_it(reader: httpx.Client) -> None:
    """Not in an address, a cookie or the browser's cache: only in the forms of the page."""
    answer = asked(reader, key=HUB)
    assert HUB in hidden_in(answer.text, "key")
    assert f"={HUB}" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers


def test_a_test_event_is_sent_and_its_failure_told(owner: tuple[httpx.Client, str]) -> None:
    """The log shows what was tried and what was heard; a form that comes twice sends one."""
    client, id = owner
    page = asked(client, key=HUB, id=id).text
    once = hidden_in(page, "request_id")[0]
    for _ in range(2):
        told = words_of(asked(client, key=HUB, id=id, do="test", request_id=once).text)
        assert "A test event is on its way." in told
    asked(client, key=HUB, id=id, do="pause")  # which takes its place after the test
    log = asked(client, key=HUB, id=id).text
    assert "no connection" in words_of(log)
    assert len(set(hidden_in(log, "delivery"))) == 1


def test_a_subscription_is_paused_and_resumed(owner: tuple[httpx.Client, str]) -> None:
    """The page that follows shows how it stands by then, and the button that undoes it."""
    client, id = owner
    paused = words_of(asked(client, key=HUB, id=id, do="pause").text)
    assert "Now Paused" in paused
    assert "Resume" in paused
    resumed = words_of(asked(client, key=HUB, id=id, do="resume").text)
    assert "Now Paused" not in resumed
    assert "Pause" in resumed


def test_an_event_is_sent_again_from_the_log(owner: tuple[httpx.Client, str]) -> None:
    """One that is in the log; any other is refused on the page."""
    client, id = owner
    asked(client, key=HUB, id=id, do="test")
    asked(client, key=HUB, id=id, do="pause")
    delivery = hidden_in(asked(client, key=HUB, id=id).text, "delivery")[0]
    again = asked(client, key=HUB, id=id, do="resend", delivery=delivery)
    assert "The event is sent again." in words_of(again.text)
    other = asked(client, key=HUB, id=id, do="resend", delivery="msg_none")
    assert (other.status_code, "Not found" in words_of(other.text)) == (404, True)


@pytest.mark.parametrize("id", ["not-an-id", "../../subscriptions", "a/b", "\u00fc"])
def test_a_subscription_that_is_none_is_not_found(reader: httpx.Client, id: str) -> None:
    """Whatever is sent as its id, no other path is asked."""
    answer = asked(reader, key=HUB, id=id, do="pause")
    assert answer.status_code in (400, 404)
    assert "There is a problem" in words_of(answer.text)


def test_who_has_changed_is_told_since_the_last_time(openroots: Nation) -> None:
    """The first answer gives a marker; the next, with it, tells whose record is other and where."""
    with httpx.Client(base_url=openroots.url, timeout=60) as client:
        form = {"key": HUB, "numbers": f"{JANE}\n900 000 0025"}
        first = client.post("/events/changes", data=form)
        assert "This was the first time" in words_of(first.text)
        read = {"if-match": 'W/"2"', "content-type": "application/json-patch+json"}
        path = f"/personal-demographics/FHIR/R4/Patient/{JANE}"
        assert openroots.ask("PATCH", path, PATCH, headers=read).status == 200
        marker = words_of(first.text).partition("Marker for the next time: ")[2].split()[0]
        page = client.post("/events/changes", data=form | {"since": marker})
        table = client.post("/events/changes", data=form | {"since": marker, "as": "text/csv"})
    assert "1 of 2 people has changed." in words_of(page.text)
    assert "Gender" in words_of(page.text)
    assert table.headers["content-disposition"] == 'attachment; filename="changed-people.csv"'
    assert f"{JANE},gender" in table.text
    assert JANET not in table.text


def test_a_list_with_a_name_is_asked_for_by_its_name(openroots: Nation) -> None:
    """It is kept for the application, as its API shows; numbers sent with it take its place."""
    with httpx.Client(base_url=openroots.url, timeout=60) as client:

        def ask(**form: str) -> httpx.Response:
            return client.post("/events/changes", data={"key": HUB, "list": "Rosewood"} | form)

        unknown = ask()
        kept = ask(numbers=f"{JANE}, {JANET}")
        read = {"if-match": 'W/"2"', "content-type": "application/json-patch+json"}
        path = f"/personal-demographics/FHIR/R4/Patient/{JANE}"
        assert openroots.ask("PATCH", path, PATCH, headers=read).status == 200
        page, table = ask(), ask(**{"as": "text/csv"})
        fewer = ask(numbers=JANET)
    assert unknown.status_code == 404
    assert "No list is kept under this name" in words_of(unknown.text)
    assert "0 of 2 people have changed." in words_of(kept.text)
    assert "The list is kept as Rosewood" in words_of(kept.text)
    assert "1 of 2 people has changed." in words_of(page.text)
    assert f"{JANE},gender" in table.text
    assert "0 of 1 person has changed." in words_of(fewer.text)
    asked_by = {"apikey": HUB, "x-correlation-id": "1"}
    lists = openroots.ask("GET", "/multicast-notification-service/lists", headers=asked_by).body
    assert [(one["name"], one["people"]) for one in lists["lists"]] == [("Rosewood", 1)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"numbers": ""},
        {"numbers": "9000000000"},
        {"numbers": "9000000000", "list": "Rosewood"},
        {"since": "x"},
        {"key": "no"},
        {"key": "no", "list": "Rosewood"},
    ],
)
def test_a_list_that_cannot_be_read_is_refused(reader: httpx.Client, wrong: dict[str, str]) -> None:
    """In words, with what was pasted in still there; as a file is asked for, too."""
    form = {"key": HUB, "numbers": JANE, "as": "text/csv"} | wrong
    answer = reader.post("/events/changes", data=form)
    assert 400 <= answer.status_code < 500
    assert "There is a problem" in words_of(answer.text)
    assert form["numbers"] in answer.text
