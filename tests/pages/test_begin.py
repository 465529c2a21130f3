"""A live installation gets its first administrator by a link that its own terminal shows."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest
from playwright.sync_api import Browser

from openroots.clock import Stopped
from openroots.identity.applications import fingerprint
from openroots.testing import Nation, openroots_nation
from tests.gateway.door import Door
from tests.pages.browser import sent_by_two_clicks

SAM = {"name": "Sam Park", "id": "Sam.Park@example.com"}
OVER = 410


@pytest.fixture(scope="module")
def live() -> Iterator[Nation]:
    """A live world for all tests here."""
    with openroots_nation(mode="live", people=0) as nation:
        yield nation


@pytest.fixture(scope="module")
def visitor(live: Nation) -> Iterator[httpx.Client]:
    """A client of its pages."""
    with httpx.Client(base_url=live.url, timeout=30) as client:
        yield client


@pytest.fixture
def nation(live: Nation) -> Iterator[Nation]:
    """That world while nobody administers it."""
    yield live
    for one in Door(live).get("/administrators")["administrators"]:
        if one["status"] == "active":
            Door(live).post(f"/administrators/{one['id']}/end")


def begin(nation: Nation) -> str:
    """The link without its origin, as the terminal would show it at a start."""
    return nation.run(nation.house.begin())


def key_on(page: httpx.Response) -> str:
    """The key that the page shows."""
    return page.text.partition('<code class="nhsuk-code__content">')[2].partition("</code>")[0]


def test_the_link_makes_one_administrator_and_is_over(
    nation: Nation, visitor: httpx.Client
) -> None:
    """To look at it uses nothing up; to send the form shows a key, which opens the tooling door;
    then nobody else gets one by it, and a start makes no other."""
    link = begin(nation)
    for _ in range(2):
        page = visitor.get(link)
        assert "The first administrator" in page.text
        assert page.headers["cache-control"] == "no-store"
    made = visitor.post(link, data=SAM)
    headers = {"x-openroots-token": key_on(made)}
    assert made.status_code == 200
    assert Door(nation).ask("GET", "/status", headers=headers)[0] == 200
    for again in (visitor.get(link), visitor.post(link, data={**SAM, "id": "eve@example.com"})):
        assert again.status_code == OVER
        assert not key_on(again)
        assert "openroots admin end ID" in again.text  # for whoever did not see the key
    assert begin(nation) == ""
    entry = nation.audit()[-1]
    assert (entry["endpoint"], entry["user"]) == ("begin", "sam.park@example.com")
    assert entry["t"]


def test_who_sends_it_twice_in_one_moment_is_made_once(
    nation: Nation, visitor: httpx.Client
) -> None:
    """Of several that send the form at once, one gets a key."""
    link = begin(nation)

    with ThreadPoolExecutor(5) as senders:
        sent = [senders.submit(visitor.post, link, data=SAM) for _ in range(5)]
    statuses = sorted(each.result().status_code for each in sent)
    assert statuses == [200, *[OVER] * 4]
    all = Door(nation).get("/administrators")["administrators"]
    assert [one["status"] for one in all].count("active") == 1


@pytest.mark.pages
def test_whoever_clicks_twice_sends_the_form_once(nation: Nation, browser: Browser) -> None:
    """The answer to a second would say that the link is over, and nobody would ever have seen the
    key of the administrator that there is then."""
    page = browser.new_page()
    page.goto(f"{nation.url}{begin(nation)}")
    assert sent_by_two_clicks(page, "Make me the administrator") == 1
    page.close()


def test_a_link_is_over_once_there_is_an_administrator(
    nation: Nation, visitor: httpx.Client
) -> None:
    """However they came to be one: by the command of this machine, while the link was unused."""
    link = begin(nation)
    Door(nation).post("/administrators", {"id": "eve@example.com", "name": "Eve"})
    for told in (visitor.get(link), visitor.post(link, data=SAM)):
        assert told.status_code == OVER
    [only] = [
        one
        for one in Door(nation).get("/administrators")["administrators"]
        if one["status"] == "active"
    ]
    assert only["id"] == "eve@example.com"


def test_after_an_hour_the_link_is_over(nation: Nation, visitor: httpx.Client) -> None:
    """Up to then it is good. A later start makes another, with which the older one is over."""
    first, wall = begin(nation), nation.wall
    assert isinstance(wall, Stopped)
    wall.advance(timedelta(minutes=59, seconds=59))
    assert visitor.get(first).status_code == 200
    wall.advance(timedelta(seconds=1))
    assert visitor.get(first).status_code == OVER
    assert visitor.post(first, data=SAM).status_code == OVER
    second = begin(nation)
    third = begin(nation)
    assert [visitor.get(link).status_code for link in (second, third)] == [OVER, 200]


def test_five_wrong_tries_end_the_link(nation: Nation, visitor: httpx.Client) -> None:
    """Whether they look or send, whoever guesses five times has ended it, also for who knows it;
    only another start makes one. Four do not."""
    link, wrong = begin(nation), f"/begin/{'A' * 22}"
    for _ in range(2):
        assert visitor.get(wrong).status_code == OVER
        assert visitor.post(wrong, data=SAM).status_code == OVER
    assert visitor.get(link).status_code == 200
    assert visitor.get("/begin/%C3%A9").status_code == OVER
    assert visitor.get(link).status_code == OVER
    assert visitor.post(link, data=SAM).status_code == OVER
    assert visitor.get(begin(nation)).status_code == 200


def test_what_is_typed_in_wrongly_uses_nothing_up(nation: Nation, visitor: httpx.Client) -> None:
    """A form without a name, with what is no address, or of another site is refused with the
    reason, and may be sent again."""
    link = begin(nation)
    for wrong in ({**SAM, "name": ""}, {**SAM, "id": "sam"}, {"id": ""}):
        refused = visitor.post(link, data=wrong)
        assert refused.status_code == 400
        assert "There is a problem" in refused.text
    for field in ("name", "id"):  # each mistake leads to its own field
        assert refused.text.count(f'href="#{field}"') == 1
    strange = visitor.post(link, data=SAM, headers={"origin": "https://evil.example"})
    assert strange.status_code == 403
    assert visitor.post(link, data=SAM).status_code == 200


def test_the_code_is_kept_nowhere(nation: Nation) -> None:
    """Neither store, nor audit log, nor a trail holds it, but its hash."""
    code = begin(nation).rpartition("/")[2]
    kept = nation.house.world.store.snapshot().marks(["begin/link"])
    assert kept["begin/link"].value == fingerprint(code).encode()
    folder = nation.house.settings.state
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert not [path for path in files if code.encode() in path.read_bytes()]


def test_where_all_people_are_made_up_there_is_no_link(openroots: Nation) -> None:
    """A sandbox is administered by whoever runs it, and has no such page."""
    assert begin(openroots) == ""
    assert httpx.get(f"{openroots.url}/begin/{'A' * 22}").status_code == 404
