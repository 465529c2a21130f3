"""Waiting for what other threads and processes do, for as long as a busy machine may need.

For tests of what happens by itself. Nothing is timed by it: whoever waits here goes on as soon as
it has happened.

Source: none.
"""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LONGEST = 120.0  # seconds
OFTEN = 0.02  # seconds between two looks


def until(happened: Callable[[], T]) -> T:
    """What `happened` gives, once that is true. Raises AssertionError if it never is."""
    end = time.monotonic() + LONGEST
    while not (found := happened()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(OFTEN)
    return found
