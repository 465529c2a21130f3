"""A kind of fact, as a programme defines it: what is known by it, and what its values can be.

For programmes, for lint, which refuses a test that no value could pass, and for whoever tells a
fact.

Source: none; dates are written as in RFC 3339.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Any

LONGEST = 2000  # characters of a fact


@dataclass(frozen=True, slots=True)
class FactKind:
    """A fact that a programme goes by. `source` says who finds it, where nobody need be asked."""

    key: str
    words: str
    type: str
    options: tuple[str, ...] = ()
    source: str = ""
    same_as: tuple[str, ...] = ()

    def can_be(self, value: Any) -> bool:
        """Whether a value is of its type, and one of its options where it has any."""
        return TYPES[self.type](value) and (not self.options or value in self.options)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_url(value: Any) -> bool:
    return _is_text(value) and value.startswith(("https://", "http://"))


# What a fact can be, and how it is told of a value.
TYPES: Mapping[str, Callable[[Any], bool]] = {
    "text": _is_text,
    "number": _is_number,
    "date": _is_day,
    "true or false": lambda value: isinstance(value, bool),
    "choice": _is_text,
    "url": _is_url,
}
