"""Parameters in the query: an endpoint has those that it declares, each once unless it says so.

For `deciding`. What is misspelt is never passed over: a search without the date that was meant, or
a page that is always the first, would be taken for what was asked for.

Source: house rules of OpenRoots; PDS FHIR API for refusing what is not among the parameters.
"""

from openroots.fhir.formats import FORMAT, is_json
from openroots.identifiers import without_nhs_numbers
from openroots.problem import Problem
from openroots.service import Endpoint, Query

LONGEST = 80  # letters of a name that is told back
MOST = 10  # names that are


def check_parameters(endpoint: Endpoint, query: Query) -> None:
    """Raises Problem for parameters that the endpoint does not have, and then for one that is there
    more often than it may be. None, where it passes over what it does not know."""
    if not endpoint.refuses:
        return
    if strays := [name for name in query if name not in endpoint.query]:
        _refuse_strays([name for name in strays if not _is_usual(name, endpoint, query)], endpoint)
    for name, values in query.items():
        if len(values) > 1 and name not in endpoint.several and name in endpoint.query:
            raise Problem("parameter-repeated", parameter=name)


def _refuse_strays(strays: list[str], endpoint: Endpoint) -> None:
    if strays:
        names = [without_nhs_numbers(name[:LONGEST]) for name in sorted(strays)[:MOST]]
        raise Problem(
            endpoint.refuses,
            parameter=names[0],
            names="', '".join(names),
            were="was" if len(names) == 1 else "were",
            known=", ".join(endpoint.query) or "none",
        )


def _is_usual(name: str, endpoint: Endpoint, query: Query) -> bool:
    """Whether it names the format that every answer of a FHIR API is in."""
    return name == FORMAT and endpoint.service.stated and all(map(is_json, query[name]))
