"""All pages can be used by everybody, also those that only a form leads to.

They are opened in a real browser: each test is one visitor, in a world that has been lived in.
"""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page

from openroots.gateway.tooling import TOKEN_FILE
from openroots.testing import Nation
from tests.pages.addresses import pages_of, shared_out
from tests.pages.browser import (
    VISITORS,
    Visit,
    in_the_dark,
    press,
    sent_by_two_clicks,
    skips_to_content,
)
from tests.pages.lived_in import HUB, JANE, JANET, RECORD

SIZES = ("desktop", "phone without JavaScript")
LOOKED_AT = ("/standards/plain-words", "/standards/kind-letters", "/suppliers/Meadow Systems")
LOGINS = [
    f"/oauth2-mock/simulated_auth/{realm}/authorize?response_type=code&client_id=ashby-practice-key"
    "&redirect_uri=https%3A%2F%2Fexample.com%2Fcallback&state=x"
    for realm in ("cis2", "nhs-login")
]
CUT_OFF = """() => Array.from(document.querySelectorAll(".nhsuk-code__content"))
  .filter(each => each.scrollWidth > each.clientWidth).map(each => each.innerText)"""

# A long word in each heading, and in each name by which a table leads on.
LENGTHEN = """document.querySelectorAll("main h1, main h2, main th a, main h3 a")
  .forEach(each => { each.textContent += " " + "x".repeat(200); })"""
IN_VIEW = """async () => {
  for (let frames = 0; frames < 2; frames += 1) await new Promise(requestAnimationFrame);
  return Array.from(document.querySelectorAll("details:not([open]) .nhsuk-details__text"))
    .filter(each => each.checkVisibility({contentVisibilityAuto: true})).length; }"""
# A form of each page, where its token is given and where none is.
TWICE = (
    ("clock", "Show the time", "A day on"),
    ("clock", "Show the time", "Move the time"),
    ("people", "Go on", "Load them"),
    ("faults", "Show faults", "Put it in place"),
    ("sandboxes", "Show sandboxes", "Make a sandbox"),
)
TWICE_IN_THE_OPEN = (
    ("/standards/kind-letters", "Publish the comment"),
    ("/catalogue/demographics/try", "Send it"),
)
EDGE = """each => { const seen = getComputedStyle(each);
  return {width: seen.borderTopWidth, colour: seen.borderTopColor, text: seen.color}; }"""
COUNT_TOLD = """() => { window.told = 0; new MutationObserver(all => { window.told += all.length; })
  .observe(document.getElementById("live-told"), {childList: true}); }"""
OVER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

Steps = Iterator[str]  # after each, the page is looked at


@pytest.fixture
def visit(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Visit]:
    """A visitor of the kind that the test names."""
    visit = Visit(browser, request.param)
    yield visit
    visit.close()


@pytest.mark.pages
@pytest.mark.parametrize("visit", VISITORS, indirect=True)
def test_pages_can_be_used_by_everybody(lived_in: Nation, visit: Visit) -> None:
    """On every page: no message in the console, no sideways scrolling, nothing that axe finds, no
    request to elsewhere; and the first thing that Tab comes to is a link past the header.

    Pages of one template are shared out: each of them is seen by one kind of visitor."""
    wrong = {}
    paths = shared_out(pages_of(lived_in), list(VISITORS).index(visit.visitor))
    for path in [*paths, *LOOKED_AT, "/nowhere"]:
        wrong[path] = visit.complaints(lived_in.url + path, 404 if path == "/nowhere" else 200)
        visit.keep_picture(path.strip("/").replace("/", "-") or "start")
        wrong[path] += skips_to_content(visit.page)
    assert {path: told for path, told in wrong.items() if told} == {}
    assert from_elsewhere(visit, lived_in) == set()


@pytest.mark.pages
@pytest.mark.parametrize("visit", SIZES, indirect=True)
def test_pages_that_a_form_leads_to_can_be_used_by_everybody(
    lived_in: Nation, visit: Visit
) -> None:
    """The same of what forms show and refuse."""
    wrong = {}
    for name, ask in ASKED.items():
        for place in ask(visit.page, lived_in):
            wrong[f"{name}: {place}"] = visit.complaints_here(400 if place == "refused" else 200)
            visit.keep_picture(f"{name}, {place}")
    assert {path: told for path, told in wrong.items() if told} == {}
    assert from_elsewhere(visit, lived_in) == set()


@pytest.mark.pages
@pytest.mark.parametrize("visit", VISITORS, indirect=True)
def test_where_somebody_made_up_is_picked_can_be_used_by_everybody(
    lived_in: Nation, visit: Visit
) -> None:
    """Also after somebody was picked who is not there."""
    wrong = {path: visit.complaints(lived_in.url + path) for path in LOGINS}
    visit.page.locator("#username").fill("1")
    press(visit.page, "Log in")
    wrong["refused"] = visit.complaints_here()
    visit.keep_picture("login, refused")
    assert wrong == dict.fromkeys(wrong, [])


@pytest.mark.pages
@pytest.mark.parametrize("visit", VISITORS, indirect=True)
def test_what_is_wrong_with_a_page_is_found(visit: Visit) -> None:
    """A page that breaks the rules on purpose is complained of, whoever visits it."""
    visit.page.set_content(
        "<body><main><h1>One</h1><h1>Two</h1><img src='data:,'>"
        "<p style='color: #ccc'>pale</p><div style='width: 4000px'>wide</div></main>"
    )
    told = "; ".join([*visit.complaints_here(), *skips_to_content(visit.page)])
    for wrong in ("2 h1", "sideways", "image-alt", "color-contrast", "html-has-lang", "Tab and"):
        assert wrong in told


@pytest.mark.pages
@pytest.mark.parametrize("visit", ["desktop"], indirect=True)
def test_pages_are_dark_where_that_is_asked_for_and_never_on_paper(
    lived_in: Nation, visit: Visit
) -> None:
    """What cannot be read there is found too."""
    visit.page.goto(lived_in.url)
    light, dark = "rgb(240, 244, 245)", "rgb(17, 26, 21)"
    assert back_of(visit.page) == light
    with in_the_dark(visit.page):
        assert back_of(visit.page) == dark
        visit.page.emulate_media(media="print")
        assert back_of(visit.page) == light
    visit.page.emulate_media(media="screen")
    visit.page.evaluate("document.querySelector('h1').style.color = '#212b32'")
    assert visit.complaints_here() == ["in the dark: axe color-contrast: h1"]


@pytest.mark.pages
@pytest.mark.parametrize("visit", ["phone"], indirect=True)
def test_nothing_is_cut_off_on_paper(lived_in: Nation, visit: Visit) -> None:
    """Lines of code that are scrolled on a screen are broken there, and no button is printed."""
    visit.page.goto(lived_in.url)
    assert visit.page.evaluate(CUT_OFF)
    visit.page.emulate_media(media="print")
    assert visit.page.evaluate(CUT_OFF) == []
    assert visit.page.get_by_role("button").count() == 0


@pytest.mark.pages
@pytest.mark.parametrize("visit", ["desktop"], indirect=True)
def test_what_is_folded_away_is_printed_and_no_link_to_the_page_itself(
    lived_in: Nation, visit: Visit
) -> None:
    """Nothing can be unfolded on paper: the errors of an API would be missing there."""
    visit.page.goto(f"{lived_in.url}/catalogue/mesh")
    folded = visit.page.locator("details:not([open]) .nhsuk-details__text")
    assert folded.count()
    assert not visit.page.evaluate(IN_VIEW)
    visit.page.emulate_media(media="print")
    assert visit.page.evaluate(IN_VIEW) == folded.count()
    for link, told in (("main a[href='#errors']", "none"), ("main a[href$='.json']", "(Link: ")):
        after = visit.page.locator(link).evaluate(
            "each => getComputedStyle(each, '::after').content"
        )
        assert told in after


@pytest.mark.pages
@pytest.mark.parametrize("visit", ["desktop", "phone"], indirect=True)
def test_no_word_of_what_people_wrote_pushes_a_page_sideways(
    lived_in: Nation, visit: Visit
) -> None:
    """As in the title of a standard, a name or a reason: also one of two hundred letters."""
    for path in ("/standards", *LOOKED_AT, "/programmes/standards"):
        visit.page.goto(lived_in.url + path)
        visit.page.evaluate(LENGTHEN)
        assert visit.page.evaluate(OVER) == 0, path


@pytest.mark.pages
@pytest.mark.parametrize("visit", ["desktop"], indirect=True)
def test_who_reads_requests_as_they_are_made_is_not_run_away_from(
    lived_in: Nation, visit: Visit
) -> None:
    """The list is paused and goes on by a button; the row that the keyboard is in stays, however
    many come; and what is read aloud is told a few times, and not for each request."""
    page, told = visit.page, visit.page.get_by_role("status")
    _show_token(page, lived_in, "requests", "Show requests")
    page.get_by_text("shown here as they are made").wait_for()
    page.evaluate(COUNT_TOLD)
    first = page.get_by_role("button", name="Why").first
    rows = page.get_by_role("row").count()
    page.get_by_role("button", name="Pause").click()
    _ask_often(page, lived_in, 3)
    told.get_by_text("3 new since you opened this page. The list is paused.").wait_for()
    assert page.get_by_role("row").count() == rows
    page.get_by_role("button", name="Go on").click()
    assert page.get_by_role("row").count() == rows + 3
    first.focus()
    page.evaluate("document.activeElement.id = 'here'")
    _ask_often(page, lived_in, 120)
    told.get_by_text("123 new since you opened this page.").wait_for()
    assert page.evaluate("document.activeElement.id") == "here"
    assert page.evaluate("window.told") < 60


@pytest.mark.pages
@pytest.mark.parametrize("visit", ["phone"], indirect=True)
def test_escape_closes_the_menu_and_leads_back_to_its_button(
    lived_in: Nation, visit: Visit
) -> None:
    """Where the header has no room for all sections, the others are in a menu."""
    visit.page.goto(lived_in.url)
    menu = visit.page.get_by_role("button", name="More")
    menu.press("Enter")
    visit.page.keyboard.press("Tab")
    assert menu.get_attribute("aria-expanded") == "true"
    assert not is_focused(menu)
    visit.page.keyboard.press("Escape")
    assert menu.get_attribute("aria-expanded") == "false"
    assert is_focused(menu)


@pytest.mark.pages
@pytest.mark.parametrize("visit", ["desktop"], indirect=True)
def test_a_button_has_an_edge_where_colours_are_forced(lived_in: Nation, visit: Visit) -> None:
    """Also where somebody made up is picked: without one, nothing tells it from words."""
    visit.page.emulate_media(forced_colors="active")
    for path in LOGINS:
        visit.page.goto(lived_in.url + path)
        edge = visit.page.get_by_role("button").first.evaluate(EDGE)
        assert edge["width"] != "0px"
        assert edge["colour"] == edge["text"]


@pytest.mark.pages
@pytest.mark.parametrize("visit", ["desktop"], indirect=True)
def test_a_form_whose_button_is_clicked_twice_is_sent_once(lived_in: Nation, visit: Visit) -> None:
    """So time moves on by a day, and not by two; nor is anything else done twice."""
    for name, shown, button in TWICE:
        _show_token(visit.page, lived_in, name, shown)
        assert sent_by_two_clicks(visit.page, button) == 1, button
    for path, button in TWICE_IN_THE_OPEN:
        visit.page.goto(lived_in.url + path)
        assert sent_by_two_clicks(visit.page, button) == 1, button


def _ask_often(page: Page, nation: Nation, times: int) -> None:
    for number in range(times):
        id = f"b0a4d0e2-1d2c-4f7e-9a57-{number:012}"
        page.request.get(f"{nation.url}{RECORD[:-1]}", headers={"X-Request-ID": id})


def is_focused(found: Locator) -> bool:
    """Whether the keyboard is there."""
    return bool(found.evaluate("each => each === document.activeElement"))


def back_of(page: Page) -> str:
    """The colour behind all that is on a page."""
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def from_elsewhere(visit: Visit, nation: Nation) -> set[str]:
    """What a visitor's browser asked of anybody but this server."""
    return {url for url in visit.asked if not re.match(rf"data:|{nation.url}/", url)}


TWO_PEOPLE = """family_name,gender,birth_date,address_line_1
Ashworth,female,1984-03-02,4 Mill Lane
Ashworth,either,1984-03-02,4 Mill Lane
"""


def _looks(page: Page, nation: Nation) -> Steps:
    """Ask who looked at a record, at first of nobody's."""
    page.goto(f"{nation.url}/who-looked")
    page.get_by_label("NHS number").fill("1")
    press(page, "Show who looked")
    yield "refused"
    page.get_by_label("NHS number").fill(JANE)
    press(page, "Show who looked")
    assert page.get_by_text("Emergency access").count() == 1
    yield "told"


def _events(page: Page, nation: Nation) -> Steps:
    """Show a key, look at a subscription and send it a test event."""
    page.goto(f"{nation.url}/events")
    page.get_by_label("Key or token").fill(HUB)
    press(page, "Show subscriptions")
    yield "all"
    press(page, "Delivery log")
    press(page, "Send me a test event")
    press(page, "Pause")
    assert page.get_by_text("no connection").count()
    yield "one"
    press(page, "Resume")
    assert HUB not in page.url


def _changes(page: Page, nation: Nation) -> Steps:
    """Ask who has changed since the beginning of this world."""
    page.goto(f"{nation.url}/events/changes")
    page.get_by_label("Key or token").fill(HUB)
    page.get_by_label("NHS numbers").fill(f"{JANE}\n{JANET}")
    page.get_by_label("Changed since").fill("dDE")
    press(page, "Ask")
    yield "told"


def _sandboxes(page: Page, nation: Nation) -> Steps:
    """Make a sandbox, at first by a name that is none; move its time, and drop it."""
    _show_token(page, nation, "sandboxes", "Show sandboxes")
    page.get_by_label("Name").fill("No name")
    press(page, "Make a sandbox")
    yield "refused"
    page.get_by_label("Name").fill("seat-7")
    press(page, "Make a sandbox")
    yield "made"
    press(page, "Show it")
    page.get_by_label("To", exact=True).fill("2027-04-01")
    press(page, "Move its time")
    yield "one"
    press(page, "All sandboxes")
    yield "all"
    press(page, "Drop")
    yield "sure"
    press(page, "Yes, drop it")
    assert page.get_by_text("seat-7 is gone.").count()


def _requests(page: Page, nation: Nation) -> Steps:
    """Look at the newest requests, and into one; with JavaScript the list grows by itself."""
    refused = f"{nation.url}{RECORD[:-1]}"
    headers = {"X-Request-ID": "b0a4d0e2-1d2c-4f7e-9a57-9a1c0d6c4a0e"}
    page.request.get(refused, headers=headers)
    _show_token(page, nation, "requests", "Show requests")
    yield "all"
    if page.locator("body.js-enabled").count():
        asked = page.get_by_role("row").count()
        page.get_by_text("shown here as they are made").wait_for()
        page.request.get(refused, headers=headers)
        page.get_by_text("1 new since you opened this page").wait_for()
        assert page.get_by_role("row").count() == asked + 1
        yield "grown"
    press(page, "Why")
    assert page.get_by_text("To mend it:").count()
    yield "one"
    press(page, "Do it again")
    assert page.get_by_text("The answer is the same").count()
    yield "again"


def _clock(page: Page, nation: Nation) -> Steps:
    """Move the time to what is none, then on by a day, and back to where others want it."""
    _show_token(page, nation, "clock", "Show the time")
    page.get_by_label("Move it to").fill("soon")
    press(page, "Move the time")
    yield "refused"
    press(page, "A day on")
    yield "moved"
    page.get_by_label("Move it to").fill("-1d")
    press(page, "Move the time")


def _faults(page: Page, nation: Nation) -> Steps:
    """Put a fault in place, at first to nothing that there is, and take it away."""
    _show_token(page, nation, "faults", "Show faults")
    page.get_by_label("To what").fill("nothing")
    press(page, "Put it in place")
    yield "refused"
    page.get_by_label("Slow").check()
    page.get_by_label("To what").fill("mesh.*")
    press(page, "Put it in place")
    yield "in place"
    press(page, "Take away")
    assert page.get_by_text("The fault is gone.").count()
    yield "gone"


def _people(page: Page, nation: Nation) -> Steps:
    """Check two people of whom one cannot be; then load nothing at all."""
    _show_token(page, nation, "people", "Go on")
    page.get_by_label("People", exact=True).fill(TWO_PEOPLE)
    press(page, "Only check them")
    assert page.get_by_text("1 person could be kept; nobody was.").count()
    yield "checked"
    page.get_by_label("People", exact=True).fill("")
    press(page, "Load them")
    yield "refused"


def _show_token(page: Page, nation: Nation, name: str, button: str) -> None:
    page.goto(f"{nation.url}/{name}")
    token = (nation.house.settings.state / TOKEN_FILE).read_text("ascii")
    page.get_by_label("Token of this server").fill(token.strip())
    press(page, button)


ASKED: dict[str, Callable[[Page, Nation], Steps]] = {
    "looks": _looks,
    "events": _events,
    "changes": _changes,
    "sandboxes": _sandboxes,
    "requests": _requests,
    "clock": _clock,
    "faults": _faults,
    "people": _people,
}
