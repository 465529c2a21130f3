"""What if somebody asked: who could read a person's record, and by which rule.

For governance staff, behind the tooling door. The same agreements are asked as for a request; of
several that cover a use the strictest holds, here as there.

Source: none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from openroots.fhir.patient import general_practice
from openroots.gateway.policy.agreed import OF_PATIENTS
from openroots.gateway.policy.rules import AGREEMENT, OWN_RECORD, PROXY, RELATIONSHIP
from openroots.problem import Json
from openroots.register.agreement import ALL, SETTING, Agreement
from openroots.register.agreements import Agreements
from openroots.register.opt_out import has_opted_out
from openroots.register.proxy_role import permits, roles_about
from openroots.register.purposes import is_for_care
from openroots.register.relationship import ORGANISATION, REGISTRATION, all_about
from openroots.service import Access, Service
from openroots.storage import Row, Snapshot

READS = frozenset({"read", "search"})


class Person(NamedTuple):
    """Whose record it is: their subject key, and the record, if there is one."""

    subject: str
    record: Row | None


class Looked(NamedTuple):
    """Whose record it is, whether they have opted out, what can be read, the categories that each
    agreement which holds shares of that, and by recipient those that bound what others permit."""

    person: Person
    has_objected: bool
    services: Sequence[Service]
    shared: Mapping[str, Sequence[str]]
    strict: Mapping[str, Sequence[Agreement]]


def who_could_read(
    person: Person,
    services: Iterable[Service],
    agreements: Agreements,
    time: datetime,
    db: Snapshot,
) -> list[Json]:
    """Everybody who could read something about this person at this time: who, what, by which rule
    and on which conditions."""
    known = agreements.known.values()
    holding = [one for one in known if one.holds_at(time) and one.actions & READS]
    has_objected, services = has_opted_out(person.subject, db), tuple(services)
    shared = {one.id: within(one, services) for one in holding}
    looked = Looked(person, has_objected, services, shared, _strict(holding))
    told = list(_by_themselves(looked, holding, time, db))
    for agreement in holding:
        told.extend(_by_agreement(agreement, looked))
    return [*told, *_by_relationship(person, time, db)]


def _by_themselves(
    looked: Looked, holding: Iterable[Agreement], time: datetime, db: Snapshot
) -> Iterator[Json]:
    """The person, and who acts for them: in what patients are offered and some agreement shares."""
    offered = [service for service in looked.services if _is_for_patients(service)]
    own = sorted(
        {
            category
            for one in holding
            if not one.purposes.isdisjoint(OF_PATIENTS)
            for category in within(one, offered)
            for recipient in one.recipients
            if not _purposes_left(one, recipient, category, looked).isdisjoint(OF_PATIENTS)
        }
    )
    if own:
        yield _told("the person themselves", own, OWN_RECORD, "by an app that asks as them")
    for row in roles_about(looked.person.subject, time, db):
        may = [each for each in own if any(permits(row.body, each, does) for does in READS)]
        words = f"acts for them: {', '.join(sorted(row.body['permissions']))}"
        if may:
            yield _told("a proxy", may, PROXY, words, row.body.get("to"))


def _is_for_patients(service: Service) -> bool:
    return any(Access.PATIENT in one.access and one.does in READS for one in service.endpoints)


def within(agreement: Agreement, services: Iterable[Service]) -> list[str]:
    """The categories of these services that an agreement shares."""
    return sorted(
        {
            service.category
            for service in services
            if service.category and agreement.shares(service.category, by_holder=service.by_holder)
        }
    )


def _by_agreement(agreement: Agreement, looked: Looked) -> Iterator[Json]:
    ends = agreement.ends.isoformat() if agreement.ends else None
    for recipient in sorted(agreement.recipients):
        left = {
            category: _purposes_left(agreement, recipient, category, looked)
            for category in looked.shared[agreement.id]
        }
        what = [category for category, purposes in left.items() if purposes]
        purposes = sorted(frozenset().union(*left.values()))
        if not purposes:
            continue
        words = [agreement.title, f"for {', '.join(purposes)}", *_asked(agreement)]
        words += [*_also_asked(agreement, recipient, looked), *_roles_asked(looked.services, what)]
        if looked.has_objected and not all(map(is_for_care, purposes)):
            words.append("they have opted out, which this does not honour")
        yield _told(_named(recipient), what, f"{AGREEMENT}:{agreement.id}", "; ".join(words), ends)


def _purposes_left(
    agreement: Agreement, recipient: str, category: str, looked: Looked
) -> frozenset[str]:
    """For which of its purposes an agreement lets this recipient see the person: not where it, or
    another for the same, hides such a record or leaves out who has opted out."""
    has_labels = any(one.labels for one in looked.services if one.category == category)
    record = looked.person.record
    labels = record.labels if has_labels and record else frozenset[str]()
    if not labels and not looked.has_objected:
        return agreement.purposes

    def is_left(purpose: str) -> bool:
        asked = [
            one.conditions
            for one in (agreement, *_beside(agreement, recipient, looked))
            if purpose in one.purposes and not one.categories.isdisjoint((category, ALL))
        ]
        objects = looked.has_objected and not is_for_care(purpose)
        return not any(each.hides & labels or (objects and each.opt_out) for each in asked)

    return frozenset(filter(is_left, agreement.purposes))


def _strict(holding: Iterable[Agreement]) -> Mapping[str, Sequence[Agreement]]:
    strict: dict[str, list[Agreement]] = {}
    for one in holding:
        asked = one.conditions
        if asked.relationship or asked.opt_out or asked.hides:
            for recipient in one.recipients:
                strict.setdefault(recipient, []).append(one)
    return strict


def _beside(agreement: Agreement, recipient: str, looked: Looked) -> Iterator[Agreement]:
    """The others by which this recipient may do some of the same, and is bounded."""
    may = agreement.actions & READS
    for named in {recipient, ALL}:
        for one in looked.strict.get(named, ()):
            if one is not agreement and one.actions & may and looked.shared[one.id]:
                yield one


def _asked(agreement: Agreement) -> Iterator[str]:
    """What an agreement asks for, in words."""
    asked = agreement.conditions
    if asked.roles:
        yield f"in a role with {' or '.join(sorted(asked.roles))}"
    if asked.assurance:
        yield f"known at level {asked.assurance}"
    if asked.relationship:
        yield "with a legitimate relationship"
    if ALL not in agreement.controllers:
        yield f"what {', '.join(sorted(agreement.controllers))} holds"


def _also_asked(agreement: Agreement, recipient: str, looked: Looked) -> Iterator[str]:
    """What others ask of the same recipient for the same, in words."""
    if agreement.conditions.relationship:
        return
    categories = {*looked.shared[agreement.id]}
    for one in _beside(agreement, recipient, looked):
        shared = sorted(one.purposes & agreement.purposes)
        is_same = shared and not categories.isdisjoint(looked.shared[one.id])
        if one.conditions.relationship and is_same:
            yield f"for {', '.join(shared)} with a legitimate relationship, as {one.id} asks"


def _roles_asked(services: Iterable[Service], within: Iterable[str]) -> Iterator[str]:
    """Of which of these categories staff can read nothing but in certain roles, in words."""
    for category in within:
        asked = [
            endpoint.roles
            for service in services
            for endpoint in service.endpoints
            if service.category == category and endpoint.does in READS
            if Access.HEALTHCARE_WORKER in endpoint.access
        ]
        if asked and all(asked):
            yield f"{category} in a role with {' or '.join(sorted(frozenset().union(*asked)))}"


def _by_relationship(person: Person, time: datetime, db: Snapshot) -> Iterator[Json]:
    """With whom a relationship stands; where none is asked for, it adds nothing."""
    practice = general_practice(person.record.body) if person.record else ""
    if practice:
        rule, party = f"{RELATIONSHIP}:{REGISTRATION}", f"{ORGANISATION}{practice}"
        yield _told(party, ["where a relationship is asked for"], rule, "their practice")
    for row in all_about(person.subject, time, db):
        rule = f"{RELATIONSHIP}:{row.body['source']}"
        what = ["where a relationship is asked for"]
        claimed_at = row.body.get("organisation")
        words = f"relationship {row.id}" + (f", at {claimed_at}" if claimed_at else "")
        yield _told(row.body["with"], what, rule, words, row.body.get("to"))


def _told(who: str, what: Iterable[str], rule: str, words: str, until: str | None = None) -> Json:
    return {"who": who, "what": list(what), "rule": rule, "words": words, "until": until}


def _named(recipient: str) -> str:
    if recipient == ALL:
        return "every organisation"
    if recipient.startswith(SETTING):
        return f"every application in {recipient.removeprefix(SETTING)}"
    return f"{ORGANISATION}{recipient}"
