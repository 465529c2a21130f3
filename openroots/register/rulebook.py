"""The rulebook: what the register's decisions ask of each request, compiled to be looked up.

For the gateway, on every request; for a dry run and for questions about any other day, the same
rulebook is asked about another time. It is immutable: a new decision makes a new rulebook, which
takes the place of the old one in a single step. Its hash names exactly what is in it.

    rules = rulebook.rules("demographics", "read-patient", caller.setting)
    for finding in judge_request(rules, headers, time): ...

Source: none.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, TypeVar

from openroots.fhir.added import Added
from openroots.register.bearer import Bearer
from openroots.register.condition import Judge
from openroots.register.content import content, hash_of
from openroots.register.decision import Decision
from openroots.register.exemption import Exemption
from openroots.register.path import Sent
from openroots.register.standard import Clause, StageFrom, Standard
from openroots.register.timeline import Mode, Stretch, timeline
from openroots.storage import Json

__all__ = [
    "Finding",
    "Mode",
    "Rule",
    "Rulebook",
    "compile_rulebook",
    "judge_record",
    "judge_request",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """That a request or a record meets a clause or does not, and what follows from it.

    `since` is the date from which `mode` is in force; `refused_from` the date from which what
    does not meet the clause is refused, where one is set. `found` is what is wrong with this very
    record, for whoever sent it and nobody else: it may quote what was sent.
    """

    standard: str
    version: str
    clause: str
    met: bool
    mode: Mode
    since: date
    refused_from: date | None
    expected: str
    mend: str
    found: str = ""


Entry = TypeVar("Entry", Standard, Decision, Exemption)

# Not met, met: a truth value finds its place in it.
Pair = tuple[Finding, Finding]


@dataclass(frozen=True, slots=True)
class Rule:
    """One clause as it binds some bearers, for all times.

    `pairs` holds what is found from each of the moments in `starts` on, and None while the clause
    is not judged. The findings are made beforehand, so that judging a request makes nothing anew.
    """

    clause: Clause
    on: str
    types: frozenset[str]
    judge: Judge
    starts: tuple[datetime, ...]
    pairs: tuple[Pair | None, ...]


@dataclass(frozen=True, eq=False)
class Rulebook:
    """Every standard, decision and exemption, ready to be asked about any endpoint, bearer and
    time. Applications that are bound alike share their rules."""

    standards: Mapping[str, Standard]
    decisions: tuple[Decision, ...]
    hash: str
    exemptions: tuple[Exemption, ...] = ()
    named: frozenset[str] = frozenset()  # the applications that exemptions are about
    typed: bool = False  # whether anything names types of organisation
    regional: bool = False  # or regions
    _rules: dict[tuple[str, ...], tuple[Rule, ...]] = field(default_factory=dict, repr=False)
    _rule_of: dict[tuple[str, str, Bearer], Rule] = field(default_factory=dict, repr=False)
    _shared: dict[tuple[object, ...], tuple[Rule, ...]] = field(default_factory=dict, repr=False)
    _timelines: dict[tuple[str, Bearer, bool | None], tuple[Stretch, ...]] = field(
        default_factory=dict, repr=False
    )

    def rules(
        self,
        service: str,
        endpoint: str,
        setting: str,
        organisation_type: str = "",
        region: str = "",
        application: str = "",
    ) -> tuple[Rule, ...]:
        """What applies to this endpoint when asked from this care setting ("" if from none), by
        this type of organisation, in this region, by this application."""
        # What nothing goes by tells nobody apart, so that those who are bound alike share.
        key = (
            service,
            endpoint,
            setting,
            organisation_type if self.typed else "",
            region if self.regional else "",
            application if application in self.named else "",
        )
        rules = self._rules.get(key)
        if rules is None:
            rules = self._rules[key] = self._made(service, endpoint, Bearer(*key[2:]))
        return rules

    def timeline(
        self, standard: str, bearer: Bearer | str, clause: Clause | None = None
    ) -> tuple[Stretch, ...]:
        """How a standard, or one clause of it, stands for a bearer, or in a care setting, over
        time. Raises KeyError if the standard is unknown."""
        known = self.standards[standard]
        named = Bearer(bearer) if isinstance(bearer, str) else bearer
        key = (standard, named, clause.recognises if clause else None)
        if key not in self._timelines:
            self._timelines[key] = timeline(known, self.decisions, named, self.exemptions, clause)
        return self._timelines[key]

    def content(self) -> Json:
        """All that it is made from, as data: what its hash names."""
        return content(self.standards.values(), self.decisions, self.exemptions)

    def _made(self, service: str, endpoint: str, bearer: Bearer) -> tuple[Rule, ...]:
        asked = tuple(
            (standard.id, clause)
            for standard in self.standards.values()
            for clause in standard.clauses
            if clause.applies.covers(service, endpoint)
        )
        key = (bearer, *((id, clause.id) for id, clause in asked))
        if key not in self._shared:
            self._shared[key] = tuple(self._rule(id, clause, bearer) for id, clause in asked)
        return self._shared[key]

    def _rule(self, standard: str, clause: Clause, bearer: Bearer) -> Rule:
        key = (standard, clause.id, bearer)
        if key not in self._rule_of:
            stretches = self.timeline(standard, bearer, clause)
            self._rule_of[key] = _rule(self.standards[standard], clause, stretches)
        return self._rule_of[key]


def compile_rulebook(
    standards: Iterable[Standard],
    decisions: Iterable[Decision],
    exemptions: Iterable[Exemption] = (),
) -> Rulebook:
    """The rulebook of these standards, decisions and exemptions, in whatever order they are given.

    Raises ValueError where two have the same id, or a decision is about what is not there.
    """
    known = {one.id: one for one in _by_id(standards)}
    decided = tuple(_by_id(decisions))
    ids = {decision.id for decision in decided}
    for decision in decided:
        if decision.standard not in known:
            raise ValueError(f"decision {decision.id} is about an unknown {decision.standard}")
        if decision.supersedes and decision.supersedes not in ids:
            raise ValueError(f"decision {decision.id} supersedes an unknown {decision.supersedes}")
    easing = tuple(one for one in _by_id(exemptions) if one.standard in known)
    named = frozenset(application for one in easing for application in one.applications)
    named_by = hash_of(content(known.values(), decided, easing))
    stages = [stage for standard in known.values() for stage in standard.stages]
    bounds: list[Decision | StageFrom] = [*decided, *stages]
    typed, regional = (
        any(one.organisation_types for one in bounds),
        any(one.regions for one in decided),
    )
    return Rulebook(known, decided, named_by, easing, named, typed, regional)


def judge_request(
    rules: Iterable[Rule], headers: Mapping[str, str], time: datetime, method: str = ""
) -> tuple[Finding, ...]:
    """What the clauses on requests find. Header names are lower case."""
    sent: Sent = (method, headers)
    found = []
    for rule in rules:
        if rule.on == "request":
            pair = rule.pairs[bisect_right(rule.starts, time) - 1]
            if pair is not None:
                found.append(pair[rule.judge(sent)])
    return tuple(found)


def judge_record(
    rules: Iterable[Rule],
    resource_type: str,
    body: Any,
    time: datetime,
    packages: Added | None = None,
) -> tuple[Finding, ...]:
    """What the clauses on records find in a resource that is to be written, in a world to which
    these packages were added."""
    found = []
    for rule in rules:
        if resource_type in rule.types:
            pair = rule.pairs[bisect_right(rule.starts, time) - 1]
            if pair is not None:
                met, wrong = rule.clause.judged(body, packages)
                found.append(replace(pair[met], found=wrong) if wrong else pair[met])
    return tuple(found)


def _by_id(things: Iterable[Entry]) -> list[Entry]:
    found = sorted(things, key=lambda one: one.id)
    for one, following in zip(found, found[1:], strict=False):
        if one.id == following.id:
            raise ValueError(f"{one.id} is there twice")
    return found


def _rule(standard: Standard, clause: Clause, stretches: tuple[Stretch, ...]) -> Rule:
    return Rule(
        clause,
        clause.on,
        clause.applies.types,
        clause.judge,
        tuple(stretch.start for stretch in stretches),
        tuple(_pair(standard, clause, stretch) for stretch in stretches),
    )


def _pair(standard: Standard, clause: Clause, stretch: Stretch) -> Pair | None:
    if stretch.mode is None or stretch.since is None:
        return None
    not_met, met = (
        Finding(
            standard.id,
            standard.version,
            clause.id,
            held,
            stretch.mode,
            stretch.since,
            stretch.refused_from,
            clause.expected,
            clause.mend,
        )
        for held in (False, True)
    )
    return not_met, met
