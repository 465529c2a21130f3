"""The operators of FHIRPath, as functions of what stands on either side.

For the compiler. Arithmetic on nothing gives nothing, and so does a division by nought or a result
out of range; kinds that do not go together are a PathError.

Source: FHIRPath N1 2.0.0, sections 6.1 to 6.7.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from openroots.fhir.path import quantity, temporal
from openroots.fhir.path.errors import PathError, PathLimit
from openroots.fhir.path.frame import LONGEST_TEXT
from openroots.fhir.path.node import Items
from openroots.fhir.path.quantity import FROM_UCUM, MONTHS, TO_UCUM, Quantity
from openroots.fhir.path.temporal import Temporal
from openroots.fhir.path.values import is_number, key, one, order, text

SMALLEST_INTEGER, LARGEST_INTEGER = -(2**31), 2**31 - 1
MOST_DIGITS = 28  # before the point, of what is reckoned
WHOLE_UNITS = frozenset({"year", "month", "week", "day", "hour", "minute"})


def both(left: bool | None, right: bool | None) -> bool | None:
    """`and`, where None is empty."""
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def either(left: bool | None, right: bool | None) -> bool | None:
    """`or`, where None is empty."""
    if left is True or right is True:
        return True
    return None if left is None or right is None else False


def implied(left: bool | None, right: bool | None) -> bool | None:
    """`implies`, where None is empty."""
    return either(None if left is None else not left, right)


def differs(left: bool | None, right: bool | None) -> bool | None:
    """`xor`, where None is empty."""
    return None if left is None or right is None else left is not right


def compared(left: Items, right: Items, wanted: Callable[[int], bool]) -> bool | None:
    """`<`, `<=`, `>` or `>=`: whether the order of two single items is as wanted."""
    if not left or not right:
        return None
    if len(left) > 1 or len(right) > 1:
        raise PathError("several items are compared where the language takes one")
    found = order(left[0], right[0])
    return None if found is None else wanted(found)


def contained(items: Items, within: Items) -> bool | None:
    """`in`: whether a single item is among others."""
    if not items:
        return None
    if len(items) > 1:
        raise PathError("several items stand before `in`, which takes one")
    wanted = key(items[0])
    return any(key(item) == wanted for item in within)


def joined(left: Items, right: Items) -> Items:
    """`&`: two texts as one, where nothing counts as an empty text."""
    return [bounded("".join(_as_text(side, "&") for side in (left, right)))]


def bounded(found: str) -> str:
    """The text, unless it has become too long: then PathLimit."""
    if len(found) > LONGEST_TEXT:
        raise PathLimit("the expression makes too long a text")
    return found


def added(left: Items, right: Items) -> Items:
    """`left + right`: numbers, texts, quantities, or a date and a duration."""
    one_side, other = one(left), one(right)
    if one_side is None or other is None:
        return []
    if is_number(one_side) and is_number(other):
        return number(one_side + other)
    if isinstance(one_side, Temporal) and isinstance(other, Quantity):
        return _moved(one_side, other, 1)
    texts = text(left[0]), text(right[0])
    if texts[0] is not None and texts[1] is not None:
        return [bounded(texts[0] + texts[1])]
    return _sum(one_side, other, 1)


def subtracted(left: Items, right: Items) -> Items:
    """`left - right`: numbers, quantities, or a date and a duration."""
    one_side, other = one(left), one(right)
    if one_side is None or other is None:
        return []
    if is_number(one_side) and is_number(other):
        return number(one_side - other)
    if isinstance(one_side, Temporal) and isinstance(other, Quantity):
        return _moved(one_side, other, -1)
    return _sum(one_side, other, -1)


def multiplied(left: Items, right: Items) -> Items:
    """`left * right`: numbers or quantities."""
    return _scaled(one(left), one(right), lambda a, b: a * b, 1)


def divided(left: Items, right: Items) -> Items:
    """`left / right`: a Decimal or a quantity; nothing where right is nought."""
    return _scaled(one(left), one(right), lambda a, b: Decimal(a) / Decimal(b), -1)


def whole_division(left: Items, right: Items) -> Items:
    """`left div right`: how many times it goes, towards nought."""
    return _scaled(one(left), one(right), lambda a, b: int(Decimal(a) / Decimal(b)), 0)


def remainder(left: Items, right: Items) -> Items:
    """`left mod right`: what is left over, with the sign of the left side."""
    return _scaled(one(left), one(right), _remainder, 0)


def negated(items: Items) -> Items:
    """`-items`."""
    value = one(items)
    if value is None:
        return []
    if isinstance(value, Quantity):
        return [Quantity(-value.value, value.unit)]
    if not is_number(value):
        raise PathError("a sign stands before what is no number")
    return number(-value)


def number(found: Any) -> Items:
    """A number as a collection; nothing where it is out of range."""
    if isinstance(found, int):
        return [found] if SMALLEST_INTEGER <= found <= LARGEST_INTEGER else []
    return [found] if found.is_finite() and found.adjusted() < MOST_DIGITS else []


def _as_text(items: Items, operator: str) -> str:
    if not items:
        return ""
    found = text(items[0]) if len(items) == 1 else None
    if found is None:
        raise PathError(f"`{operator}` takes texts")
    return found


def _sum(left: Any, right: Any, sign: int) -> Items:
    pair = [Quantity(Decimal(side)) if is_number(side) else side for side in (left, right)]
    if not all(isinstance(side, Quantity) for side in pair):
        raise PathError("two things are added that do not go together")
    other = pair[1] if pair[0].unit == pair[1].unit else quantity.in_unit(pair[1], pair[0].unit)
    if other is None:
        return []
    return [Quantity(pair[0].value + sign * other.value, pair[0].unit)]


def _scaled(left: Any, right: Any, reckon: Callable[[Any, Any], Any], power: int) -> Items:
    if left is None or right is None:
        return []
    if is_number(left) and is_number(right):
        return number(reckon(left, right)) if power == 1 or right != 0 else []
    pair = [Quantity(Decimal(side)) if is_number(side) else side for side in (left, right)]
    if power == 0 or not all(isinstance(side, Quantity) for side in pair):
        raise PathError("two things are multiplied or divided that are no numbers")
    if power == -1 and pair[1].value == 0:
        return []
    found = quantity.product(pair[0], pair[1], power)
    return [] if found is None else [found]


def _remainder(left: Any, right: Any) -> Any:
    if isinstance(left, int) and isinstance(right, int):
        return abs(left) % abs(right) * (-1 if left < 0 else 1)
    return Decimal(left) % Decimal(right)


def _moved(start: Temporal, by: Quantity, sign: int) -> Items:
    """A date some time later. What is known to the year moves by whole years, and so on."""
    if by.unit in ("a", "mo"):
        raise PathError("a date moves by years and months of the calendar, not by UCUM's")
    unit = by.unit if by.unit in TO_UCUM else FROM_UCUM.get(by.unit, "")
    count = by.value * sign
    if unit in WHOLE_UNITS:
        count = Decimal(int(count))
    if start.kind == "Time" and unit in ("year", "month", "week", "day"):
        raise PathError("a time of day does not move by days")
    if unit in MONTHS:
        months, seconds = int(count * MONTHS[unit]), Decimal(0)
    else:
        length = quantity.seconds(Quantity(count, unit)) if unit else None
        if length is None:
            raise PathError("a date moves by a duration only")
        months, seconds = 0, length
    found = temporal.plus(start, *_as_far_as_known(start, months, seconds))
    return [] if found is None else [found]


def _as_far_as_known(start: Temporal, months: int, seconds: Decimal) -> tuple[int, Decimal]:
    """A duration in whole units of what is known of a date: of a year, whole years."""
    known = len(start.parts) if start.kind != "Time" else 3 + len(start.parts)
    if known == 1:
        return int(Decimal(months) / 12) * 12 + int(seconds / (365 * 86400)) * 12, Decimal(0)
    if known == 2:
        return months + int(seconds / (30 * 86400)), Decimal(0)
    unit = {3: 86400, 4: 3600, 5: 60}.get(known)
    return months, seconds if unit is None else Decimal(int(seconds / unit) * unit)
