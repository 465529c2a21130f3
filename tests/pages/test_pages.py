"""Pages say what is so, can be used by everybody, and keep their visitors to themselves."""

import re
import shlex
import shutil
import tomllib
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import unescape
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx
import pytest

from openroots import services
from openroots.pages import site as site_module
from openroots.register.standard import load_standards
from openroots.services.demographics.published import PUBLISHED
from openroots.testing import Nation, open_nation
from tests.pages.addresses import pages_of, paths_of
from tests.pages.reading import words_of
from tests.services.standards_register.office import DRAFT, Office

STATIC = Path(site_module.__file__).parent / "static"
LOZENGE = "M200 0v80H0V0h200"  # how the outline of the NHS logo begins in the kit
LINK = re.compile(r'<(\w+)[^>]*? (?:href|src)="([^"]*)"')
TO_FILL_IN = re.compile(r"Bearer TOKEN|^curl '[^']*\{")  # a token, or a part of the address
ID = re.compile(r' id="([^"]*)"')


@pytest.fixture
def visitor(nation: Nation) -> Iterator[httpx.Client]:
    """A client of that world's pages, which reads HTML as browsers do."""
    with httpx.Client(base_url=nation.url, headers={"Accept": "text/html,*/*;q=0.8"}) as client:
        yield client


def test_every_route_answers(nation: Nation, visitor: httpx.Client) -> None:
    """Each address that the router knows is answered, and pages are HTML."""
    pages = pages_of(nation)
    for path in paths_of(nation):
        answer = visitor.get(path)
        assert answer.status_code == 200, path
        is_html = answer.headers["content-type"].startswith("text/html")
        assert is_html is (path in pages), path


def test_the_start_page_says_what_runs_and_what_it_is_not(
    nation: Nation, visitor: httpx.Client
) -> None:
    """Services with their addresses here, the date, and that nobody in it is real."""
    page = words_of(visitor.get("/").text)
    for service in services.find():
        assert service.title in page
        assert nation.url + service.base in page
    assert "21 November 2026" in page
    assert "Made-up people only" in page
    assert "This is not an NHS service." in page


def test_the_start_page_lists_the_published_people(visitor: httpx.Client) -> None:
    """Each with a number in groups of 3, 3 and 4 that is copied as ten digits, and their use."""
    page = visitor.get("/").text
    shown = [
        re.sub("<.*?>", "", cell) for cell in re.findall(r'"or-number">(.*?)</span></span>', page)
    ]
    assert shown == [person.number for person in PUBLISHED]
    assert "<span>900</span><span>000</span><span>0009</span>" in page
    for person in PUBLISHED:
        assert person.words in words_of(page)


def test_the_start_page_shows_by_which_standards_calls_are_judged(openroots: Nation) -> None:
    """Not a draft that is consulted on, nor one that is retired; and where there are more of them
    than are shown, how many there are."""
    office = Office(openroots)
    office.draft()
    with httpx.Client(base_url=openroots.url) as client:
        page = words_of(client.get("/").text)
        assert "Calls are judged by these, now or from a day that is set" in page
        assert "Standards in force" not in page  # of which one is in its trial
        assert "Every request has an identity of its own" in page
        assert DRAFT["title"] not in page
        for number in range(4):
            told = {"definition": {**DRAFT, "id": f"of-before-{number}"}, "source": "a notice"}
            office.post("/standards", {**told, "reason": "entered"})
            told = {"stage": "published", "on": "2026-06-01", "source": "a notice"}
            office.post(f"/standards/of-before-{number}/moves", {**told, "reason": "as it was"})
        page = words_of(client.get("/").text)
    assert "by 6 standards, now or from a day that is set; those that ask for more soonest" in page


@pytest.mark.parametrize(("mode", "own"), [("sandbox", True), ("live", False)])
def test_only_a_world_of_made_up_people_is_said_to_be_on_ones_own_machine(
    tmp_path: Path, mode: str, own: bool
) -> None:
    """Who sees the page of a live one sees it from anywhere."""
    nation = open_nation(tmp_path / "state", mode=mode, people=0)
    page = words_of(httpx.get(f"{nation.url}/").text)
    nation.close()
    assert ("National health services on your own machine" in page) is own


def test_the_commands_on_the_start_page_work(openroots: Nation) -> None:
    """In a fresh world, each is answered 200 when it is sent as it stands there."""
    with httpx.Client(base_url=openroots.url) as client:
        commands = commands_of(client.get("/").text)
        calls = [command for command in commands if command.startswith("curl ")]
        assert [sent(client, command).status_code for command in calls] == [200, 200]
    assert "openroots why last" in commands
    assert "openroots clock 2027-04-01" in commands


def test_the_commands_on_the_page_of_an_api_work(openroots: Nation) -> None:
    """One after the other, as they stand there; but where something is to be filled in."""
    with httpx.Client(base_url=openroots.url) as client:
        for api in ("demographics", "standards-register", "authorisation", "simulated-login"):
            calls = commands_of(client.get(f"/catalogue/{api}").text)
            whole = [one for one in calls if not re.search(TO_FILL_IN, one)]
            answers = {one: sent(client, one) for one in whole}
            refused = {one: told.text for one, told in answers.items() if told.is_error}
            assert refused == {}
            assert len(whole) > 1
        drafted = client.get("/standards-register/standards/named-writers").json()
        assert {one["stage"] for one in drafted["settings"]} == {"consultation"}


def test_where_something_is_to_be_filled_in_that_is_said(visitor: httpx.Client) -> None:
    """An id that only whoever asks can know stands in braces; a token has a place; and where staff
    need a role, its codes are there."""
    page = visitor.get("/catalogue/legitimate-relationships").text
    told = words_of(page)
    assert "with what you mean in the place of { }" in told
    assert "with a token in the place of TOKEN" in told
    assert "Role One of B0015, B0016 and R8016" in told
    assert all("Bearer TOKEN" in one for one in commands_of(page))


def test_commands_have_a_place_for_a_token_where_one_is_asked_for(
    openroots_seeded: Path, tmp_path: Path
) -> None:
    """Then no page says that none is needed, and they work once it is filled in."""
    shutil.copytree(openroots_seeded, tmp_path / "real")
    nation = open_nation(tmp_path / "real", auth="real")
    token = nation.token("ashby-practice-system", "staff:910000000012")["authorization"]
    with httpx.Client(base_url=nation.url) as client:
        page, api = client.get("/").text, client.get("/catalogue/demographics").text
        by_key = words_of(client.get("/catalogue/explanations").text)
        ways = words_of(client.get("/developers").text)
        calls = [one for one in commands_of(page) if one.startswith("curl ")]
        answers = [sent(client, one.replace("Bearer TOKEN", token)) for one in calls]
    nation.close()
    assert [answer.status_code for answer in answers] == [200, 200]
    assert "No key or account is needed" not in page
    assert "openroots token --app ashby-practice-system" in page
    assert all("Bearer TOKEN" in one for one in commands_of(api) if one.startswith("curl "))
    assert ("or send the key" in by_key, "or send the key" in words_of(api)) == (True, False)
    assert "Send a key in the header" not in ways


def test_the_start_page_leads_to_the_next_call_that_is_refused(openroots: Nation) -> None:
    """It shows the standards by which calls are judged, and the day on which one next refuses."""
    page = httpx.get(f"{openroots.url}/").text
    judging = [each for each in load_standards() if each.clauses]
    assert all(f'href="/standards/{each.id}"' in page for each in judging)
    assert "What people use can be used by all of them" not in page  # judges no call
    openroots.move_clock("2030-01-01")  # when all that was decided refuses already
    assert "openroots clock +14d" in commands_of(httpx.get(f"{openroots.url}/").text)


def test_each_command_has_a_request_id_of_its_own(visitor: httpx.Client) -> None:
    """A write that is copied twice from the page is made twice, and not answered from memory."""
    ids = [re.findall(r"X-Request-ID: ([0-9a-f-]{36})", visitor.get("/").text) for _ in range(2)]
    assert len({*ids[0], *ids[1]}) == 4


@pytest.mark.parametrize("stateless", [False, True])
def test_the_start_page_says_whether_changes_are_kept(tmp_path: Path, stateless: bool) -> None:
    nation = open_nation(tmp_path / "state", people=0, stateless=stateless)
    page = httpx.get(f"{nation.url}/").text
    nation.close()
    assert ("What you change is kept" in page) is not stateless


def test_a_moved_date_is_told(openroots: Nation) -> None:
    """The start page names the date here, how far from real time it is, and what is in force."""
    openroots.move_clock("2027-04-02")
    with httpx.Client(base_url=openroots.url) as client:
        page = words_of(client.get("/").text)
    assert "2 April 2027" in page
    assert "131 days and 12 hours ahead of real time" in page
    assert "Mandated: refuses Community pharmacy and general practice In full force" in page


def test_a_standard_tells_what_it_asks_and_from_when(visitor: httpx.Client) -> None:
    """Why, each clause with what is expected and how to mend it, and its dates by care setting."""
    page = words_of(visitor.get("/standards/request-identity").text)
    for told in (
        "Make a new random UUID (version 4) for each request",
        "Community pharmacy and general practice",
        "1 October 2026 Now Published",
        "1 April 2027 Mandated: refuses Calls that do not meet it are refused.",
        "openroots dry-run request-identity --on 2027-04-01",
    ):
        assert told in page


def test_the_page_of_an_api_follows_the_nhs_catalogue(visitor: httpx.Client) -> None:
    """Its headings stand in the same order, and every failure of the API is in it."""
    page = visitor.get("/catalogue/demographics").text
    headings = [words_of(found) for found in re.findall(r"<h2.*?>(.*?)</h2>", page, re.DOTALL)]
    assert headings[1:9] == [
        "Overview",
        "Who can use this API",
        "Access modes",
        "Endpoints",
        "Errors",
        "Signals it emits",
        "Standards that apply",
        "Known differences",
    ]
    assert "Invalid patch - index '{index}' is out of bounds" in words_of(page)


def test_names_in_what_is_said_of_an_api_are_shown_as_code(visitor: httpx.Client) -> None:
    """No backtick is left for a visitor to see, but in what is told on the wire."""
    for name in ("access-log", "authorisation", "standards-register"):
        assert "`" not in visitor.get(f"/catalogue/{name}").text


def test_a_page_says_which_published_api_is_meant(visitor: httpx.Client) -> None:
    """By its day or its version; what is our own alone claims none."""
    compatible = {
        "demographics": "Compatible with The published API of 13 March 2026",
        "access-log": "Compatible with Version 1.1.3 of the published API",
    }
    for name, told in compatible.items():
        assert told in words_of(visitor.get(f"/catalogue/{name}").text)
    assert "Compatible with" not in words_of(visitor.get("/catalogue/explanations").text)


def test_the_page_of_an_api_without_keys_says_how_it_knows_who_asks(
    visitor: httpx.Client,
) -> None:
    page = words_of(visitor.get("/catalogue/mesh").text)
    assert "No key or token of the gateway is asked for" in page
    assert "It can be used in" not in page
    for header in ("Authorization", "Mex-To", "Mex-WorkflowID", "Mex-Chunk-Range"):
        assert header in page


def test_an_unknown_address_is_told_clearly(visitor: httpx.Client) -> None:
    """A page that is not there says so, and where to go; so does one that cannot be written to."""
    for path in ("/nowhere", "/catalogue/nothing", "/standards/nothing", "/static/nothing.css"):
        answer = visitor.get(path)
        assert (answer.status_code, "Page not found" in answer.text) == (404, True), path
    refused = visitor.post("/")
    assert (refused.status_code, "HEAD" in refused.headers["allow"]) == (405, True)


@pytest.mark.parametrize(
    ("path", "mend"),
    [
        ("/personal-demographics/_ping", "Begin the path with /personal-demographics/FHIR/R4."),
        ("/Personal-Demographics/FHIR/R4/Patient", "Begin the path with /personal-demographics/"),
        ("/nowhere", "/catalogue lists every API."),
    ],
)
def test_a_program_at_a_wrong_address_is_told_where_the_api_is(
    visitor: httpx.Client, path: str, mend: str
) -> None:
    """It reads no HTML: it gets JSON that says where what it seeks begins."""
    answer = visitor.post(path, json={}, headers={"Accept": "application/fhir+json"})
    assert (answer.status_code, answer.json()["error"]) == (404, "there is nothing here")
    assert answer.json()["mend"].startswith(mend)


@pytest.mark.parametrize("path", ["/static/nothing.css", "/static/", "/assets/nothing"])
def test_a_program_is_told_of_the_catalogue_where_it_is(visitor: httpx.Client, path: str) -> None:
    """Beneath the folder of files that it asked for there is none."""
    answer = visitor.get(path, headers={"Accept": "*/*"})
    assert (answer.status_code, answer.json()["mend"]) == (404, "/catalogue lists every API.")


def test_only_scripts_that_are_named_by_hash_may_run(nation: Nation, visitor: httpx.Client) -> None:
    """The policy names the hash of each inline script that is on the page, and styles have none."""
    for path in [*pages_of(nation), "/nowhere"]:
        answer = visitor.get(path)
        policy = answer.headers["content-security-policy"]
        for script in re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL):
            assert f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" in policy
        assert "unsafe" not in policy
        assert not re.search(r"<[^>]* (style|on\w+)=", answer.text), path


def test_pages_keep_their_visitors_to_themselves(nation: Nation, visitor: httpx.Client) -> None:
    """They set no cookie, and load nothing from another host; only links may lead there."""
    for path in pages_of(nation):
        answer = visitor.get(path)
        assert "set-cookie" not in answer.headers
        for element, target in LINK.findall(answer.text):
            assert element == "a" or not urlsplit(target).netloc, f"{path}: {target}"


def test_all_links_lead_somewhere(nation: Nation, visitor: httpx.Client) -> None:
    """Each page, picture, style sheet and place on a page that is linked to is there."""
    fetched = {path: visitor.get(path) for path in pages_of(nation)}
    for path, page in list(fetched.items()):
        for _, target in LINK.findall(page.text):
            address, place = urldefrag(urljoin(path, unescape(target)))
            if urlsplit(address).netloc:
                continue
            if address not in fetched:
                fetched[address] = visitor.get(address)
            assert fetched[address].status_code == 200, f"{path} links to {target}"
            assert not place or place in ID.findall(fetched[address].text), f"{path}: #{place}"


def test_what_a_style_sheet_names_is_there(visitor: httpx.Client) -> None:
    """The kit's style sheet names pictures under /assets, and no file of another host."""
    for sheet in STATIC.glob("*.css"):
        text = sheet.read_text("utf-8")
        assert "//" not in re.sub(r"https?://www\.w3\.org/\S*", "", "".join(named(text)))
        assert "Frutiger" not in text
        for target in named(text):
            assert visitor.get(target).status_code == 200, target


def test_nothing_looks_like_the_nhs(nation: Nation, visitor: httpx.Client) -> None:
    """No page and no file carries the NHS logo, and none says that the NHS made it."""
    for path in pages_of(nation):
        page = visitor.get(path).text
        assert LOZENGE not in page
        assert "© NHS" not in page
    shipped = [path.name for path in STATIC.rglob("*") if path.is_file()]
    assert not [name for name in shipped if re.search(r"opengraph|nhsuk-icon-(\d+|mask)", name)]


def test_vendored_files_are_what_was_copied() -> None:
    """Each file of the kit has the hash that was recorded when it was copied, and none is extra."""
    recorded = tomllib.loads((STATIC / "VENDORED.toml").read_text("utf-8"))["sha256"]
    copied = [*STATIC.glob("nhsuk-frontend-*"), *STATIC.glob("assets/images/*")]
    hashes = {
        path.relative_to(STATIC).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in copied
    }
    assert hashes == recorded


def test_no_two_endpoints_are_tried_under_the_same_title(visitor: httpx.Client) -> None:
    """Also where the same is done to several types, as `$validate` is."""
    links = re.findall(
        r'"(/catalogue/[a-z]+/try[^"]*)"', visitor.get("/catalogue/demographics").text
    )
    titles = {re.findall(r"<title\s*>(.*?)<", visitor.get(link).text)[0] for link in links}
    assert len(titles) == len(links) > 5


def test_no_two_pages_have_the_same_title(nation: Nation, visitor: httpx.Client) -> None:
    """A visitor with many tabs, or who hears titles read out, can tell them apart."""
    titles = [
        unescape(re.findall(r"<title\s*>(.*?)</title>", visitor.get(path).text, re.DOTALL)[0])
        for path in [*pages_of(nation), "/nowhere"]
    ]
    assert len(set(titles)) == len(titles)
    assert all(title.endswith("- OpenRoots") for title in titles)


def commands_of(page: str) -> list[str]:
    """The commands that a page shows to be copied."""
    return [
        unescape(found) for found in re.findall(r'"nhsuk-code__content">(.*?)</code>', page, re.S)
    ]


def sent(client: httpx.Client, command: str) -> httpx.Response:
    """Send what curl would send."""
    words = shlex.split(command.replace("\\\n", " "))[1:]
    options = list(zip(words[1::2], words[2::2], strict=True))
    headers = dict(value.split(": ", 1) for option, value in options if option == "-H")
    body = "".join(value for option, value in options if option == "-d")
    method = "".join(value for option, value in options if option == "-X") or "GET"
    return client.request(method, words[0], headers=headers, content=body.encode() or None)


def named(sheet: str) -> list[str]:
    """The files that a style sheet names."""
    return [found.strip("\"'") for found in re.findall(r"url\((.*?)\)", sheet)]
