"""Functions that read one value as another: toInteger, convertsToDate, toQuantity, ...

Each takes one item; what cannot be read so gives nothing.

Source: FHIRPath N1 2.0.0, section 5.5.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from openroots.fhir.path import quantity, temporal
from openroots.fhir.path.compiled import Compiled, judging
from openroots.fhir.path.frame import Frame
from openroots.fhir.path.functions.signatures import Function
from openroots.fhir.path.node import Items
from openroots.fhir.path.operators import LARGEST_INTEGER, SMALLEST_INTEGER
from openroots.fhir.path.quantity import CALENDAR, Quantity
from openroots.fhir.path.temporal import Temporal
from openroots.fhir.path.values import is_number, one

YES = frozenset({"true", "t", "yes", "y", "1", "1.0"})
NO = frozenset({"false", "f", "no", "n", "0", "0.0"})
INTEGER = re.compile(r"[+-]?\d{1,10}", re.ASCII)
DECIMAL = re.compile(r"[+-]?\d{1,400}(\.\d{1,400})?", re.ASCII)
QUANTITY = re.compile(r"([+-]?\d{1,400}(?:\.\d{1,400})?)\s*(?:'([^']+)'|([a-zA-Z]+))?", re.ASCII)


def to_boolean(value: Any) -> bool | None:
    """true and false, and the texts and numbers that stand for them."""
    if isinstance(value, bool):
        return value
    if is_number(value):
        return {1: True, 0: False}.get(value)
    if isinstance(value, str):
        word = value.lower()
        return True if word in YES else False if word in NO else None
    return None


def to_integer(value: Any) -> int | None:
    """An integer, or the text of one, within 32 bits."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and INTEGER.fullmatch(value):
        value = int(value)
    if isinstance(value, int) and SMALLEST_INTEGER <= value <= LARGEST_INTEGER:
        return value
    return None


def to_decimal(value: Any) -> Decimal | None:
    """A number, or the text of one."""
    if isinstance(value, bool):
        return Decimal(int(value))
    if is_number(value):
        return Decimal(value)
    return Decimal(value) if isinstance(value, str) and DECIMAL.fullmatch(value) else None


def to_text(value: Any) -> str | None:
    """How a value is written."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value) if isinstance(value, str | int | Temporal | Quantity) else None


def to_quantity(value: Any, unit: Any = None) -> Quantity | None:
    """A number with a unit; in the unit that is asked for, where there is a way to it."""
    found = _read_quantity(value)
    if found is None or unit is None:
        return found
    wanted = CALENDAR.get(unit, unit)
    if found.unit == wanted:
        return found
    return quantity.in_unit(found, wanted) if isinstance(wanted, str) else None


def _read_quantity(value: Any) -> Quantity | None:
    if isinstance(value, Quantity):
        return value
    if isinstance(value, bool) or is_number(value):
        return Quantity(Decimal(value))
    found = QUANTITY.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    number, unit, word = found.groups()
    if word is not None and word not in CALENDAR:
        return None
    return Quantity(Decimal(number), unit or (CALENDAR[word] if word else "1"))


def _to_temporal(kind: str) -> Callable[[Any], Temporal | None]:
    def read(value: Any) -> Temporal | None:
        if isinstance(value, Temporal):
            return temporal.as_kind(value, kind)
        if not isinstance(value, str):
            return None
        whole = temporal.temporal("DateTime" if kind != "Time" else "Time", value)
        return None if whole is None else temporal.as_kind(whole, kind)

    return read


def _conversion(read: Callable[..., Any], most: int = 0) -> Function:
    def build(of: Compiled, arguments: tuple[Compiled, ...]) -> Compiled:
        ask = of.ask
        asks = tuple(argument.ask for argument in arguments)

        def converted(items: Items, frame: Frame) -> Items:
            found = ask(items, frame)
            value = one(found)
            if value is None:
                return []
            read_as = read(value, *(one(argument(found, frame)) for argument in asks))
            return [] if read_as is None else [read_as]

        return Compiled(converted)

    return Function(0, most, build)


def _test(read: Callable[..., Any], most: int = 0) -> Function:
    def build(of: Compiled, arguments: tuple[Compiled, ...]) -> Compiled:
        ask = of.ask
        convert = _conversion(read, most).build(of, arguments).ask

        def judge(items: Items, frame: Frame) -> bool | None:
            return bool(convert(items, frame)) if ask(items, frame) else None

        return judging(judge)

    return Function(0, most, build)


READINGS: dict[str, Callable[..., Any]] = {
    "Boolean": to_boolean,
    "Integer": to_integer,
    "Decimal": to_decimal,
    "String": to_text,
    **{kind: _to_temporal(kind) for kind in ("Date", "DateTime", "Time")},
}
FUNCTIONS = {
    **{f"to{name}": _conversion(read) for name, read in READINGS.items()},
    **{f"convertsTo{name}": _test(read) for name, read in READINGS.items()},
    "toQuantity": _conversion(to_quantity, 1),
    "convertsToQuantity": _test(to_quantity, 1),
}
