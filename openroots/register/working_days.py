"""Working days in England and Wales: for the days on which people are told and consultations end.

Bank holidays follow from a rule for each, and from the few days that were moved or added by
proclamation. So any year can be asked, those to come too.

Source: Banking and Financial Dealings Act 1971, schedule 1, and the proclamations under it as
gov.uk lists them; Easter by the anonymous Gregorian rule (Meeus, Astronomical Algorithms, ch. 8).
"""

from collections.abc import Mapping
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)
SATURDAY = 5

# Days by proclamation: those added, and those that took the place of one of the rule.
ADDED: Mapping[int, tuple[date, ...]] = {
    2011: (date(2011, 4, 29),),
    2012: (date(2012, 6, 4), date(2012, 6, 5)),
    2020: (date(2020, 5, 8),),
    2022: (date(2022, 6, 2), date(2022, 6, 3), date(2022, 9, 19)),
    2023: (date(2023, 5, 8),),
}
MOVED = frozenset({date(2012, 5, 28), date(2020, 5, 4), date(2022, 5, 30)})


def bank_holidays(year: int) -> tuple[date, ...]:
    """The bank holidays of a year, in order."""
    easter = easter_sunday(year)
    spring = _first_monday(year, 6) - 7 * ONE_DAY
    summer = _first_monday(year, 9) - 7 * ONE_DAY
    days = {
        _not_at_a_weekend(date(year, 1, 1)),
        easter - 2 * ONE_DAY,
        easter + ONE_DAY,
        _first_monday(year, 5),
        spring,
        summer,
        *_at_christmas(year),
        *ADDED.get(year, ()),
    }
    return tuple(sorted(days - MOVED))


def is_working_day(day: date) -> bool:
    """Whether offices are open."""
    return day.weekday() < SATURDAY and day not in bank_holidays(day.year)


def working_day_from(day: date) -> date:
    """The day itself, or the first working day that follows it."""
    while not is_working_day(day):
        day += ONE_DAY
    return day


def working_day_by(day: date) -> date:
    """The day itself, or the last working day before it."""
    while not is_working_day(day):
        day -= ONE_DAY
    return day


def easter_sunday(year: int) -> date:
    """Easter Sunday of the western churches."""
    golden, century, rest = year % 19, *divmod(year, 100)
    leaps, left = divmod(century, 4)
    moon = (19 * golden + century - leaps - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    quarters, years = divmod(rest, 4)
    weekday = (32 + 2 * left + 2 * quarters - moon - years) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _first_monday(year: int, month: int) -> date:
    first = date(year, month, 1)
    return first + (-first.weekday() % 7) * ONE_DAY


def _not_at_a_weekend(day: date) -> date:
    return day + max(0, 7 - day.weekday()) * ONE_DAY if day.weekday() >= SATURDAY else day


def _at_christmas(year: int) -> tuple[date, date]:
    """Christmas Day and Boxing Day; each that falls on a weekend is kept on the days after."""
    christmas = date(year, 12, 25)
    match christmas.weekday():
        case 4:
            return christmas, christmas + 3 * ONE_DAY
        case 5:
            return christmas + 2 * ONE_DAY, christmas + 3 * ONE_DAY
        case 6:
            return christmas + ONE_DAY, christmas + 2 * ONE_DAY
    return christmas, christmas + ONE_DAY
