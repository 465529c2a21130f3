"""Whose data: a patient's own, a proxy's patient's, or theirs with whom one has a relationship.

For the policy, where what agreements let somebody do still has to be bounded to people. What is
asked of the store here is asked without any scope, at every request.

Source: PDS FHIR API, "Patient access"; NHS Validated Relationships Service; NHS Care Records
Service, legitimate relationships.
"""

from openroots.gateway.policy.agreed import Agreed
from openroots.gateway.policy.decision import Asking, Decision
from openroots.gateway.policy.rules import BREAK_GLASS, OWN_RECORD, PROXY, RELATIONSHIP, refusal
from openroots.identity.staff import TEAM
from openroots.register import relationship
from openroots.register.proxy_role import Pair, permits, role_of, stands
from openroots.register.relationship import ORGANISATION, REGISTRATION, USER, person_of
from openroots.service import ANYBODY, Access, Caller
from openroots.storage import Row, Scope, Snapshot, Unchanged

LOOKS = ("read", "search")  # what broken glass lets somebody do
MOST = 5_000  # people whom one question without an NHS number may be about


def bounded(agreed: Agreed, asking: Asking, db: Snapshot) -> Decision:
    """The decision, bounded to the people whom this caller may ask about. Raises Problem where
    that is nobody."""
    if asking.caller.access is Access.PATIENT:
        return _own_record(agreed, asking, db)
    if asking.endpoint.about:
        return _related(agreed, asking, db)
    return _all_related(agreed, asking, db)


def needed(agreed: Agreed, caller: Caller) -> bool:
    """Whether a decision has still to be bounded to people."""
    if caller.access is Access.PATIENT:
        return caller.subject != ANYBODY
    return agreed.relationship


def parties_of(caller: Caller) -> tuple[str, ...]:
    """As whom this caller can have a relationship: a user, their teams, an organisation."""
    user = (f"{USER}{caller.subject}",) if caller.subject else ()
    teams = sorted(each for each in caller.acting if each.startswith(TEAM))
    organisation = (f"{ORGANISATION}{caller.ods_code}",) if caller.ods_code else ()
    return (*user, *teams, *organisation)


def _own_record(agreed: Agreed, asking: Asking, db: Snapshot) -> Decision:
    caller, decision = asking.caller, agreed.decision
    subject, _ = person_of(caller.subject, db)
    rules, guards = (*decision.rules, OWN_RECORD), decision.guards
    if caller.actor:
        role = _proxy_role(asking, subject, db)
        rules, guards = (*rules, PROXY), (*guards, Unchanged(role.type, role.id, role.version))
    return _narrowed(decision, {subject} - {""}, "their own record", rules)._replace(guards=guards)


def _proxy_role(asking: Asking, subject: str, db: Snapshot) -> Row:
    """The role by which a proxy acts. Raises Problem where there is none for this."""
    service, action = asking.endpoint.service, asking.endpoint.does
    proxy, _ = person_of(asking.caller.actor, db)
    role = role_of(Pair(subject, proxy), db) if subject and proxy else None
    category = service.category or service.name
    if role is None or not stands(role.body, asking.time):
        raise refusal(PROXY, action=action, category=category)
    if not permits(role.body, category, action):
        raise refusal(PROXY, action=action, category=category)
    return role


def _related(agreed: Agreed, asking: Asking, db: Snapshot) -> Decision:
    """For a question about one person: somebody unknown is refused as a stranger is."""
    caller, decision = asking.caller, agreed.decision
    number = asking.params.get(asking.endpoint.about, "")
    subject, record = person_of(number, db)
    if record is not None and relationship.is_registered(record, caller.ods_code):
        rules = (*decision.rules, f"{RELATIONSHIP}:{REGISTRATION}")
        return _narrowed(decision, {subject}, "one person, by registration", rules)
    # Nobody is looked up as somebody is, so that the time it takes does not tell who there is.
    found = relationship.between(subject or number, parties_of(caller), asking.time, db)
    if found is None or not subject:
        if record is not None:
            relationship.status_of(number, db)
        raise refusal(RELATIONSHIP)
    source = str(found.body["source"])
    if source == BREAK_GLASS and asking.endpoint.does not in LOOKS:
        raise refusal(BREAK_GLASS)
    rules = (*decision.rules, f"{RELATIONSHIP}:{source}")
    narrowed = _narrowed(decision, {subject}, f"one person, by {source}", rules)
    guards = (*decision.guards, Unchanged(found.type, found.id, found.version))
    purpose = "BTG" if source == BREAK_GLASS else decision.purpose
    return narrowed._replace(guards=guards, purpose=purpose)


def _all_related(agreed: Agreed, asking: Asking, db: Snapshot) -> Decision:
    """For a question about nobody in particular: all with whom there is a relationship."""
    parties = parties_of(asking.caller)
    subjects = relationship.subjects_of(parties, asking.time, db, MOST)
    if len(subjects) > MOST:
        raise refusal("relationship-many")
    rules = (*agreed.decision.rules, RELATIONSHIP)
    words = f"{len(subjects)} people, by relationship"
    return _narrowed(agreed.decision, subjects, words, rules)


def _narrowed(
    decision: Decision, subjects: set[str], words: str, rules: tuple[str, ...]
) -> Decision:
    scope = decision.scope
    bounds = Scope(frozenset(subjects), scope.holders, scope.hidden, scope.without)
    told = f"{decision.words}; bounded to {words}"
    return decision._replace(scope=bounds, rules=rules, words=told)
