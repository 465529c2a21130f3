"""What stands in a form or a query: one value of each name.

For the endpoints of the authorisation server.

Source: RFC 6749 section 3.1: no parameter more than once; one without a value is left out.
"""

from openroots.problem import Problem
from openroots.service import Query, Request


def once(query: Query | None, name: str) -> str:
    """The value of a parameter, or "". Raises Problem where it has several."""
    values = (query or {}).get(name, ())
    if len(values) > 1:
        raise Problem("parameter-repeated", parameter=name)
    return values[0] if values else ""


def field(request: Request, name: str) -> str:
    """The value of a field of the form, or ""."""
    return once(request.body, name)


def no_repeats(query: Query | None) -> None:
    """Raises Problem where anything stands twice."""
    for name in query or {}:
        once(query, name)
