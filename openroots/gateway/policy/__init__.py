"""May they, and what of the data may they see: access modes, agreements, roles, relationships.

For the pipeline. The result is a scope, not a yes: the handler gets a snapshot in which everything
outside it does not exist, so no search, include or count can tell of it. What no rule permits is
refused, by a rule with an id, words and a mend.

    access-mode → role → purpose and agreement → own record, proxy, relationship → scope

What agreements let a caller do at an endpoint is worked out once and kept for as long as they are
the same and the world's time is within the stretch that it holds for. Whose data it is about, and
whether a relationship or a proxy role stands, is looked up at every request.

Source: NHS England API platform, access modes; PDS FHIR API, "Patient access"; data sharing
agreements and legitimate relationships as the NHS uses them.
"""

from typing import NamedTuple

from openroots.gateway.policy.agreed import PURPOSE_HEADER, Agreed, agreed, refuse_by_role
from openroots.gateway.policy.decision import Asking, Decision
from openroots.gateway.policy.people import bounded, needed
from openroots.gateway.policy.rules import rule_of
from openroots.problem import Problem
from openroots.register.agreements import Agreements
from openroots.register.kept_agreements import agreements_in, since, version_of
from openroots.service import Access, Caller, Endpoint
from openroots.storage import Snapshot, Store

__all__ = ["Asking", "Decision", "Kept", "Policy", "rule_of"]

MOST_KEPT = 20_000  # callers and endpoints
VERBS = {"GET": "retrieve", "POST": "create", "PATCH": "update", "PUT": "update"}

Kept = dict[tuple[Caller, str, str], Agreed]


class Standing(NamedTuple):
    """The agreements as they stood after commit `t` of a store, and what was agreed by them."""

    store: Store
    t: int
    version: int
    agreements: Agreements
    kept: Kept


class Policy:
    """The policy of one gateway. It remembers nothing that it does not look at again."""

    def __init__(self) -> None:
        self._standing: Standing | None = None

    def decide(self, asking: Asking, store: Store, db: Snapshot) -> Decision:
        """What this caller may see of what they ask for; `db` is the store without any scope.

        Raises Problem where a rule refuses it.
        """
        caller, endpoint = asking.caller, asking.endpoint
        standing = self.standing(store, db)
        key = caller, endpoint.id, asking.headers.get(PURPOSE_HEADER, "")
        found = standing.kept.get(key)
        if found is None or not found.since <= asking.time < found.until:
            refuse_by_mode(caller, endpoint)
            refuse_by_role(asking)
            found = agreed(asking, standing.agreements, standing.version)
            if len(standing.kept) >= MOST_KEPT:
                standing.kept.clear()
            standing.kept[key] = found
        if caller.access is Access.PATIENT:
            refuse_by_record(asking)
        return bounded(found, asking, db) if needed(found, caller) else found.decision

    def standing(self, store: Store, db: Snapshot) -> Standing:
        """The agreements as they stand in this snapshot. Where nothing was committed since the last
        look there is nothing to read, and where no agreement changed one small resource."""
        known = self._standing
        if known is not None and known.store is store:
            if known.t == db.t:
                return known
            version = version_of(db)
            if version == known.version:
                self._standing = known = known._replace(t=db.t)
                return known
            found = since(known.agreements, known.version, db)
        else:
            version, found = version_of(db), agreements_in(db)
        self._standing = standing = Standing(store, db.t, version, found, {})
        return standing


def refuse_by_mode(caller: Caller, endpoint: Endpoint) -> None:
    """Raises Problem where nobody in this access mode may use this endpoint."""
    if caller.access in endpoint.access or (endpoint.also and endpoint.also(caller)):
        return
    is_patient = caller.access is Access.PATIENT
    raise Problem(
        (is_patient and endpoint.refused_to_patients) or endpoint.refused,
        access=caller.access,
        method=endpoint.method,
        verb=VERBS.get(endpoint.method, "use"),
        allowed=" or ".join(sorted(endpoint.access)),
    )


def refuse_by_record(asking: Asking) -> None:
    """Raises Problem where a patient asks for somebody else's record."""
    about = asking.params.get(asking.endpoint.about) if asking.endpoint.about else None
    if about is not None and not asking.caller.acts_for(about):
        raise Problem("not-own-record")
