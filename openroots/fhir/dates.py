"""Dates and periods as FHIR writes them.

For whoever compares dates in records. A birth date or a date of death may be known to the month
or year only; questions that need a day say so.

Source: FHIR R4 4.0.1 section 2.24 (date, dateTime, Period).
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# No day of FHIR has an hour 24, which newer versions of Python read as the next day's first.
SECOND = r"\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):\d{2}:\d{2}"
UTC_MOMENT = re.compile(rf"{SECOND}(\+00:00)?", re.ASCII)
MOMENT = re.compile(rf"{SECOND}(\.\d{{1,9}})?(Z|[+-](0\d|1[0-4]):[0-5]\d)?", re.ASCII)
YEARS = 8  # whose changes of clocks are remembered
LENGTH_WITHOUT_OFFSET = len("2020-01-01T00:00:00")
SUMMER = timezone(timedelta(hours=1))


def day(text: str) -> date:
    """The calendar day of a date or dateTime. Raises ValueError where it names no real day."""
    if not DAY.match(text):
        raise ValueError("not a date to the day")
    return date.fromisoformat(text[:10])


def is_day(value: object) -> bool:
    """Whether this is a real day, written yyyy-mm-dd."""
    return isinstance(value, str) and bool(DAY.fullmatch(value)) and _exists(value)


def is_utc(value: object) -> bool:
    """Whether this is a real day, or a second of one in UTC with an offset of +00:00 or none."""
    if not isinstance(value, str) or not UTC_MOMENT.fullmatch(value):
        return is_day(value)
    return _exists(value)


def is_moment(value: object) -> bool:
    """Whether this is a real day, or a moment of one with any offset; one without is in UTC."""
    if not isinstance(value, str) or not MOMENT.fullmatch(value):
        return is_day(value)
    try:
        in_utc(value)
    except (ValueError, OverflowError):
        return False
    return True


def in_utc(moment: str) -> str:
    """A day, or a moment to the second in UTC, whatever its offset was."""
    if DAY.fullmatch(moment):
        return moment
    found = datetime.fromisoformat(moment)
    return utc_text(found if found.tzinfo else found.replace(tzinfo=UTC))


def with_offset(moment: str) -> str:
    """A date, or a moment in UTC with its offset: FHIR has no time without one."""
    return f"{moment}+00:00" if len(moment) == LENGTH_WITHOUT_OFFSET else moment


def utc_text(moment: datetime) -> str:
    """A moment to the second in UTC, as PDS writes it: 2020-01-01T00:00:00+00:00."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def in_uk(moment: datetime) -> datetime:
    """The moment by the clocks of the United Kingdom: in summer they are an hour ahead of UTC.

    Reckoned, as not every machine has the tables of time zones: the rule has held since 1996.
    """
    year = moment.astimezone(UTC).year
    is_summer = _last_sunday(year, 3) <= moment < _last_sunday(year, 10)
    return moment.astimezone(SUMMER if is_summer else UTC)


def uk_day(moment: str) -> str:
    """A date as it is, and of a moment the day by the clocks of the United Kingdom."""
    if "T" not in moment:
        return moment
    return in_uk(datetime.fromisoformat(in_utc(moment))).date().isoformat()


@lru_cache(YEARS)
def _last_sunday(year: int, month: int) -> datetime:
    """One o'clock UTC on the last Sunday of a month of 31 days, when the clocks change."""
    last = datetime(year, month, 31, 1, tzinfo=UTC)
    return last - timedelta(days=last.isoweekday() % 7)


def covers(period: dict[str, Any], when: date) -> bool:
    """Whether a day lies in a period. Either end may be open, and both belong to it."""
    start, end = str(period.get("start", "")), str(period.get("end", "9999-12-31"))
    return start[:10] <= when.isoformat() <= end[:10]


def _exists(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
