"""Birth dates as they are told: the same, with day and month swapped, mistyped, or another.

For tracing.

Source: none.
"""

from openroots.tracing.spelling import distance

LAST_MONTH = 12


def swapped(day: str) -> str:
    """The date with its day and month in each other's place; "" where that is no other date."""
    year, _, rest = day.partition("-")
    month, _, number = rest.partition("-")
    if not (number.isascii() and number.isdigit()) or int(number) > LAST_MONTH or month == number:
        return ""
    return f"{year}-{number}-{month}"


def is_mistyped(one: str, other: str) -> bool:
    """Whether one digit differs, or two stand in the other order."""
    return distance(one, other) == 1
