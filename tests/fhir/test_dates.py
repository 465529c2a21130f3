"""Dates: what names a real day or moment, and when a period holds."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from openroots.fhir import dates


@pytest.mark.parametrize(
    ("value", "is_day", "is_utc"),
    [
        ("2010-10-22", True, True),
        ("2012-02-29", True, True),
        ("2010-02-29", False, False),
        ("2010-10", False, False),
        ("20101022", False, False),
        ("2010-10-22T00:00:00+00:00", False, True),
        ("2010-10-22T00:00:00", False, True),
        ("2010-10-22T24:00:00+00:00", False, False),
        ("2010-10-22T00:00:00+01:00", False, False),
        ("2010-10-22T00:00:00Z", False, False),
        ("２０１０-10-22", False, False),
        (20101022, False, False),
        (None, False, False),
    ],
)
def test_forms(value: Any, is_day: bool, is_utc: bool) -> None:
    """A day is written yyyy-mm-dd; a moment in UTC has seconds, and an offset of zero or none."""
    assert (dates.is_day(value), dates.is_utc(value)) == (is_day, is_utc)


def test_day_of_a_moment() -> None:
    """The day of a date or dateTime is the one that it is written with."""
    assert dates.day("2010-10-22") == dates.day("2010-10-22T23:59:59+00:00") == date(2010, 10, 22)


@pytest.mark.parametrize("text", ["2010", "2010-10", "", "2010-02-30"])
def test_no_day(text: str) -> None:
    """A date that is not known to the day, or does not exist, has no day."""
    with pytest.raises(ValueError, match=r"date|day"):
        dates.day(text)


def test_utc_text() -> None:
    """A moment is written in UTC, to the second."""
    moment = datetime(2026, 6, 1, 1, 2, 3, 456, tzinfo=timezone(timedelta(hours=1)))
    assert dates.utc_text(moment) == "2026-06-01T00:02:03+00:00"
    assert dates.utc_text(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("period", "covers"),
    [
        ({}, True),
        ({"start": "2020-01-01"}, True),
        ({"start": "2020-01-02"}, False),
        ({"end": "2020-01-01"}, True),
        ({"end": "2019-12-31"}, False),
        ({"start": "2020-01-01T00:00:00+00:00", "end": "2020-01-01T00:00:00+00:00"}, True),
    ],
)
def test_periods(period: dict[str, Any], covers: bool) -> None:
    """A period holds from its first day to its last, and without end where it has none."""
    assert dates.covers(period, date(2020, 1, 1)) is covers


@pytest.mark.parametrize(
    ("utc", "here"),
    [
        ("2026-03-29T00:59:59+00:00", "2026-03-29T00:59:59+00:00"),
        ("2026-03-29T01:00:00+00:00", "2026-03-29T02:00:00+01:00"),
        ("2026-07-01T23:30:00+00:00", "2026-07-02T00:30:00+01:00"),
        ("2026-10-25T00:59:59+00:00", "2026-10-25T01:59:59+01:00"),
        ("2026-10-25T01:00:00+00:00", "2026-10-25T01:00:00+00:00"),
        ("2024-03-31T01:00:00+00:00", "2024-03-31T02:00:00+01:00"),
        ("2026-12-31T23:30:00+00:00", "2026-12-31T23:30:00+00:00"),
        ("2026-07-02T05:30:00+06:00", "2026-07-02T00:30:00+01:00"),
    ],
)
def test_clocks_of_the_united_kingdom(utc: str, here: str) -> None:
    """They are an hour ahead of UTC from the last Sunday of March to the last of October."""
    assert dates.in_uk(datetime.fromisoformat(utc)).isoformat() == here


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2020-07-01", "2020-07-01"),
        ("2020-07-01T22:59:59+00:00", "2020-07-01"),
        ("2020-07-01T23:00:00+00:00", "2020-07-02"),
        ("2020-12-31T23:00:00+00:00", "2020-12-31"),
        ("2020-07-01T23:00:00", "2020-07-02"),
        ("2020", "2020"),
    ],
)
def test_a_moment_is_on_a_day_of_the_united_kingdom(moment: str, day: str) -> None:
    """What is no moment is as it is."""
    assert dates.uk_day(moment) == day


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        ("2020-01-01", "2020-01-01"),
        ("2020-01-01T00:00:00", "2020-01-01T00:00:00+00:00"),
        ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00+00:00"),
        ("2020-07-01T00:30:00+01:00", "2020-06-30T23:30:00+00:00"),
        ("2020-01-01T10:00:00.123456789-05:30", "2020-01-01T15:30:00+00:00"),
    ],
)
def test_a_moment_of_any_offset_is_written_in_utc(moment: str, written: str) -> None:
    """It is the same moment; a day stays a day."""
    assert dates.is_moment(moment)
    assert dates.in_utc(moment) == written


@pytest.mark.parametrize(
    "text",
    [
        *("2020-02-30T00:00:00Z", "2020-01-01T00:00:00+15:00", "2020-01-01T24:00:00+00:00"),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2020-01-01T00:00Z"),
        *("2020-01-01 00:00:00Z", "2020-01", "", None, 20200101),
    ],
)
def test_what_is_no_moment(text: Any) -> None:
    """Neither is one that does not exist, or that no calendar has in UTC."""
    assert not dates.is_moment(text)
