"""Values of FHIRPath: what an element comes to, and when two are equal, alike or in order.

For operators and functions. Answers are True, False or None: None is FHIRPath's empty, where what
is known does not settle the question.

Source: FHIRPath N1 2.0.0, sections 4.5, 5.1, 6.1 and 6.2; FHIR R4 4.0.1 section 2.9.1.
"""

import json
import re
from decimal import Decimal
from math import isfinite
from typing import Any

from openroots.fhir.path import quantity, temporal
from openroots.fhir.path.errors import PathError
from openroots.fhir.path.node import Items, Node
from openroots.fhir.path.quantity import FROM_UCUM, Quantity
from openroots.fhir.path.temporal import Temporal
from openroots.fhir.path.types import QUANTITIES

TEMPORAL = {"date": "Date", "dateTime": "DateTime", "instant": "DateTime", "time": "Time"}
QUANTITY_TYPES = QUANTITIES | {"Quantity"}
QUANTITY_KEYS = frozenset({"value", "unit", "system", "code", "id", "extension"})
FULLY_WRITTEN = re.compile(
    r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    r"(?:T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:Z|[+-]\d\d:\d\d)?)?",
    re.ASCII,
)
UCUM = "http://unitsofmeasure.org"
NUMBERS = (int, Decimal)
CALENDAR_OF = {code: FROM_UCUM[code] for code in ("a", "mo", "d", "h", "min", "s")}


def plain(item: Any) -> Any:
    """What an item comes to: a number, text, Temporal, ...; a complex element stays a Node."""
    if item.__class__ is not Node:
        return item
    value = item.value
    if value.__class__ is str:
        kind = TEMPORAL.get(item.type)
        return value if kind is None else temporal.temporal(kind, value) or value
    if value.__class__ is float:
        return Decimal(repr(value)) if isfinite(value) else item
    if value.__class__ is dict:
        return _quantity(item, value) or item
    if value.__class__ is int and item.type == "decimal":
        return Decimal(value)
    # A list in a list is no element: it comes to nothing that has a value.
    return item if value is None or value.__class__ is list else value


def one(items: Items) -> Any:
    """What the only item comes to; None for no item. Raises PathError for several."""
    if len(items) > 1:
        raise PathError("several items stand where the language takes one")
    return plain(items[0]) if items else None


def truth(items: Items) -> bool | None:
    """A collection as a condition: a single item that is no Boolean counts as true."""
    value = one(items)
    return value if value is None or value.__class__ is bool else True


def text(item: Any) -> str | None:
    """The text of an item, dates and codes of FHIR as they are written; None if it has none."""
    value = item.value if item.__class__ is Node else item
    return value if isinstance(value, str) else None


def is_number(value: Any) -> bool:
    """Whether a plain value is an Integer or a Decimal."""
    return isinstance(value, NUMBERS) and not isinstance(value, bool)


def equal(left: Items, right: Items) -> bool | None:
    """`left = right`, in order."""
    if not left or not right:
        return None
    if len(left) != len(right):
        return False
    answers = [equal_items(one, other) for one, other in zip(left, right, strict=True)]
    return False if False in answers else None if None in answers else True


def equal_items(one: Any, other: Any) -> bool | None:
    """Whether two items are equal."""
    one, other = _same_kind(plain(one), plain(other))
    if isinstance(one, Temporal) and isinstance(other, Temporal):
        if (one.kind == "Time") != (other.kind == "Time"):
            return False
        order = temporal.compare(one, other)
        return None if order is None else order == 0
    if isinstance(one, Quantity) and isinstance(other, Quantity):
        return quantity.equal(one, other)
    if isinstance(one, Node) and isinstance(other, Node):
        return bool(one.value == other.value and one.extra == other.extra)
    if one.__class__ is bool or other.__class__ is bool:
        return one is other
    return bool(one == other)


def alike(left: Items, right: Items) -> bool:
    """`left ~ right`: in any order, text without case, numbers to the lesser precision."""
    if len(left) != len(right):
        return False
    rest = list(right)
    for item in left:
        found = next((n for n, other in enumerate(rest) if _alike_items(item, other)), None)
        if found is None:
            return False
        del rest[found]
    return True


def order(left: Any, right: Any) -> int | None:
    """-1, 0 or 1 as one item stands before, at or after another. Raises PathError for kinds that
    have no order between them."""
    if (found := _written_alike(left, right)) is not None:
        return found
    one, other = plain(left), plain(right)
    if is_number(one) and is_number(other):
        return int(one > other) - int(one < other)
    one, other = _dated(left, right) or _same_kind(one, other)
    if isinstance(one, str) and isinstance(other, str):
        return int(one > other) - int(one < other)
    if isinstance(one, Temporal) and isinstance(other, Temporal):
        if (one.kind == "Time") == (other.kind == "Time"):
            return temporal.compare(one, other)
    elif isinstance(one, Quantity) and isinstance(other, Quantity):
        return quantity.compare(one, other)
    raise PathError("two things are compared that have no order between them")


def key(item: Any) -> Any:
    """Something hashable that equal items share, and others do not."""
    value = plain(item)
    if isinstance(value, bool):
        return ("Boolean", value)
    if isinstance(value, Temporal):
        return temporal.key(value)
    if isinstance(value, Quantity):
        return quantity.key(value)
    if isinstance(value, Node):
        return ("{}", json.dumps([value.value, value.extra], sort_keys=True, default=str))
    return value


def distinct(items: Items) -> Items:
    """The items without those that equal an earlier one."""
    if len(items) < 2:
        return items
    found: dict[Any, Any] = {}
    for item in items:
        found.setdefault(key(item), item)
    return list(found.values())


def _quantity(item: Node, body: dict[str, Any]) -> Quantity | None:
    """A FHIR Quantity, unless it says "less than" or the like, or has no number."""
    number: Any = body.get("value")
    if number.__class__ not in (int, float, Decimal):
        return None
    is_one = item.type in QUANTITY_TYPES or (
        item.type in ("", "Element") and len(body) > 1 and QUANTITY_KEYS.issuperset(body)
    )
    if not is_one or body.get("comparator") is not None or not isfinite(number):
        return None
    return Quantity(Decimal(str(number)), _unit(body))


def _unit(body: dict[str, Any]) -> str:
    system, code, unit = body.get("system"), body.get("code"), body.get("unit")
    if system is None or system == UCUM:
        found = str(code or unit or "1")
        return CALENDAR_OF.get(found, found)
    return f"{system}|{code or unit}"


def _same_kind(one: Any, other: Any) -> tuple[Any, Any]:
    """Two values of one kind where one can be read as the other: numbers as quantities, and text
    of a resource as the dates it is compared with."""
    if one.__class__ is other.__class__:
        return one, other
    if isinstance(one, Quantity) and is_number(other):
        return one, Quantity(Decimal(other))
    if isinstance(other, Quantity) and is_number(one):
        return Quantity(Decimal(one)), other
    if isinstance(one, Temporal) and isinstance(other, str):
        return one, _read_as(one, other)
    if isinstance(other, Temporal) and isinstance(one, str):
        return _read_as(other, one), other
    return one, other


def _read_as(example: Temporal, text: str) -> Temporal | str:
    kind = "DateTime" if "T" in text and example.kind == "Date" else example.kind
    return temporal.temporal(kind, text) or text


def _written_alike(left: Any, right: Any) -> int | None:
    """The order of two days, or two moments with the same ending, which is that of their texts."""
    if left.__class__ is not Node or right.__class__ is not Node:
        return None
    one, other = left.value, right.value
    if one.__class__ is not str or other.__class__ is not str or len(one) != len(other):
        return None
    if not (FULLY_WRITTEN.fullmatch(one) and FULLY_WRITTEN.fullmatch(other)):
        return None
    return int(one > other) - int(one < other) if one[19:] == other[19:] else None


def _dated(left: Any, right: Any) -> tuple[Any, Any] | None:
    """Two dates, where nothing says of which type two elements are and both have the form."""
    if left.__class__ is not Node or right.__class__ is not Node or left.type or right.type:
        return None
    texts = left.value, right.value
    if not all(isinstance(text, str) and temporal.looks_dated(text) for text in texts):
        return None
    one, other = (temporal.temporal("DateTime", text) for text in texts)
    return None if one is None or other is None else (one, other)


def _alike_items(left: Any, right: Any) -> bool:
    one, other = _same_kind(plain(left), plain(right))
    if isinstance(one, str) and isinstance(other, str):
        return _folded(one) == _folded(other)
    if is_number(one) and is_number(other):
        return _alike_numbers(Decimal(one), Decimal(other))
    if isinstance(one, Temporal) and isinstance(other, Temporal):
        return equal_items(one, other) is True
    if isinstance(one, Quantity) and isinstance(other, Quantity):
        same = quantity.in_unit(other, one.unit)
        return same is not None and _alike_numbers(one.value, same.value, other.value)
    if isinstance(one, Node) and isinstance(other, Node):
        return _alike_json(one.value, other.value)
    return equal_items(one, other) is True


def _alike_numbers(one: Decimal, other: Decimal, written: Decimal | None = None) -> bool:
    """To the digits after the point that the less precise of the two is written with."""
    if one == other:
        return True
    digits = min(_digits(one), _digits(other if written is None else written.normalize()))
    return round(one, digits) == round(other, digits)


def _digits(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _alike_json(one: Any, other: Any) -> bool:
    """Parts of complex elements, with ids left out of account."""
    if isinstance(one, dict) and isinstance(other, dict):
        names = (one.keys() | other.keys()) - {"id"}
        return all(_alike_json(one.get(name), other.get(name)) for name in names)
    if isinstance(one, list) and isinstance(other, list):
        return alike([Node(item) for item in one], [Node(item) for item in other])
    if isinstance(one, str) and isinstance(other, str):
        return _folded(one) == _folded(other)
    return bool(one == other)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
