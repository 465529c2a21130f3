"""Which standards ask something of those who use an API.

For the catalogue. A standard applies where one of its clauses is about what is asked of the API, or
about records that can be written there.

Source: none.
"""

from collections.abc import Iterable

from openroots.register.clause import Clause
from openroots.register.standard import Standard
from openroots.service import Service

WRITES = frozenset({"create", "update", "patch"})


def applying(standards: Iterable[Standard], service: Service) -> list[Standard]:
    """Those of the standards that apply to this API, by title."""
    written = {
        endpoint.interaction[1]
        for endpoint in service.endpoints
        if endpoint.interaction and endpoint.interaction[0] in WRITES
    }
    found = [
        standard
        for standard in standards
        if any(_is_about(clause, service, written) for clause in standard.clauses)
    ]
    return sorted(found, key=lambda standard: standard.title)


def _is_about(clause: Clause, service: Service, written: set[str]) -> bool:
    if clause.on == "record":
        return bool(clause.applies.types & written)
    return any(clause.applies.covers(service.name, one.name) for one in service.endpoints)
