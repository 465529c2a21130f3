"""Functions of numbers: abs, round, power, sqrt, ...

Of quantities too, where the unit stays what it is. A result that is no number gives nothing.

Source: FHIRPath N1 2.0.0, section 5.7.
"""

import math
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from openroots.fhir.path.errors import PathError
from openroots.fhir.path.frame import Frame
from openroots.fhir.path.functions.signatures import Function, in_run
from openroots.fhir.path.node import Items
from openroots.fhir.path.operators import number
from openroots.fhir.path.quantity import Quantity
from openroots.fhir.path.values import is_number, one

MOST_DIGITS = 28


def _of_number(answer: Callable[..., Any], least: int = 0, most: int = 0) -> Function:
    """A function of one number, or of a quantity's number, and of its arguments."""

    def answered(items: Items, frame: Frame, *arguments: Any) -> Items:
        value = one(items)
        if value is None or len(arguments) < least or None in arguments:
            return []
        found = value.value if isinstance(value, Quantity) else value
        if not is_number(found) or not all(is_number(argument) for argument in arguments):
            raise PathError("a function of numbers is asked of something else")
        return _given(answer(found, *arguments), value)

    return in_run(answered, least, most)


def _given(found: Any, value: Any) -> Items:
    if found is None:
        return []
    if isinstance(value, Quantity):
        return [Quantity(Decimal(found), value.unit)]
    return number(found)


def _round(value: Any, digits: Any = 0) -> Any:
    if not isinstance(digits, int) or digits < 0:
        raise PathError("`round` takes a number of digits, from 0 on")
    if isinstance(value, int):
        return Decimal(value)
    if digits > MOST_DIGITS:
        return value
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def _power(value: Any, exponent: Any) -> Any:
    if value == 0 and exponent < 0 or (value < 0 and exponent != int(exponent)):
        return None
    if exponent == 0:  # of 0 too, of which Decimal says that there is none
        return 1 if isinstance(value, int) and isinstance(exponent, int) else Decimal(1)
    if isinstance(value, int) and isinstance(exponent, int) and exponent > 0:
        found = Decimal(value) ** exponent
        return int(found) if abs(found) < 2**53 else None
    return Decimal(value) ** Decimal(exponent)


def _logarithm(value: Any, base: Any) -> Any:
    if value <= 0 or base <= 0 or base == 1:
        return None
    return _near(Decimal(value).ln() / Decimal(base).ln())


def _near(found: Decimal) -> Decimal:
    """Without what the last digits of a logarithm's division add to a whole number."""
    whole = found.to_integral_value()
    return whole if abs(found - whole) < Decimal("1e-20") else found


FUNCTIONS = {
    "abs": _of_number(abs),
    "ceiling": _of_number(math.ceil),
    "floor": _of_number(math.floor),
    "truncate": _of_number(int),
    "round": _of_number(_round, 0, 1),
    "exp": _of_number(lambda value: Decimal(value).exp()),
    "ln": _of_number(lambda value: Decimal(value).ln() if value > 0 else None),
    "log": _of_number(_logarithm, 1, 1),
    "power": _of_number(_power, 1, 1),
    "sqrt": _of_number(lambda value: Decimal(value).sqrt() if value >= 0 else None),
}
