"""What was asked at the endpoints that are ours: each member of a body is known.

For changes and lists. A `since` that is misspelt would else bring all there ever was, or tell a
care home that nobody has changed; of parameters the gateway sees to that.

Source: none.
"""

from collections.abc import Collection, Iterable

from openroots.identifiers import without_nhs_numbers
from openroots.service import Problem, Request

LONGEST = 80  # of a name that is told back


def parameter(request: Request, name: str) -> str | None:
    """The value of a parameter; None where it is left out."""
    return request.query[name][0] if name in request.query else None


def must_be_known(given: Iterable[str], known: Collection[str]) -> None:
    """Raises Problem for the first name that is none of these."""
    for name in given:
        if name not in known:
            told = ", ".join(sorted(known))
            raise Problem(
                "parameter-unknown", parameter=without_nhs_numbers(name[:LONGEST]), known=told
            )
