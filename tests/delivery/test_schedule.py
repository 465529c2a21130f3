"""For how long a receiver is left alone that asks to be."""

from datetime import timedelta

import pytest

from openroots.delivery.schedule import LONGEST_ASKED, wait_asked
from tests.delivery.desk import NOON


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("120", 120),
        (NOON.strftime("%a, %d %b %Y 12:05:00 GMT"), 300),
        (NOON.strftime("%a, %d %b %Y 12:05:00 -0000"), 300),
        (NOON.strftime("%a, %d %b %Y 13:05:00 +0100"), 300),
        ("3600", LONGEST_ASKED.seconds),
        ("3601", LONGEST_ASKED.seconds),
        ("9" * 4000, LONGEST_ASKED.seconds),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_ASKED.seconds),
    ],
)
def test_it_asks_in_seconds_or_by_a_date(retry_after, seconds):
    """And is granted an hour at most."""
    assert wait_asked(retry_after, NOON) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "retry_after",
    ["", "0", "-5", "1.5", "soon", "\u0661", "9" * 5000, "Fri, 31 Dec 1999 23:59:59 GMT"],
)
def test_what_asks_for_nothing_is_passed_over(retry_after):
    """So is a moment that is over, or that nobody can read."""
    assert wait_asked(retry_after, NOON) is None
