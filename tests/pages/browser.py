"""A real browser for the tests of pages: Debian's Chromium, driven by playwright.

Each page is opened as four kinds of visitor see it, by one of them in dark colours too.
`complaints` says in words what is wrong with a page there, and nothing where nothing is.

Source: WCAG 2.2, levels A and AA, as far as axe-core can tell; 1.4.10 Reflow for the 320 pixels.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any

from playwright.sync_api import Browser, Page, Request, ViewportSize, sync_playwright

ROOT = Path(__file__).parent.parent.parent
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = which("chromium") or ""

# A machine of tests may be root, for whom Chromium has no sandbox, and have a small /dev/shm.
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage"]

SMALL = ViewportSize(width=375, height=812)
WIDE = ViewportSize(width=1280, height=900)
TABLET = ViewportSize(width=642, height=900)  # where tables just begin to be tables
VISITORS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": WIDE},
    "phone": {"viewport": SMALL, "has_touch": True, "is_mobile": True},
    "phone without JavaScript": {"viewport": SMALL, "java_script_enabled": False},
    "zoomed to 400 %": {"viewport": ViewportSize(width=320, height=640)},
}

# All of WCAG, and the best practices; but the frame of NHS pages has its back link outside of all
# landmarks, which the rule `region` does not like. What passes is not described: that took most of
# the time.
CHECKED = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "rules": {"region": {"enabled": False}},
    "resultTypes": ["violations"],
    "preload": False,
}
CONTRAST = CHECKED | {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
FIND = """async checked => (await axe.run(document, checked)).violations.flatMap(
  found => found.nodes.map(node => `axe ${found.id}: ${node.target}`))"""

# Where JavaScript is off, Chromium still evaluates what a test asks it to, but no timer ever
# fires; axe waits for some, so there they are made to fire at once.
WITHOUT_TIMERS = """() => {
  if (document.body.classList.contains("js-enabled")) return;
  window.setTimeout = (call, _, ...given) => { Promise.resolve().then(() => call(...given)); };
}"""

# What is folded away is looked at too.
OPEN_ALL = "document.querySelectorAll('details').forEach(each => { each.open = true; })"

COUNT_SENT = """() => { window.sent = 0;
  addEventListener("submit", event => { event.preventDefault(); window.sent += 1; }); }"""
LEFT = ("/requests/live", "/static/icon.svg")

# Set this to a folder to keep a picture of every page: axe does not see what is merely ugly.
PICTURES = os.environ.get("OPENROOTS_PICTURES", "")


def why_not() -> str:
    """Why no page can be opened here, or ""."""
    if not CHROMIUM:
        return "pages are not opened in a browser: there is no chromium here"
    if not AXE.is_file():
        return "pages are not opened in a browser: axe-core is missing, run npm ci"
    return ""


@contextmanager
def open_browser() -> Iterator[Browser]:
    """A browser, closed afterwards."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Visit:
    """One kind of visitor, who goes from page to page in one tab; axe comes with each page."""

    def __init__(self, browser: Browser, visitor: str) -> None:
        self.visitor = visitor
        self.asked: set[str] = set()
        self._heard: list[str] = []
        self._context = browser.new_context(**VISITORS[visitor])
        # Such a script is not stopped by the page's Content-Security-Policy, as a tag would be;
        # and Chromium compiles it once for all pages.
        self._context.add_init_script(path=AXE)
        self.page = self._context.new_page()
        self.page.on("request", lambda request: self.asked.add(request.url))
        self.page.on("console", lambda message: self._heard.append(f"console: {message.text}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("pageerror", lambda error: self._heard.append(f"script: {error}"))

    def complaints(self, url: str, expected: int = 200) -> list[str]:
        """Everything that is wrong with the page at this address."""
        response = self.page.goto(url, wait_until="load")
        status = response.status if response else 0
        return [*self.complaints_here(expected), *([] if status == expected else [f"is {status}"])]

    def complaints_here(self, expected: int = 200) -> list[str]:
        """What is wrong with the page that is open, and what was heard since the last was."""
        self.page.evaluate(OPEN_ALL)
        found = [*_seen(self.page), *_found_by_axe(self.page)]
        found += [*self._found_in_the_dark(), *self._found_on_a_tablet()]
        heard, self._heard = self._heard, []
        if expected != 200:  # which Chromium itself says in its console
            heard = [words for words in heard if "Failed to load resource" not in words]
        return [*heard, *found]

    def keep_picture(self, name: str) -> None:
        """A picture of the whole page, and one in the dark, where a folder for them is named."""
        if PICTURES:
            path = Path(PICTURES) / f"{name}, {self.visitor}.png"
            self.page.screenshot(path=path, full_page=True)
            with in_the_dark(self.page):
                self.page.screenshot(path=path.with_stem(f"{path.stem}, dark"), full_page=True)

    def _found_in_the_dark(self) -> list[str]:
        """What cannot be read in dark colours. These are the same at every size: one looks."""
        if self.visitor != "desktop":
            return []
        with in_the_dark(self.page):
            return [f"in the dark: {told}" for told in _found_by_axe(self.page, CONTRAST)]

    def _found_on_a_tablet(self) -> list[str]:
        """Whether a page as wide as a tablet scrolls sideways, once for all visitors."""
        if self.visitor != "desktop":
            return []
        self.page.set_viewport_size(TABLET)
        found = [f"on a tablet: {told}" for told in _seen(self.page)]
        self.page.set_viewport_size(WIDE)
        return found

    def _failed(self, request: Request) -> None:
        # Who leaves a page hears no more of what is told live, and waits for no icon.
        is_left = request.failure == "net::ERR_ABORTED" and request.url.endswith(LEFT)
        if not is_left:
            self._heard.append(f"failed: {request.url}")

    def close(self) -> None:
        """Close the tab, and forget all of it."""
        self._context.close()


@contextmanager
def in_the_dark(page: Page) -> Iterator[None]:
    """The page as a visitor has it whose system asks for dark colours, for a while."""
    page.emulate_media(color_scheme="dark")
    yield
    page.emulate_media(color_scheme="light")


def press(page: Page, button: str) -> None:
    """Press the first button of this name, and wait for the page to which it leads."""
    with page.expect_navigation(wait_until="load"):
        page.get_by_role("button", name=button).first.click()


def sent_by_two_clicks(page: Page, button: str) -> int:
    """How often a form is sent by somebody who double clicks everything, while its answer is still
    under way; no answer comes."""
    page.evaluate(COUNT_SENT)
    page.get_by_role("button", name=button).first.dblclick()
    sent: int = page.evaluate("window.sent")
    return sent


def skips_to_content(page: Page) -> list[str]:
    """What is wrong with the first thing that Tab comes to, a link past the header."""
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.innerText")
    page.keyboard.press("Enter")
    at = page.evaluate("document.location.hash")
    right = (focused, at) == ("Skip to main content", "#maincontent")
    return [] if right else [f"Tab and Enter lead by {focused!r} to {at!r}"]


def _seen(page: Page) -> list[str]:
    headings, over = page.evaluate(
        """() => [document.querySelectorAll("h1").length,
        document.documentElement.scrollWidth - document.documentElement.clientWidth]"""
    )
    seen = [] if headings == 1 else [f"{headings} h1 headings"]
    return seen + ([f"scrolls sideways by {over} pixels"] if over > 0 else [])


def _found_by_axe(page: Page, checked: dict[str, Any] = CHECKED) -> list[str]:
    page.evaluate(WITHOUT_TIMERS)
    found: list[str] = page.evaluate(FIND, checked)
    return found
