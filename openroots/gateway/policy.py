"""May they: the access mode that an endpoint asks for, and what of the data the caller may see.

The result is a scope, not a yes: the handler gets a snapshot in which everything outside it does
not exist, so no search, include or count can tell of it.

Source: NHS England API platform, access modes; PDS FHIR API, "Patient access".
"""

from collections.abc import Mapping

from openroots.problem import Problem
from openroots.service import Access, Caller, Endpoint
from openroots.storage import EVERYTHING, Scope, Snapshot


def permit(caller: Caller, endpoint: Endpoint, params: Mapping[str, str]) -> None:
    """Raises Problem where this caller may not use this endpoint, or not for this person."""
    if caller.access not in endpoint.access:
        raise Problem(
            endpoint.refused,
            access=caller.access.value,
            method=endpoint.method,
            verb=VERBS.get(endpoint.method, "use"),
        )
    about = params.get(endpoint.about) if endpoint.about else None
    if caller.access is Access.PATIENT and about is not None and about != caller.subject:
        raise Problem("not-own-record")


def scope_of(caller: Caller, db: Snapshot) -> Scope:
    """What this caller may see: for a patient their own record, by the person's stable key."""
    if caller.access is not Access.PATIENT:
        return EVERYTHING
    key = ("Patient", caller.subject)
    row = db.read([key]).get(key)
    return Scope(subjects=frozenset({row.subject} if row else ()))


VERBS = {"GET": "retrieve", "POST": "create", "PATCH": "update", "PUT": "update"}
