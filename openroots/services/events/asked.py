"""What was asked at the endpoints that are ours: each parameter and member is known, and sent once.

For changes, lists and deliveries. A `since` that is misspelt would else bring all there ever was,
or tell a care home that nobody has changed. What the published endpoints pass over, they pass over
here too.

Source: none.
"""

from collections.abc import Collection, Iterable

from openroots.identifiers import without_nhs_numbers
from openroots.service import Problem, Request

LONGEST = 80  # of a name that is told back


def parameter(request: Request, name: str) -> str | None:
    """The value of a parameter; None where it is left out. Raises Problem for any parameter that
    the endpoint does not have, and for one that is there twice."""
    must_be_known(request.query, request.endpoint.query)
    for given, values in request.query.items():
        if len(values) > 1:
            raise Problem("parameter-repeated", parameter=given)
    return request.query[name][0] if name in request.query else None


def must_be_known(given: Iterable[str], known: Collection[str]) -> None:
    """Raises Problem for the first name that is none of these."""
    for name in given:
        if name not in known:
            told = ", ".join(sorted(known)) or "none"
            raise Problem(
                "parameter-unknown", parameter=without_nhs_numbers(name[:LONGEST]), known=told
            )
