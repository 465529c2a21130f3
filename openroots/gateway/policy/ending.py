"""What if an agreement ended: which uses would be lost, which go on, and on which conditions.

For governance staff, behind the tooling door. The same agreements are asked as for a request; what
was really asked is counted from the trails that are kept.

Source: none.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import product, starmap
from typing import NamedTuple

from openroots.gateway.policy.agreed import OF_PATIENTS
from openroots.gateway.policy.what_if import within
from openroots.problem import Json
from openroots.register.agreement import ALL, SETTING, Agreement
from openroots.register.agreements import Agreements
from openroots.register.purposes import is_for_care
from openroots.service import Service


def if_ended(
    agreements: Agreements,
    id: str,
    services: Iterable[Service],
    time: datetime,
    trails: Iterable[Json],
) -> Json:
    """What would change if this agreement ended now: of each use what nothing else covers, on
    which other conditions the rest goes on, and what of the requests that were really made would
    be refused if they were made again."""
    agreement, left, services = agreements.known[id], agreements.without(id), tuple(services)
    permits = agreement.holds_at(time)
    return {
        "agreement": id,
        "title": agreement.title,
        "permits": permits,
        "hash": agreements.hash,
        "uses": list(_uses(agreement, left, services, time)) if permits else [],
        **_replayed(id if permits else "", Going(left, services, time), trails),
    }


class Use(NamedTuple):
    """A use of data by whom a recipient means, but for what is done."""

    recipient: str
    category: str
    purpose: str


def _uses(
    agreement: Agreement, left: Agreements, services: Sequence[Service], time: datetime
) -> Iterator[Json]:
    """Each use that the agreement is for, and which others cover it without it."""
    known, actions = left.recipients, sorted(agreement.actions)
    purposes, categories = sorted(agreement.purposes), within(agreement, services)
    for use in starmap(Use, product(sorted(agreement.recipients), categories, purposes)):
        named, among = {use.recipient, ALL}, _among(use.recipient, known)
        covered = {each: _covering(use, each, named, left, services, time) for each in actions}
        others = _each_once(covered.values())
        some = _each_once(_covering(use, each, among, left, services, time) for each in actions)
        yield {
            **use._asdict(),
            "lost": [action for action, found in covered.items() if not found],
            "coveredBy": sorted(others),
            "coveredForSomeBy": sorted(some.keys() - others.keys()),
            "noLongerAsked": list(_eased(agreement, others.values(), use.purpose)),
            "askedInstead": list(_asked_instead(agreement, others.values(), use.purpose)),
        }


def _covering(
    use: Use,
    action: str,
    named: Collection[str],
    left: Agreements,
    services: Sequence[Service],
    time: datetime,
) -> list[Agreement]:
    """The agreements by which whoever is named so may do this."""
    found = left.covering(tuple(named), use.category, action, use.purpose, time).agreements
    return [one for one in found if use.category in within(one, services)]


def _each_once(found: Iterable[Iterable[Agreement]]) -> dict[str, Agreement]:
    return {one.id: one for some in found for one in some}


def _among(recipient: str, named: Collection[str]) -> list[str]:
    """Other names by which agreements mean some of those whom a recipient means: an organisation
    may use applications of a care setting, and those of one are used by organisations."""
    if recipient == ALL:
        return sorted(named)
    is_setting = recipient.startswith(SETTING)
    others = (one for one in named if one.startswith(SETTING) is not is_setting)
    return sorted(one for one in others if one != ALL)


def _eased(agreement: Agreement, others: Collection[Agreement], purpose: str) -> Iterator[str]:
    """What would be asked no more, in words: of several the strictest holds, as long as it does."""
    asked, rest = agreement.conditions, [one.conditions for one in others]
    if not rest:
        return
    if asked.relationship and not any(one.relationship for one in rest):
        yield "a legitimate relationship"
    if hidden := asked.hides.difference(*(one.hides for one in rest)):
        yield f"that what is labelled {', '.join(sorted(hidden))} is hidden"
    honours = asked.opt_out and not is_for_care(purpose)
    if honours and not any(one.opt_out for one in rest):
        yield "that who opted out is left out"


def _asked_instead(
    agreement: Agreement, others: Collection[Agreement], purpose: str
) -> Iterator[str]:
    """What each of the others asks of the user that this one does not, in words. No role is asked
    of patients."""
    own, rest = agreement.conditions, [one.conditions for one in others]
    if not rest:
        return
    roles = frozenset[str]().union(*(one.roles for one in rest))
    is_asked = all(one.roles for one in rest) and purpose not in OF_PATIENTS
    if is_asked and not (own.roles and own.roles <= roles):
        yield f"a role with {' or '.join(sorted(roles))}"
    levels = {one.assurance for one in rest}
    if all(levels) and own.assurance not in levels:
        yield f"level {' or '.join(sorted(levels))}"


class Going:
    """Whether requests that were made go on under the agreements that are left."""

    def __init__(self, left: Agreements, services: Iterable[Service], time: datetime) -> None:
        self._left, self._time = left, time
        self._endpoints = {one.id: one for service in services for one in service.endpoints}
        self._known: dict[tuple[str, ...], bool] = {}

    def on(self, trail: Json) -> bool:
        """Whether another agreement on which this request relied too holds still; or those that
        cover it now ask nothing that only the request could tell."""
        holding = (self._left.known.get(id) for id in trail["agreements"])
        if any(one and one.holds_at(self._time) for one in holding):
            return True
        key = trail["endpoint"], trail["organisation"], trail.get("setting", ""), trail["purpose"]
        if key not in self._known:
            self._known[key] = self._is_covered(*key)
        return self._known[key]

    def _is_covered(self, endpoint: str, organisation: str, setting: str, purpose: str) -> bool:
        asked = self._endpoints.get(endpoint)
        if asked is None:
            return False
        named = [name for name in (organisation, setting and f"{SETTING}{setting}", ALL) if name]
        service, left, time = asked.service, self._left, self._time
        found = left.covering(named, service.category, asked.does, purpose, time).agreements
        rest = [
            one.conditions
            for one in found
            if one.shares(service.category, by_holder=service.by_holder)
        ]
        any_role = purpose in OF_PATIENTS
        lets_anybody = any(not one.assurance and (any_role or not one.roles) for one in rest)
        return lets_anybody and not any(one.relationship for one in rest)


def _replayed(id: str, going: Going, trails: Iterable[Json]) -> Json:
    refused: Counter[tuple[str, str, str, str]] = Counter()
    kept, oldest = 0, None
    for trail in trails:
        oldest = trail["wall"]
        if id not in (trail.get("agreements") or ()) or trail["status"] >= 400:
            continue
        if going.on(trail):
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
