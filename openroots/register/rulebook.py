"""The rulebook: what the register's decisions ask of each request, compiled to be looked up.

For the gateway, on every request; for a dry run and for questions about any other day, the same
rulebook is asked about another time. It is immutable: a new decision makes a new rulebook, which
takes the place of the old one in a single step. Its hash names exactly what is in it.

    rules = rulebook.rules("demographics", "read-patient", caller.setting)
    for finding in judge_request(rules, headers, time): ...

Source: none.
"""

import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from openroots.register.condition import Judge
from openroots.register.decision import Decision
from openroots.register.path import Sent
from openroots.register.standard import Clause, Standard
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
    does not meet the clause is refused, where one is set.
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


Entry = TypeVar("Entry", Standard, Decision)

# Not met, met: a truth value finds its place in it.
Pair = tuple[Finding, Finding]


@dataclass(frozen=True, slots=True)
class Rule:
    """One clause as it binds one care setting, for all times.

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
    """Every standard and decision, ready to be asked about any endpoint, care setting and time."""

    standards: Mapping[str, Standard]
    decisions: tuple[Decision, ...]
    hash: str
    _rules: dict[tuple[str, str, str], tuple[Rule, ...]] = field(default_factory=dict, repr=False)
    _timelines: dict[tuple[str, str], tuple[Stretch, ...]] = field(default_factory=dict, repr=False)

    def rules(self, service: str, endpoint: str, setting: str) -> tuple[Rule, ...]:
        """What applies to this endpoint when asked from this care setting ("" if from none)."""
        key = (service, endpoint, setting)
        rules = self._rules.get(key)
        if rules is None:
            rules = self._rules[key] = tuple(
                _rule(standard, clause, self.timeline(standard.id, setting))
                for standard in self.standards.values()
                for clause in standard.clauses
                if clause.applies.covers(service, endpoint)
            )
        return rules

    def timeline(self, standard: str, setting: str) -> tuple[Stretch, ...]:
        """How a standard stands in a care setting over time. Raises KeyError if unknown."""
        key = (standard, setting)
        if key not in self._timelines:
            self._timelines[key] = timeline(self.standards[standard], self.decisions, setting)
        return self._timelines[key]


def compile_rulebook(standards: Iterable[Standard], decisions: Iterable[Decision]) -> Rulebook:
    """The rulebook of these standards and decisions, in whatever order they are given.

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
    return Rulebook(known, decided, _hash(known.values(), decided))


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
    rules: Iterable[Rule], resource_type: str, body: Any, time: datetime
) -> tuple[Finding, ...]:
    """What the clauses on records find in a resource that is to be written."""
    found = []
    for rule in rules:
        if resource_type in rule.types:
            pair = rule.pairs[bisect_right(rule.starts, time) - 1]
            if pair is not None:
                found.append(pair[rule.judge(body)])
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


def _hash(standards: Iterable[Standard], decisions: Iterable[Decision]) -> str:
    content: Json = {
        "standards": [standard.data for standard in standards],
        "decisions": [decision.to_json() for decision in decisions],
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
