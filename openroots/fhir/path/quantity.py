"""Quantities: a number with a unit, or with a duration of the calendar.

For comparing and reckoning. A year of the calendar and a UCUM `a` are alike, not equal: how long a
year is depends on the year. Days and weeks of the calendar are held to be those of UCUM.

Source: FHIRPath N1 2.0.0, sections 4.1.8, 6.1 and 6.6; UCUM 2.1.
"""

from dataclasses import dataclass
from decimal import Decimal

from openroots.fhir.path.units import ONE, Measure, measure, name_of, times

_KEYWORDS = ("year", "month", "week", "day", "hour", "minute", "second", "millisecond")
CALENDAR = {word: name for name in _KEYWORDS for word in (name, f"{name}s")}
TO_UCUM = dict(zip(_KEYWORDS, ("a", "mo", "wk", "d", "h", "min", "s", "ms"), strict=True))
FROM_UCUM = {unit: name for name, unit in TO_UCUM.items()}
VARIABLE = frozenset({"year", "month"})
MONTHS = {"year": 12, "month": 1}


@dataclass(frozen=True, slots=True)
class Quantity:
    """So many of a unit. `unit` is a UCUM code, or a word of the calendar in the singular."""

    value: Decimal
    unit: str = "1"

    def __str__(self) -> str:
        if self.unit in TO_UCUM:
            return f"{self.value} {self.unit}{'' if self.value == 1 else 's'}"
        return f"{self.value} '{self.unit}'"


def compare(left: Quantity, right: Quantity) -> int | None:
    """-1, 0 or 1 as left is less, equal or more; None where they cannot be compared."""
    if left.unit == right.unit:
        return _sign(left.value, right.value)
    one, other = _comparable(left), _comparable(right)
    if one is None or other is None or one.bases != other.bases:
        return None
    return _sign(left.value * one.factor, right.value * other.factor)


def equal(left: Quantity, right: Quantity) -> bool | None:
    """Whether they are equal: never where they measure different things; None where a unit is
    not known, or a year of the calendar stands against one of a fixed length."""
    order = compare(left, right)
    if order is not None:
        return order == 0
    one, other = _alike(left.unit), _alike(right.unit)
    if one is None or other is None or one.bases == other.bases:
        return None
    return False


def key(value: Quantity) -> tuple[object, ...]:
    """What two have in common if, and only if, they are equal."""
    found = _comparable(value)
    if found is None:
        return ("Quantity", value.value, value.unit)
    return ("Quantity", value.value * found.factor, found.bases)


def in_unit(value: Quantity, unit: str) -> Quantity | None:
    """The same in another unit; None where there is no way from one to the other."""
    one, other = _alike(value.unit), _alike(unit)
    if one is None or other is None or one.bases != other.bases:
        return None
    return Quantity(value.value * one.factor / other.factor, unit)


def product(left: Quantity, right: Quantity, power: int) -> Quantity | None:
    """left by right, or (power -1) left over right; None where a unit is not known."""
    one, other = _alike(left.unit), _alike(right.unit)
    if one is None or other is None:
        return None
    if right.unit == "1":
        return Quantity(left.value * right.value**power, left.unit)
    if left.unit == "1" and power == 1:
        return Quantity(left.value * right.value, right.unit)
    unit = times(one, other, power)
    return Quantity(left.value * right.value**power * unit.factor, name_of(unit))


def seconds(value: Quantity) -> Decimal | None:
    """How long it lasts, where it has a length that does not vary; None otherwise."""
    found = _comparable(value)
    return value.value * found.factor if found and found.bases == (("s", 1),) else None


def _comparable(value: Quantity) -> Measure | None:
    """Years and months of the calendar compare with each other only: in months."""
    if value.unit in VARIABLE:
        return Measure(Decimal(MONTHS[value.unit]), (("month", 1),))
    return _alike(value.unit)


def _alike(unit: str) -> Measure | None:
    return ONE if unit == "1" else measure(TO_UCUM.get(unit, unit))


def _sign(one: Decimal, other: Decimal) -> int:
    return (one > other) - (one < other)
