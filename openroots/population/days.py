"""The days of a made-up life, which are numbers, as a record writes them.

For the population.

Source: FHIR R4 4.0.1, section 2.24.0.1 (date, dateTime) and Period.
"""

from datetime import date
from functools import lru_cache

from openroots.storage import Json


@lru_cache(maxsize=1 << 16)  # there are not so many days in a human life
def day_of(day: int) -> str:
    """A day, as FHIR writes a date."""
    return date.fromordinal(day).isoformat()


def moment_of(day: int) -> str:
    """The midnight at which a day begins."""
    return f"{day_of(day)}T00:00:00+00:00"


def period_of(start: int, end: int = 0) -> Json:
    """From one day on, to another where there is one."""
    return {"start": day_of(start), "end": day_of(end)} if end else {"start": day_of(start)}
