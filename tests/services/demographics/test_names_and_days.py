"""What a search compares by: wildcards, and stretches of days."""

from datetime import date
from fnmatch import fnmatchcase

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openroots.services.demographics.days import Days
from openroots.services.demographics.wildcards import fits

DATES = st.dates(date(1, 1, 1), date(9999, 12, 31)).map(date.isoformat)


@pytest.mark.parametrize(
    ("pattern", "text", "holds"),
    [
        ("sm*", "smith", True),
        ("sm*", "sm", True),
        ("sm*t*", "smythe", True),
        ("sm*h", "smith", True),
        ("sm*th", "smth", True),
        ("smith*h", "smith", False),
        ("sm*ab*b", "smab", False),
        ("sm*ab*b", "smabb", True),
        ("smith", "smiths", False),
        ("sm**", "smith", True),
        ("s.*", "smith", False),
    ],
)
def test_wildcards(pattern, text, holds):
    """A wildcard stands for any characters or none; nothing else stands for anything."""
    assert fits(pattern, text) == holds


@given(st.text("ab*", max_size=9), st.text("ab", max_size=9))
def test_wildcards_are_those_of_file_names(pattern, text):
    """A wildcard means what * means in the names of files."""
    assert fits(pattern, text) == fnmatchcase(text, pattern)


@settings(max_examples=300)
@given(DATES, DATES, DATES)
def test_a_date_is_within_just_if_it_has_one_of_the_beginnings(one, other, when):
    """The beginnings of a stretch of days find the dates within it and no others, whether they
    are known to the day, the month or the year."""
    days = Days(min(one, other), max(one, other))
    beginnings = tuple(days.beginnings())
    for known in (when, when[:7], when[:4]):
        assert known.startswith(beginnings) == days.holds(known)


@given(DATES, DATES)
def test_beginnings_are_few(one, other):
    """Any stretch of days, open or not, has few beginnings; a day has one."""
    assert len(list(Days(min(one, other), max(one, other)).beginnings())) <= 130
    assert len(list(Days.since(one).beginnings())) <= 70
    assert len(list(Days.until(one).beginnings())) <= 70
    assert list(Days(one, one).beginnings()) == [one]


@pytest.mark.parametrize(
    ("days", "beginnings"),
    [
        (Days.since("2010-10-22"), {"2010-10-22", "2010-10-3", "2010-11", "2010-12", "2011"}),
        (Days.since("2000-01-01"), {"2", "3", "9"}),
        (Days.since("2000-10-01"), {"2000-1", "2001", "201"}),
        (Days.until("1999-12-31"), {"0", "1"}),
        (Days.until("2000-02-29"), {"2000-01", "2000-02", "0"}),
        (Days.until("1900-02-28"), {"1900-01", "1900-02", "18"}),
        (Days.until("2000-02-28"), {"2000-01", "2000-02-28", "0"}),
    ],
)
def test_whole_months_and_years(days, beginnings):
    """A stretch that begins or ends with a month or year holds all of it, as one beginning."""
    assert beginnings <= {*days.beginnings()}


def test_an_empty_stretch_has_no_beginnings():
    """No date begins so that it lies after a later day and before an earlier one."""
    assert list(Days("2010-10-23", "2010-10-21").beginnings()) == []
