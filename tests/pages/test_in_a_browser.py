"""Pages with something on them can be used by everybody, also those that only a form leads to."""

import re

import pytest
from playwright.sync_api import Browser, Page

from openroots.testing import Nation
from tests.pages.browser import VISITORS, complaints, complaints_here, keep_picture
from tests.pages.lived_in import HUB, JANE, JANET

SIZES = ("desktop", "phone without JavaScript")
LOOKED_AT = (
    "/standards",
    "/standards/plain-words",
    "/standards/kind-letters",
    "/suppliers/Meadow Systems",
)


@pytest.mark.pages
@pytest.mark.parametrize("size", SIZES)
def test_a_page_with_much_on_it_can_be_used_by_everybody(
    lived_in: Nation, browser: Browser, size: str
) -> None:
    """No message in the console, no sideways scrolling, nothing from elsewhere or that axe finds;
    nor on the pages that tell of a mistake, or that a form leads to."""
    context = browser.new_context(**VISITORS[size])
    page, wrong, asked = context.new_page(), {}, set[str]()
    page.on("request", lambda request: asked.add(request.url))
    for path in LOOKED_AT:
        wrong[path] = complaints(page, lived_in.url + path)
        keep_picture(page, f"{path.strip('/').replace('/', '-')}, lived in, {size}")
    for name, ask in (("looks", _looks), ("events", _events), ("changes", _changes)):
        for place, told in ask(page, lived_in.url):
            wrong[f"{name}: {place}"] = told
            keep_picture(page, f"{name}, {place}, {size}")
    context.close()
    assert {path: told for path, told in wrong.items() if told} == {}
    assert {url for url in asked if not re.match(rf"data:|{lived_in.url}/", url)} == set()


def _looks(page: Page, url: str):
    """Ask who looked at a record, at first of nobody's."""
    page.goto(f"{url}/who-looked")
    page.get_by_label("NHS number").fill("1")
    page.get_by_role("button", name="Show who looked").click()
    yield "refused", complaints_here(page)
    page.get_by_label("NHS number").fill(JANE)
    page.get_by_role("button", name="Show who looked").click()
    assert page.get_by_text("Emergency access").count() == 1
    yield "told", complaints_here(page)


def _events(page: Page, url: str):
    """Show a key, look at a subscription and send it a test event."""
    page.goto(f"{url}/events")
    page.get_by_label("Key or token").fill(HUB)
    page.get_by_role("button", name="Show subscriptions").click()
    yield "all", complaints_here(page)
    page.get_by_role("button", name="Delivery log").first.click()
    page.get_by_role("button", name="Send me a test event").click()
    page.get_by_role("button", name="Pause").click()
    assert page.get_by_text("no connection").count()
    yield "one", complaints_here(page)
    page.get_by_role("button", name="Resume").click()
    assert HUB not in page.url


def _changes(page: Page, url: str):
    """Ask who has changed since the beginning of this world."""
    page.goto(f"{url}/events/changes")
    page.get_by_label("Key or token").fill(HUB)
    page.get_by_label("NHS numbers").fill(f"{JANE}\n{JANET}")
    page.get_by_label("Marker from the last time").fill("dDE")
    page.get_by_role("button", name="Ask").click()
    yield "told", complaints_here(page)
