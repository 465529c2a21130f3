"""Which sandbox is asked: by path, or by the application that is bound to it; and that what it
answers leads back to it."""

import httpx
import pytest

from openroots.ready_made import APPLICATIONS
from tests.sandboxes.box import ID, JANE, Box

PDS = "/personal-demographics/FHIR/R4"
FERNDALE = APPLICATIONS[1]


@pytest.fixture
def bound(openroots):
    """A sandbox that Ferndale's records service is bound to."""
    with Box(openroots, "bound", application=FERNDALE.id) as box:
        yield box


@pytest.fixture
def box(openroots):
    """A sandbox."""
    with Box(openroots, "one") as one:
        yield one


def read(nation, **headers):
    """The version of Jane Smith's record at the usual address."""
    return httpx.get(nation.url + JANE, headers={**ID, **headers}).headers.get("etag")


def test_what_a_bound_application_asks_goes_to_its_sandbox(openroots, bound):
    """At the usual address, by its key or by a token; what others ask goes to the world."""
    bound.change()
    assert read(openroots, apikey=FERNDALE.key) == 'W/"3"'
    assert read(openroots, **openroots.token(FERNDALE.id)) == 'W/"3"'
    assert read(openroots, apikey=APPLICATIONS[0].key) == 'W/"2"'
    assert read(openroots, **openroots.token(APPLICATIONS[0].id)) == 'W/"2"'
    assert read(openroots) == 'W/"2"'


def test_a_warning_leads_to_the_standard_as_it_stands_in_the_sandbox(openroots, bound):
    """By its path, or at the usual address: there the world's own page would tell of another."""
    bound.tool("/clock", to="2027-08-01")
    counted = {"X-Request-ID": "60e0b220-8136-1ca5-ae46-1d97ef59d068", "apikey": FERNDALE.key}
    for answer in (
        bound.client.get(JANE, headers=counted),
        httpx.get(openroots.url + JANE, headers=counted),
    ):
        link = answer.headers["link"].partition(">")[0].removeprefix("<")
        assert link == "/sandbox/bound/standards/request-identity"
        assert httpx.get(openroots.url + link).status_code == 200


def test_an_application_registered_since_is_known_in_its_sandbox(openroots):
    """Its registration and its keys follow it, also once they have changed."""
    wanted = {"id": "late", "name": "Late", "ods_code": "Y90001", "setting": "hospital"}
    key = openroots.tooling("POST", "/applications", wanted).body["key"]
    with Box(openroots, "late", application="late") as box:
        box.change()
        assert read(openroots, apikey=key) == 'W/"3"'
        again = openroots.tooling("POST", "/applications/late/rotate-key", {"kind": "api"}).body
        assert read(openroots, apikey=again.get("key", key)) == 'W/"3"'


def test_an_unknown_key_or_token_is_refused_by_the_world(openroots, bound):
    """A stranger is never taken for whoever is bound."""
    for header in ({"apikey": "no-such"}, {"authorization": "Bearer no-such"}):
        answer = httpx.get(openroots.url + JANE, headers={**ID, **header})
        assert answer.status_code == 401
    assert openroots.tooling("POST", "/sandboxes/bound/drop").status == 200
    assert read(openroots, apikey=FERNDALE.key) == 'W/"2"'


def test_an_application_is_bound_to_one_sandbox(openroots, bound):
    """Or what it asks would go to either."""
    told = openroots.tooling("POST", "/sandboxes", {"application": FERNDALE.id})
    assert told.status == 409
    assert told.body["error"] == f"application {FERNDALE.id} is bound to sandbox 'bound'"


def test_addresses_in_answers_lead_back_to_the_sandbox(box):
    """Full URLs of search results, discovery documents and OpenAPI carry its path."""
    url = box.told["url"]
    query = "?family=Smith&gender=female&birthdate=eq2010-10-22"
    found = box.client.get(f"{PDS}/Patient{query}", headers=ID).json()
    links = [entry["fullUrl"] for entry in found["entry"]]
    assert links
    assert all(link.startswith(f"{url}{PDS}/Patient/") for link in links)
    issuer = box.client.get("/oauth2/.well-known/openid-configuration").json()["issuer"]
    assert issuer == f"{url}/oauth2"
    described = box.client.get("/catalogue/demographics/openapi.json").json()
    assert described["servers"][0]["url"].startswith(url)


def test_pages_beneath_a_path_link_to_pages_beneath_it(box):
    """So a click on a page of a sandbox leads to no other world."""
    page = box.client.get("/")
    assert page.status_code == 200
    assert 'href="/sandbox/one/catalogue"' in page.text
    assert 'href="/catalogue"' not in page.text
    style = page.text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    base = box.told["url"].removesuffix("/sandbox/one")
    assert httpx.get(base + style).headers["content-type"].startswith("text/css")
    assert httpx.get(box.told["url"]).headers["location"] == "/sandbox/one/"


def test_a_program_is_told_of_the_catalogue_of_the_sandbox(box):
    """Whether it asked for a page or for a file that is none."""
    for path in ("/nowhere", "/static/nothing.css"):
        told = box.client.get(path).json()
        assert told["mend"] == "/sandbox/one/catalogue lists every API."


def test_a_page_of_a_sandbox_says_which_it_is(openroots, box):
    """At its head, on every page; and it does not offer sandboxes, of which it has none."""
    name = box.told["name"]
    for path in ("/", "/developers", "/faults"):
        page = box.client.get(path).text
        assert f"Sandbox {name}" in page
        assert "beside this one" not in page
        assert "Sandbox " not in httpx.get(f"{openroots.url}{path}").text.partition("<main")[0]
    told = box.client.post("/sandboxes", data={"token": box.told["token"]})
    assert "neither a sandbox nor a server of several workers has any" in told.text


@pytest.mark.parametrize(
    "path", ["/sandbox/none/", "/sandbox/..%2fone/", "/sandbox/ONE/", "/sandbox//"]
)
def test_a_path_of_no_sandbox_is_not_found(openroots, box, path):
    """In words that a program reads too."""
    answer = httpx.get(openroots.url + path)
    assert answer.status_code == 404
    assert answer.json()["mend"] == "openroots sandbox list names all."


def test_a_browser_is_shown_a_page_where_no_sandbox_is(openroots, box):
    """In the frame of all pages, and leading to those that there are; calls to an API or to the
    tooling are answered as programs read them, whoever makes them."""
    browser = {"accept": "text/html,application/xhtml+xml"}
    for path in ("/sandbox/none/", "/sandbox/none", "/sandbox/none/standards"):
        answer = httpx.get(openroots.url + path, headers=browser)
        assert answer.status_code == 404
        assert '<h1 class="nhsuk-heading-xl or-break">There is no sandbox none</h1>' in answer.text
        assert 'href="/sandboxes"' in answer.text
    for path in (f"/sandbox/none{JANE}", "/sandbox/none/_openroots/clock"):
        answer = httpx.get(openroots.url + path, headers={**ID, **browser})
        assert answer.json()["error"] == "there is no sandbox 'none'"
    shown = httpx.get(f"{openroots.url}/sandbox/%3Cb%3E/", headers=browser).text
    assert "There is no sandbox &lt;b&gt;" in shown
