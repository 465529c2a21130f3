"""What agreements let a caller do, whoever it is about: the part of a decision that is kept.

For the policy. A use of a service's data needs an agreement in force between the organisation
that asks and whoever shares: the nation, or each holder of records. What an agreement asks for is
asked here as far as it can be told without knowing the person.

Source: NHS Digital data sharing framework; HL7 v3 PurposeOfUse.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from openroots.gateway.access import ROLE_HEADER
from openroots.gateway.policy.decision import Asking, Decision
from openroots.gateway.policy.rules import (
    AGREEMENT,
    ASSURANCE,
    NO_ROLE,
    OPT_OUT,
    PURPOSE,
    ROLE,
    ROLE_UNTOLD,
    refusal,
)
from openroots.problem import Problem
from openroots.register.agreement import (
    ALL,
    SETTING,
    Agreement,
    reaches,
)
from openroots.register.agreements import BEGINNING, END, Agreements
from openroots.register.kept_agreements import CHANGES
from openroots.register.opt_out import OPT_OUT as OBJECTION
from openroots.register.purposes import PURPOSES, is_for_care, purposes_of
from openroots.service import Access, Caller
from openroots.storage import EVERYTHING, Scope, Unchanged

PURPOSE_HEADER = "openroots-purpose"
OF_PATIENTS = ("PATRQT",)


class Agreed(NamedTuple):
    """What holds for a caller and an endpoint from `since` on, before `until`, for anybody's data;
    and whether a relationship with the person is still to be shown."""

    decision: Decision
    relationship: bool = False
    since: datetime = BEGINNING
    until: datetime = END


def agreed(asking: Asking, agreements: Agreements, version: int) -> Agreed:
    """What agreements let this caller do here. Raises Problem where they let nothing."""
    service, caller, endpoint = asking.endpoint.service, asking.caller, asking.endpoint
    if not service.category:
        return Agreed(Decision(rules=(_mode(caller),), words="nobody's data is held here"))
    purpose = _purpose(asking)
    covering = agreements.covering(
        recipients_of(caller), service.category, endpoint.does, purpose, asking.time
    )
    shared = tuple(
        one
        for one in covering.agreements
        if one.shares(service.category, by_holder=service.by_holder)
    )
    fitting = shared if asking.unasked else _fitting(asking, shared)
    own = frozenset({caller.ods_code} if service.by_holder and caller.ods_code else ())
    if not fitting and not own:
        raise _not_agreed(asking, agreements, purpose)
    scope = _scope(fitting, own, purpose, by_holder=service.by_holder)
    decision = Decision(
        scope=scope,
        rules=tuple(_rules(asking, fitting, scope)),
        purpose=purpose,
        agreements=tuple(one.id for one in fitting),
        hash=agreements.hash,
        guards=(Unchanged(*CHANGES, version),),
        words=_words(purpose, fitting, scope),
    )
    asks = endpoint.relationship or any(one.conditions.relationship for one in fitting)
    return Agreed(decision, asks and not asking.unasked, covering.since, covering.until)


def recipients_of(caller: Caller) -> tuple[str, ...]:
    """The names by which agreements mean this caller's organisation."""
    named = (caller.ods_code, f"{SETTING}{caller.setting}" if caller.setting else "", ALL)
    return tuple(name for name in named if name)


def refuse_by_role(asking: Asking) -> None:
    """Raises Problem where the endpoint wants a role that the caller does not act in, or is about
    people's data and the caller has no role at all, or does not say in which of theirs they act."""
    endpoint, caller = asking.endpoint, asking.caller
    if caller.has_no_role and endpoint.service.category:
        raise refusal(NO_ROLE)
    if caller.role_untold and endpoint.service.category:
        raise _role_untold(asking)
    if endpoint.roles and endpoint.roles.isdisjoint(caller.acting):
        raise _role_refused(asking, endpoint.roles)


def _purpose(asking: Asking) -> str:
    caller = asking.caller
    stated = asking.headers.get(PURPOSE_HEADER, "")
    if caller.access is Access.PATIENT:
        allowed: tuple[str, ...] = OF_PATIENTS
    else:
        allowed = tuple(filter(PURPOSES.__contains__, purposes_of(caller.attributes)))
    purpose = stated or (allowed[0] if allowed else "")
    if purpose not in allowed:
        # What a client made up is not repeated, as a trail may keep it.
        told = purpose if purpose in PURPOSES else "that it states"
        raise refusal(PURPOSE, purpose=told, allowed=", ".join(allowed) or "none")
    return purpose


def _fitting(asking: Asking, shared: tuple[Agreement, ...]) -> tuple[Agreement, ...]:
    """Those whose conditions on the user are met. Raises Problem where none's are."""
    in_role = tuple(one for one in shared if _suits(one.conditions.roles, asking))
    if shared and not in_role:
        raise _role_refused(asking, frozenset().union(*(one.conditions.roles for one in shared)))
    known = asking.caller.assurance
    sure = tuple(one for one in in_role if reaches(known, one.conditions.assurance))
    if in_role and not sure:
        lacking = in_role[0]
        raise refusal(ASSURANCE, agreement=lacking.id, level=lacking.conditions.assurance)
    return sure


def _suits(roles: frozenset[str], asking: Asking) -> bool:
    """Whether the role in which they act is one of those; none is asked of patients."""
    is_patient = asking.caller.access is Access.PATIENT
    return not roles or is_patient or not roles.isdisjoint(asking.caller.acting)


def _scope(
    fitting: Iterable[Agreement], own: frozenset[str], purpose: str, *, by_holder: bool
) -> Scope:
    """What these let be seen for this purpose. What any of them hides is hidden, also where another
    would not; who opted out is there for their own care, whatever else an agreement is for."""
    controllers = own.union(*(one.controllers for one in fitting))
    holders = None if ALL in controllers or not by_holder else controllers
    hidden = frozenset[str]().union(*(one.conditions.hides for one in fitting))
    beyond_care = not is_for_care(purpose)
    without = OBJECTION if beyond_care and any(one.conditions.opt_out for one in fitting) else ""
    scope = Scope(holders=holders, hidden=hidden, without=without)
    return EVERYTHING if scope == EVERYTHING else scope


def _rules(asking: Asking, fitting: tuple[Agreement, ...], scope: Scope) -> Iterable[str]:
    yield _mode(asking.caller)
    if asking.endpoint.roles:
        yield ROLE
    yield from (f"{AGREEMENT}:{one.id}" for one in fitting)
    if not fitting:
        yield "own-organisation"
    if scope.without:
        yield OPT_OUT


def _mode(caller: Caller) -> str:
    return f"access-mode:{caller.access}"


def _words(purpose: str, fitting: tuple[Agreement, ...], scope: Scope) -> str:
    named = ", ".join(one.id for one in fitting) or "none needed inside one organisation"
    bounds = [
        f"records of {len(scope.holders)} organisations only" if scope.holders is not None else "",
        f"without what is labelled {', '.join(sorted(scope.hidden))}" if scope.hidden else "",
        "without who opted out" if scope.without else "",
    ]
    seen = "; ".join(bound for bound in bounds if bound) or "everything"
    return f"for {purpose} ({PURPOSES[purpose]}); agreement: {named}; in scope: {seen}"


def _not_agreed(asking: Asking, agreements: Agreements, purpose: str) -> Exception:
    endpoint, caller = asking.endpoint, asking.caller
    category, action = endpoint.service.category, endpoint.does
    once = sorted(
        one.id
        for one in agreements.known.values()
        if category in one.categories and action in one.actions and not one.holds_at(asking.time)
    )[:3]
    return refusal(
        AGREEMENT,
        recipient=caller.ods_code or "anyone",
        action=action,
        category=category,
        words=PURPOSES[purpose],
        ended=f"not in force now: {', '.join(once)}" if once else "none was ever made for this",
    )


def _role_untold(asking: Asking) -> Exception:
    row = asking.endpoint.service.role_untold
    if not row:
        return refusal(ROLE_UNTOLD)
    return Problem(row, rule=ROLE_UNTOLD, value=asking.headers.get(ROLE_HEADER, ""))


def _role_refused(asking: Asking, roles: frozenset[str]) -> Exception:
    return refusal(
        ROLE,
        action=asking.endpoint.does,
        category=asking.endpoint.service.category or asking.endpoint.service.name,
        roles=", ".join(sorted(roles)),
    )
