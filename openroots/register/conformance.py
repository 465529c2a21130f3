"""Conformance: who meets which standard, counted from what was really sent, day by day.

For the register's API and pages, for trials and for whoever owes something. A count is of one
standard, one application and one day of the world's time. It holds no body and no name: what it
samples are trails, which hold neither.

    Tallied("request-identity", "ashby-practice-system", date(2027, 4, 1), met=40, not_met=2, ...)

Source: none.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from openroots.register.fact import Fact
from openroots.storage import Json

SAMPLES = 5  # trails of one standard, application and day
MOST_ORGANISATIONS = 1_000  # that are told apart of these, more than any trial asks for
WINDOW = timedelta(days=7)  # over which readiness is looked at
SEEN = timedelta(days=31)  # after which an application counts as not seen
READY = 0.98  # the share that is to meet a standard before it is mandated


@dataclass(slots=True)
class Tallied:
    """What was counted of one standard, one application and one day, and the organisations for
    which the application asked."""

    standard: str
    application: str
    organisations: tuple[str, ...]
    day: date
    met: int = 0
    not_met: int = 0
    refused: int = 0
    clauses: dict[str, int] = field(default_factory=dict)
    samples: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        """How the store names it."""
        return f"{self.standard}.{self.day.isoformat()}.{self.application}"

    def add(self, found: Iterable[tuple[str, bool, str]], trail: str) -> None:
        """Count one request, by what was found of it: (clause, met, mode)."""
        failed = [(clause, mode) for clause, met, mode in found if not met]
        if not failed:
            self.met += 1
            return
        self.not_met += 1
        self.refused += any(mode == "refuse" for _, mode in failed)
        for clause, _ in failed:
            self.clauses[clause] = self.clauses.get(clause, 0) + 1
        if len(self.samples) < SAMPLES:
            self.samples.append(trail)

    def not_met_of(self, clauses: Collection[str]) -> int:
        """How many did not meet one of these clauses: where other clauses were not met too, at
        most, as a call that fails several of them is counted once for each."""
        if clauses and self.clauses.keys() <= set(clauses):
            return self.not_met
        return min(self.not_met, sum(self.clauses.get(clause, 0) for clause in clauses))

    def plus(self, other: "Tallied") -> "Tallied":
        """Both together, of the same standard, application and day."""
        clauses = {
            clause: self.clauses.get(clause, 0) + other.clauses.get(clause, 0)
            for clause in {**self.clauses, **other.clauses}
        }
        both = sorted({*self.organisations, *other.organisations})
        return Tallied(
            *(self.standard, self.application, tuple(both[:MOST_ORGANISATIONS]), self.day),
            met=self.met + other.met,
            not_met=self.not_met + other.not_met,
            refused=self.refused + other.refused,
            clauses=clauses,
            samples=[*self.samples, *other.samples][:SAMPLES],
        )

    def to_json(self) -> Json:
        """The count as a plain dict, as it is stored."""
        told = {name: getattr(self, name) for name in self.__slots__}
        return {**told, "day": self.day.isoformat()}

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> "Tallied":
        """The count that such a dict tells of; one of before several were told apart names one."""
        told = dict(written)
        organisations = tuple(told.pop("organisations", ())) or (told.pop("organisation", ""),)
        day = date.fromisoformat(told.pop("day"))
        return cls(organisations=tuple(filter(None, organisations)), day=day, **told)


def tally(calls: Iterable[Json]) -> dict[str, Tallied]:
    """What trails of calls say, counted: one count for each standard, application and day. Calls
    that no application made are left out: nobody owes anything for them."""
    found: dict[str, Tallied] = {}
    asked_for: dict[str, set[str]] = {}
    for call in calls:
        if not call["application"] or not call["setting"]:
            continue
        day = date.fromisoformat(call["time"][:10])
        for standard, clauses in _by_standard(call["standards"]).items():
            one = Tallied(standard, call["application"], (), day)
            found.setdefault(one.id, one).add(clauses, call["trail"])
            asked_for.setdefault(one.id, set()).add(call["organisation"])
    for id, codes in asked_for.items():
        found[id].organisations = tuple(sorted(filter(None, codes))[:MOST_ORGANISATIONS])
    return found


def state_of(counts: Iterable[Tallied], on: date) -> str:
    """How an application meets a standard, going by the last day by then on which it was judged:
    "meets", "does not meet", or "not seen"."""
    seen = [one for one in counts if one.day <= on]
    if not seen:
        return "not seen"
    last = max(one.day for one in seen)
    failed = any(one.not_met for one in seen if one.day == last)
    return "does not meet" if failed else "meets"


def not_ready(counts: Iterable[Tallied], on: date) -> list[tuple[str, float]]:
    """The applications of which, in the week that ends on a day, too little met a standard, with
    the share that did: the least ready first."""
    week = [one for one in counts if on - WINDOW < one.day <= on]
    shares = []
    for application in {one.application for one in week}:
        met, judged = _sums(one for one in week if one.application == application)
        if judged and met / judged < READY:
            shares.append((application, met / judged))
    return sorted(shares, key=lambda one: (one[1], one[0]))


def share_used(
    counts: Iterable[Tallied], on: date, clauses: Collection[str], days: int = 30
) -> float:
    """Of what was judged in the days up to one, the share that uses the standard, which these
    clauses recognise."""
    lately = [one for one in counts if on - timedelta(days=days) < one.day <= on]
    _, judged = _sums(lately)
    return sum(one.not_met_of(clauses) for one in lately) / judged if judged else 0.0


def trial_facts(counts: Iterable[Tallied], subject: str, since: date, fact: Fact) -> list[Fact]:
    """What the trial of a standard has shown, as facts that a machine worked out: nothing, where
    nothing was counted. `fact` is what they are made like: whose, when."""
    tried = [one for one in counts if one.day >= since and one.day <= fact.observed_at.date()]
    met, judged = _sums(tried)
    figures = {
        "organisations": len({code for one in tried for code in one.organisations}),
        "days": (fact.observed_at.date() - since).days,
        "pass_rate": met / judged if judged else 0.0,
    }
    return [
        Fact(name, subject, f"trial.{name}", value, "computed", fact.observed_at, fact.by)
        for name, value in figures.items()
    ]


def conformance_fact(counts: Iterable[Tallied], subject: str, fact: Fact) -> list[Fact]:
    """Whether what an application sent in the last month met every standard, as a fact; nothing,
    where it sent nothing. `fact` is what it is made like."""
    on = fact.observed_at.date()
    own = [one for one in counts if on - SEEN < one.day <= on]
    if not own:
        return []
    standards = {one.standard for one in own}
    meets = all(
        state_of([one for one in own if one.standard == standard], on) == "meets"
        for standard in standards
    )
    key = "product.conformance"
    return [Fact(key, subject, key, meets, "computed", fact.observed_at, fact.by)]


def _sums(counts: Iterable[Tallied]) -> tuple[int, int]:
    found = [(one.met, one.met + one.not_met) for one in counts]
    return sum(met for met, _ in found), sum(judged for _, judged in found)


def _by_standard(found: Iterable[Any]) -> dict[str, list[tuple[str, bool, str]]]:
    clauses: dict[str, list[tuple[str, bool, str]]] = {}
    for standard, clause, met, mode in found:
        clauses.setdefault(standard, []).append((clause, met, mode))
    return clauses
