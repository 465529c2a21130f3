"""How precisely a value is known: precision, lowBoundary, highBoundary, and parts of dates.

A boundary is the least or greatest value that what is written can stand for: 1.58 is anything from
1.575 to 1.585, 2014 any day of that year, a moment without a zone in any zone.

Source: FHIRPath continuous build, sections "Boundary functions" and "Date/Time component
extraction"; FHIR R4 4.0.1 section 2.9.1.
"""

from calendar import monthrange
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from openroots.fhir.path import quantity
from openroots.fhir.path.errors import PathError
from openroots.fhir.path.frame import Frame
from openroots.fhir.path.functions.signatures import Function, in_run
from openroots.fhir.path.node import Items
from openroots.fhir.path.quantity import Quantity
from openroots.fhir.path.temporal import Temporal, as_kind
from openroots.fhir.path.values import is_number, one

USUAL_DIGITS, MOST_DIGITS = 8, 31
DATES = {4: 1, 6: 2, 8: 3}
MOMENTS = {**DATES, 10: 4, 12: 5, 14: 6, 17: 6}
TIMES = {2: 1, 4: 2, 6: 3, 9: 3}
PLACES = ("year", "month", "day", "hour", "minute", "second")


def _boundary(high: bool) -> Function:
    def answered(items: Items, frame: Frame, digits: Any = None) -> Items:
        value = one(items)
        if digits is not None and (not isinstance(digits, int) or isinstance(digits, bool)):
            raise PathError("a precision is no integer")
        if isinstance(value, Temporal):
            return _listed(_temporal_edge(value, digits, high))
        if isinstance(value, Quantity):
            edge = _number_edge(value.value, digits, high)
            return [] if edge is None else [Quantity(edge, value.unit)]
        return _listed(_number_edge(Decimal(value), digits, high)) if is_number(value) else []

    return in_run(answered, 0, 1)


def _number_edge(value: Decimal, digits: int | None, high: bool) -> Decimal | None:
    digits = USUAL_DIGITS if digits is None else digits
    if not 0 <= digits <= MOST_DIGITS:
        return None
    half = Decimal(5).scaleb(-_decimals(value) - 1)
    edge = value + half if high else value - half
    return edge.quantize(Decimal(1).scaleb(-digits), ROUND_CEILING if high else ROUND_FLOOR)


def _temporal_edge(value: Temporal, digits: int | None, high: bool) -> Temporal | None:
    known = {"Date": DATES, "DateTime": MOMENTS, "Time": TIMES}[value.kind]
    digits = max(known) if digits is None else digits
    if digits not in known:
        return None
    parts = list(value.parts)
    for place in range(len(parts), known[digits]):
        parts.append(_edge_of(place, value.kind, parts, high))
    if digits in (9, 17) and value.kind != "Date":
        parts[-1] = _to_milliseconds(Decimal(parts[-1]), high)
    offset = value.offset
    if value.kind == "DateTime" and len(parts) > 3 and offset is None:
        offset = -12 * 60 if high else 14 * 60
    return Temporal(value.kind, tuple(parts[: known[digits]]), offset)


def _edge_of(place: int, kind: str, parts: list[Any], high: bool) -> int | Decimal:
    place += 3 if kind == "Time" else 0
    if place == 2:
        return monthrange(int(parts[0]), int(parts[1]))[1] if high else 1
    if place == 5:
        return Decimal(59 if high else 0)
    return (0, 12, 0, 23, 59)[place] if high else (0, 1, 0, 0, 0)[place]


def _to_milliseconds(second: Decimal, high: bool) -> Decimal:
    known = _decimals(second)
    whole = second.quantize(Decimal("0.001"), ROUND_FLOOR)
    return whole + (Decimal("0.999") % Decimal(1).scaleb(-known) if high and known < 3 else 0)


def _precision(items: Items, frame: Frame) -> Items:
    value = one(items)
    if is_number(value):
        return [_decimals(Decimal(value))]
    if not isinstance(value, Temporal):
        return []
    return [sum(char.isdigit() for char in str(value).partition("Z")[0][:23])]


def _decimals(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _comparable(items: Items, frame: Frame, other: Any = None) -> Items:
    value = one(items)
    if not isinstance(value, Quantity) or not isinstance(other, Quantity):
        return []
    return [quantity.compare(value, other) is not None]


def _part(name: str) -> Function:
    """One part of a date or time: its year, its minute, ..."""

    def answered(items: Items, frame: Frame) -> Items:
        value = one(items)
        if not isinstance(value, Temporal):
            return []
        place = PLACES.index(name) - (3 if value.kind == "Time" else 0)
        return [int(value.parts[place])] if 0 <= place < len(value.parts) else []

    return in_run(answered)


def _millisecond(items: Items, frame: Frame) -> Items:
    value = one(items)
    if not isinstance(value, Temporal) or not isinstance(value.parts[-1], Decimal):
        return []
    return [int(value.parts[-1] % 1 * 1000)]


def _offset(items: Items, frame: Frame) -> Items:
    value = one(items)
    if not isinstance(value, Temporal) or value.offset is None:
        return []
    return [Decimal(value.offset) / 60]


def _as(kind: str) -> Function:
    def answered(items: Items, frame: Frame) -> Items:
        value = one(items)
        if not isinstance(value, Temporal):
            return []
        if kind == "Date":
            return _listed(as_kind(value, "Date"))
        return [Temporal("Time", value.parts[3:])] if len(value.parts) > 3 else []

    return in_run(answered)


def _listed(value: Any) -> Items:
    return [] if value is None else [value]


FUNCTIONS: dict[str, Function] = {
    "lowBoundary": _boundary(high=False),
    "highBoundary": _boundary(high=True),
    "precision": in_run(_precision),
    "comparable": in_run(_comparable, 1, 1),
    **{f"{name}Of": _part(name) for name in PLACES},
    "millisecondOf": in_run(_millisecond),
    "timezoneOffsetOf": in_run(_offset),
    "dateOf": _as("Date"),
    "timeOf": _as("Time"),
}
