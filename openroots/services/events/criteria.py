"""The criteria of a subscription: which events it is about, parsed once.

    eventType=pds-record-change-2
    eventType='pds-change-of-gp-2' AND generalpractitioner='Y12345'

Values may stand in single quotes, and must where they hold anything but letters, digits, `_`, `.`,
`:` and `-`. All parts must hold. The event type comes first, once.

Source: Multicast Notification Service API, "Subscription filtering" and its examples.
"""

import re
from typing import NamedTuple

PART = re.compile(r"\s*(\w{1,100})\s*=\s*(?:'([^']{0,500})'|([\w.:-]{1,500}))\s*", re.ASCII)
AND = re.compile(r"(?<=[\s'])AND(?=\s)")
TYPE = "eventType"
LONGEST, MOST = 4_000, 20


class Criteria(NamedTuple):
    """An event type, and what must hold of the event besides: (filter, value), in order."""

    type: str
    filters: tuple[tuple[str, str], ...] = ()


def parse(text: object) -> Criteria | None:
    """What the text says, or None where it says nothing that can be understood."""
    if not isinstance(text, str) or not text.startswith(f"{TYPE}=") or len(text) > LONGEST:
        return None
    parts: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        if parts:
            between = AND.match(text, at)
            if between is None:
                return None
            at = between.end()
        part = PART.match(text, at)
        if part is None or len(parts) == MOST:
            return None
        parts.append((part[1], part[2] if part[2] is not None else part[3]))
        at = part.end()
    (_, type), *filters = parts
    if not type or any(key == TYPE for key, _ in filters):
        return None
    return Criteria(type, tuple(filters))


def text_of(criteria: Criteria) -> str:
    """The same as a subscription holds it. Raises ValueError for a value with a quote in it."""
    parts = [(TYPE, criteria.type), *criteria.filters]
    if any("'" in value for _, value in parts):
        raise ValueError("criteria have no way to write a quote")
    return " AND ".join(f"{key}='{value}'" for key, value in parts)
