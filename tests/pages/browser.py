"""A real browser for the tests of pages: Debian's Chromium, driven by playwright.

Each page is opened as four kinds of visitor see it. `complaints` says in words what is wrong with
a page there, and nothing where nothing is.

Source: WCAG 2.2, levels A and AA, as far as axe-core can tell; 1.4.10 Reflow for the 320 pixels.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).parent.parent.parent
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = which("chromium") or ""

# A machine of tests may be root, for whom Chromium has no sandbox, and have a small /dev/shm.
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage"]

SMALL = ViewportSize(width=375, height=812)
VISITORS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": ViewportSize(width=1280, height=900)},
    "phone": {"viewport": SMALL, "has_touch": True, "is_mobile": True},
    "phone without JavaScript": {"viewport": SMALL, "java_script_enabled": False},
    "zoomed to 400 %": {"viewport": ViewportSize(width=320, height=640)},
}

# All of WCAG, and the best practices; but the frame of NHS pages has its back link outside of all
# landmarks, which the rule `region` does not like.
CHECKED = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "rules": {"region": {"enabled": False}},
    "preload": False,
}

# Where JavaScript is off, Chromium still evaluates what a test asks it to, but no timer ever
# fires; axe waits for some, so there they are made to fire at once.
WITHOUT_TIMERS = """() => {
  if (document.body.classList.contains("js-enabled")) return;
  window.setTimeout = (call, _, ...given) => { Promise.resolve().then(() => call(...given)); };
}"""

# What is folded away is looked at too.
OPEN_ALL = "document.querySelectorAll('details').forEach(each => { each.open = true; })"

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


def complaints(page: Page, url: str, expected: int = 200) -> list[str]:
    """Everything that is wrong with the page at this address, for the visitor of this browser."""
    heard: list[str] = []
    page.on("console", lambda message: heard.append(f"console: {message.text}"))
    page.on("requestfailed", lambda request: heard.append(f"failed: {request.url}"))
    page.on("pageerror", lambda error: heard.append(f"script: {error}"))
    response = page.goto(url, wait_until="load")
    status = response.status if response else 0
    if status != expected:
        heard.append(f"status {status}")
    if expected != 200:  # which Chromium itself says in its console
        heard = [words for words in heard if "Failed to load resource" not in words]
    return [*heard, *complaints_here(page)]


def complaints_here(page: Page) -> list[str]:
    """What can be seen to be wrong with the page that is open."""
    page.evaluate(OPEN_ALL)
    return [*_seen(page), *_found_by_axe(page)]


def keep_picture(page: Page, name: str) -> None:
    """A picture of the whole page, where a folder for them is named."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def _seen(page: Page) -> list[str]:
    headings = page.locator("h1").count()
    over: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    seen = [] if headings == 1 else [f"{headings} h1 headings"]
    return seen + ([f"scrolls sideways by {over} pixels"] if over > 0 else [])


def _found_by_axe(page: Page) -> list[str]:
    # evaluate() is not stopped by the page's Content-Security-Policy, as a script tag would be.
    page.evaluate(WITHOUT_TIMERS)
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("checked => axe.run(document, checked)", CHECKED)
    return [
        f"axe {violation['id']}: {node['target']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
