"""How great a value may be: the check of a text's length, and of numbers, dates and quantities.

For `overlay`. Bounds are inclusive. A date of which only the year or month is known is beyond a
bound only where each of its days is, and a quantity only where its unit can be brought to that of
the bound.

Source: FHIR R4 4.0.1, ElementDefinition.minValue[x], maxValue[x] and maxLength; FHIRPath N1 2.0.0
section 6.2 for the order of values.
"""

from typing import Any

from openroots.fhir.definitions import Node, Value
from openroots.fhir.validation.places import Place
from openroots.fhir.validation.run import Check, Run

TEMPORAL = {"Date": "Date", "DateTime": "DateTime", "Instant": "DateTime", "Time": "Time"}


def bounds(node: Node) -> Check:
    """The check of how long a text is, and how great a number, a date or a quantity."""
    longest, least, greatest, source = node.longest, node.least, node.greatest, node.source

    def check(value: Any, at: Place, run: Run) -> None:
        if longest is not None and value.__class__ is str and len(value) > longest:
            run.tell("too-long", at, count=len(value), most=longest, source=source)
        if least is not None and _order(value, least) == -1:
            run.tell("too-small", at, given=_shown(value), least=_shown(least.value), source=source)
        if greatest is not None and _order(value, greatest) == 1:
            most = _shown(greatest.value)
            run.tell("too-great", at, given=_shown(value), most=most, source=source)

    return check


def _order(value: Any, bound: Value) -> int | None:
    """-1, 0 or 1 as the value stands before, at or after the bound; None where neither is sure."""
    limit = bound.value
    if bound.type in TEMPORAL:
        return _in_time(value, limit, TEMPORAL[bound.type])
    if bound.type == "Quantity":
        return _of_quantities(value, limit)
    if value.__class__ not in (int, float) or limit.__class__ not in (int, float):
        return None
    return int(value > limit) - int(value < limit)


def _in_time(value: Any, limit: Any, kind: str) -> int | None:
    # Few profiles bound anything, and the language takes a while to load.
    from openroots.fhir.path import temporal

    if value.__class__ is not str or limit.__class__ is not str:
        return None
    kind = "DateTime" if kind == "Date" and "T" in value else kind
    one, other = temporal.temporal(kind, value), temporal.temporal(kind, limit)
    return temporal.compare(one, other) if one and other else None


def _of_quantities(value: Any, limit: Any) -> int | None:
    from openroots.fhir.path import quantity
    from openroots.fhir.path.node import Node as Item
    from openroots.fhir.path.values import plain

    one, other = plain(Item(value, "Quantity")), plain(Item(limit, "Quantity"))
    if not isinstance(one, quantity.Quantity) or not isinstance(other, quantity.Quantity):
        return None
    return quantity.compare(one, other)


def _shown(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    unit = value.get("unit") or value.get("code") or ""
    return f"{value.get('value')} {unit}".strip()
