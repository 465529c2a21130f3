"""May they: the access mode that an endpoint asks for, and what of the data the caller may see.

The result is a scope, not a yes: the handler gets a snapshot in which everything outside it does
not exist, so no search, include or count can tell of it.

Source: NHS England API platform, access modes; PDS FHIR API, "Patient access".
"""

from collections.abc import Mapping

from openroots.problem import Problem
from openroots.service import ANYBODY, Access, Caller, Endpoint
from openroots.storage import EVERYTHING, Scope, Store


def permit(caller: Caller, endpoint: Endpoint, params: Mapping[str, str]) -> None:
    """Raises Problem where this caller may not use this endpoint, or not for this person."""
    if caller.access not in endpoint.access and not (endpoint.also and endpoint.also(caller)):
        is_patient = caller.access is Access.PATIENT
        raise Problem(
            (is_patient and endpoint.refused_to_patients) or endpoint.refused,
            access=caller.access,
            method=endpoint.method,
            verb=VERBS.get(endpoint.method, "use"),
        )
    about = params.get(endpoint.about) if endpoint.about else None
    if about is not None and not caller.acts_for(about):
        raise Problem("not-own-record")


def scope_of(caller: Caller, store: Store) -> Scope:
    """What this caller may see: for a patient what is about them, by the person's stable key.

    A number that was superseded is still the person's who had it.
    """
    if caller.access is not Access.PATIENT or caller.subject == ANYBODY:
        return EVERYTHING
    rows = store.snapshot().read([("Patient", caller.subject), ("NHSNumber", caller.subject)])
    return Scope(subjects=frozenset(row.subject for row in rows.values()))


VERBS = {"GET": "retrieve", "POST": "create", "PATCH": "update", "PUT": "update"}
