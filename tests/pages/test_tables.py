"""Tables are tables while there is room for them, on paper too; on a phone each row is a card.

Source: WCAG 2.2, 1.4.10 Reflow.
"""

import pytest
from playwright.sync_api import Browser, Page

from openroots.testing import Nation

WIDTHS = {320: "block", 390: "block", 640: "block", 641: "table-row", 768: "table-row"}
A4 = 718  # pixels between the margins of a sheet
DISPLAY = "getComputedStyle(document.querySelector('.or-table tbody tr')).display"
HEIGHT = "document.querySelector('.or-table thead').getBoundingClientRect().height"
SHORT = "getComputedStyle(document.querySelector('.or-counts tbody tr')).display"


def opened(browser: Browser, nation: Nation, path: str, width: int) -> Page:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(nation.url + path)
    return page


@pytest.mark.pages
@pytest.mark.parametrize("width", WIDTHS)
def test_rows_are_cards_on_phones_alone(lived_in: Nation, browser: Browser, width: int) -> None:
    """From a small tablet on there is room for columns."""
    with opened(browser, lived_in, "/", width) as page:
        assert page.evaluate(DISPLAY) == WIDTHS[width]
        assert (
            page.evaluate(HEIGHT) == 1 if WIDTHS[width] == "block" else page.evaluate(HEIGHT) > 20
        )


@pytest.mark.pages
def test_a_table_is_printed_as_a_table(lived_in: Nation, browser: Browser) -> None:
    """A sheet of A4 is narrower than the screens that a kit counts as wide."""
    with opened(browser, lived_in, "/", A4) as page:
        page.emulate_media(media="print")
        assert page.evaluate(DISPLAY) == "table-row"


@pytest.mark.pages
def test_a_list_of_counts_is_a_table_on_a_phone_too(lived_in: Nation, browser: Browser) -> None:
    """Two short columns fit, and nine cards of one figure each would be looked through in vain."""
    with opened(browser, lived_in, "/programmes/standards", 320) as page:
        assert page.evaluate(SHORT) == "table-row"
