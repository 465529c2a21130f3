"""Working days in England and Wales."""

from datetime import date

import pytest

from openroots.register.working_days import (
    bank_holidays,
    easter_sunday,
    is_working_day,
    working_day_by,
    working_day_from,
)


@pytest.mark.parametrize(
    ("year", "days"),
    [
        # As gov.uk/bank-holidays lists them for England and Wales.
        (2020, "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28"),
        (2021, "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28"),
        (2022, "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27"),
        (2023, "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26"),
        (2024, "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26"),
        (2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"),
        (2027, "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28"),
    ],
)
def test_bank_holidays_are_those_that_were_published(year, days):
    assert [f"{day:%m-%d}" for day in bank_holidays(year)] == days.split()


@pytest.mark.parametrize("day", ["1818-03-22", "2000-04-23", "2038-04-25", "2285-03-22"])
def test_easter_is_where_it_is_earliest_and_latest(day):
    assert easter_sunday(int(day[:4])) == date.fromisoformat(day)


def test_a_working_day_is_found_on_either_side():
    """Of Good Friday 2027: Thursday before it, Tuesday after Easter Monday."""
    good_friday = date(2027, 3, 26)
    assert not is_working_day(good_friday)
    assert working_day_by(good_friday) == date(2027, 3, 25)
    assert working_day_from(good_friday) == date(2027, 3, 30)
    assert working_day_from(date(2027, 3, 30)) == date(2027, 3, 30)
