"""What if: who could read somebody's record, by which rule; what would change if something ended.

For governance staff, behind the tooling door. The same agreements are asked as for a request; what
was really asked is counted from the trails that are kept.

Source: none.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import product
from typing import NamedTuple

from openroots.fhir.patient import general_practice
from openroots.gateway.policy.agreed import OF_PATIENTS
from openroots.gateway.policy.rules import AGREEMENT, OWN_RECORD, PROXY, RELATIONSHIP
from openroots.problem import Json
from openroots.register.agreement import ALL, SETTING, Agreement, is_for_care
from openroots.register.agreements import Agreements
from openroots.register.opt_out import has_opted_out
from openroots.register.proxy_role import permits, roles_about
from openroots.register.relationship import ORGANISATION, REGISTRATION, all_about
from openroots.service import Access, Service
from openroots.storage import Row, Snapshot

READS = frozenset({"read", "search"})


class Person(NamedTuple):
    """Whose record it is: their subject key, and the record, if there is one."""

    subject: str
    record: Row | None


def who_could_read(
    person: Person,
    services: Iterable[Service],
    agreements: Agreements,
    time: datetime,
    db: Snapshot,
) -> list[Json]:
    """Everybody who could read something about this person at this time: who, what, by which rule
    and on which conditions."""
    has_objected, services = has_opted_out(person.subject, db), tuple(services)
    known = agreements.known.values()
    holding = [one for one in known if one.holds_at(time) and one.actions & READS]
    told = list(_by_themselves(person, services, holding, time, db))
    for agreement in holding:
        told.extend(_by_agreement(agreement, services, has_objected))
    return [*told, *_by_relationship(person, time, db)]


def _by_themselves(
    person: Person,
    services: Iterable[Service],
    holding: Iterable[Agreement],
    time: datetime,
    db: Snapshot,
) -> Iterator[Json]:
    """The person, and who acts for them: in what patients are offered and some agreement shares."""
    asked = [one for one in holding if not one.purposes.isdisjoint(OF_PATIENTS)]
    offered = [service for service in services if _is_for_patients(service)]
    own = sorted({each for one in asked for each in _within(one, offered)})
    if own:
        yield _told("the person themselves", own, OWN_RECORD, "by an app that asks as them")
    for row in roles_about(person.subject, time, db):
        may = [each for each in own if any(permits(row.body, each, does) for does in READS)]
        words = f"acts for them: {', '.join(sorted(row.body['permissions']))}"
        if may:
            yield _told("a proxy", may, PROXY, words, row.body.get("to"))


def _is_for_patients(service: Service) -> bool:
    return any(Access.PATIENT in one.access and one.does in READS for one in service.endpoints)


def _within(agreement: Agreement, services: Iterable[Service]) -> list[str]:
    """The categories of these services that an agreement shares."""
    return sorted(
        {
            service.category
            for service in services
            if service.category and agreement.shares(service.category, by_holder=service.by_holder)
        }
    )


def _by_agreement(
    agreement: Agreement, services: Iterable[Service], has_objected: bool
) -> Iterator[Json]:
    within = _within(agreement, services)
    objects = has_objected and agreement.conditions.opt_out
    purposes = sorted(one for one in agreement.purposes if is_for_care(one) or not objects)
    if not within or not purposes:
        return
    asked = f"for {', '.join(purposes)}", *_asked(agreement)
    words = [agreement.title, *asked, *_roles_asked(services, within)]
    if has_objected and not all(map(is_for_care, purposes)):
        words.append("they have opted out, which this does not honour")
    ends = agreement.ends.isoformat() if agreement.ends else None
    for recipient in sorted(agreement.recipients):
        rule = f"{AGREEMENT}:{agreement.id}"
        yield _told(_named(recipient), within, rule, "; ".join(words), ends)


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
        yield _told(row.body["with"], what, rule, f"relationship {row.id}", row.body.get("to"))


def _told(who: str, what: Iterable[str], rule: str, words: str, until: str | None = None) -> Json:
    return {"who": who, "what": list(what), "rule": rule, "words": words, "until": until}


def _named(recipient: str) -> str:
    if recipient == ALL:
        return "every organisation"
    if recipient.startswith(SETTING):
        return f"every application in {recipient.removeprefix(SETTING)}"
    return f"{ORGANISATION}{recipient}"


def if_ended(
    agreements: Agreements,
    id: str,
    services: Iterable[Service],
    time: datetime,
    trails: Iterable[Json],
) -> Json:
    """What would change if this agreement ended now: each use that nothing else covers, and what
    of the requests that were really made would have been refused."""
    agreement = agreements.known[id]
    return {
        "agreement": id,
        "title": agreement.title,
        "permits": agreement.holds_at(time),
        "hash": agreements.hash,
        "uses": list(_uses(agreement, agreements.without(id), tuple(services), time)),
        **_replayed(id, trails),
    }


def _uses(
    agreement: Agreement, left: Agreements, services: tuple[Service, ...], time: datetime
) -> Iterator[Json]:
    """Each use that the agreement is for, and which others cover it without it."""
    if not agreement.holds_at(time):
        return
    categories, purposes = _within(agreement, services), sorted(agreement.purposes)
    for recipient, category, purpose in product(sorted(agreement.recipients), categories, purposes):
        covered = {
            action: [
                one
                for one in left.covering(
                    tuple({recipient, ALL}), category, action, purpose, time
                ).agreements
                if category in _within(one, services)
            ]
            for action in sorted(agreement.actions)
        }
        yield {
            "recipient": recipient,
            "category": category,
            "purpose": purpose,
            "lost": [action for action, others in covered.items() if not others],
            "coveredBy": sorted({one.id for some in covered.values() for one in some}),
        }


def _replayed(id: str, trails: Iterable[Json]) -> Json:
    refused: Counter[tuple[str, str, str, str]] = Counter()
    kept, oldest = 0, None
    for trail in trails:
        oldest = trail["wall"]
        relied = trail.get("agreements") or ()
        if id not in relied or trail["status"] >= 400:
            continue
        if len(relied) > 1:
            kept += 1
            continue
        said = (trail["application"], trail["organisation"], trail["endpoint"], trail["purpose"])
        refused[said] += 1
    names = ("application", "organisation", "endpoint", "purpose")
    return {
        "since": oldest,
        "refused": [
            {**dict(zip(names, said, strict=True)), "requests": count}
            for said, count in refused.most_common()
        ],
        "stillPermitted": kept,
    }
