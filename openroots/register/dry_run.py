"""Dry run: who would be refused on a date, how often, for what and since when, before anyone is.

For the national team before it mandates, and for a supplier that wants to know. What was really
sent is counted: clauses on requests by what the trails of past calls say of them, clauses on
records by judging what is stored, by the application that wrote it. A call counts as refused
only if the standard is enforced on that date in the care setting of its application.

Source: none.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from openroots.fhir.added import Added
from openroots.register.bearer import Bearer
from openroots.register.clause import Clause
from openroots.register.decision import Decision
from openroots.register.exemption import Exemption
from openroots.register.seen import Kind, Seen, Tally
from openroots.register.standard import Standard
from openroots.register.timeline import Mode, ends, stretch_at, timeline
from openroots.storage import Author, Json, Row


@dataclass(slots=True)
class Client:
    """What one application did for one organisation; `mode` is how strictly it would be treated,
    and `refusing` are the clauses for which it would be refused."""

    application: str
    organisation: str
    setting: str
    mode: Mode | None
    refusing: frozenset[str]
    turned_away: Counter[Kind] = field(default_factory=Counter)
    kinds: dict[Kind, Tally] = field(default_factory=lambda: {"call": Tally(), "record": Tally()})
    clauses: dict[str, Tally] = field(default_factory=dict)

    def add(self, seen: Seen) -> None:
        """Count a call or a record of its own."""
        self.kinds[seen.kind].add(not seen.failed, seen.wall)
        self.turned_away[seen.kind] += not self.refusing.isdisjoint(seen.failed)
        for clause in seen.failed:
            self.clauses.setdefault(clause, Tally()).add(False, seen.wall)

    def not_met(self, kind: Kind) -> int:
        """How many of its calls or records do not meet the standard."""
        return self.kinds[kind].not_met

    def refused(self, kind: Kind) -> int:
        """How many of its calls or records would be refused."""
        return self.turned_away[kind]

    def to_json(self) -> Json:
        """The client as data."""
        return {
            "application": self.application,
            "organisation": self.organisation,
            "setting": self.setting,
            "mode": self.mode.value if self.mode else None,
            "calls": _counts([self], "call"),
            "records": _counts([self], "record"),
            "clauses": [
                {"clause": clause, "notMet": tally.not_met, **tally.seen()}
                for clause, tally in sorted(self.clauses.items())
            ],
        }


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a standard would do on a date. `not_judged` counts calls that it has not looked at."""

    standard: Standard
    on: date
    clients: tuple[Client, ...]
    not_judged: int = 0

    def sentence(self) -> str:
        """The result in one sentence: "3 of 40 calls from 1 application would be refused".

        Where nobody would be, for want of a mandate by then, it says whom one would refuse.
        """
        kinds = self._kinds()
        if not kinds:
            return "nothing would be refused: it is listed, and has no clauses"
        told = " and ".join(self._share(kind, by) for kind, by in kinds.items())
        told += " would be refused"
        # A mandate is for care settings: it cannot bind who has none.
        bindable = [client for client in self.clients if client.setting]
        counts = [(_counts(bindable, kind), kind) for kind in kinds]
        unmet = [_some(count["notMet"], kind) for count, kind in counts if count["notMet"]]
        if not unmet or any(count["refused"] for count, _ in counts):
            return told
        return f"{told}; a mandate enforced by then would refuse {' and '.join(unmet)}"

    def to_json(self) -> Json:
        """The result as data: by application, those with most to mend first, and by clause."""
        return {
            "standard": self.standard.id,
            "version": self.standard.version,
            "on": self.on.isoformat(),
            "sentence": self.sentence(),
            "calls": {**_counts(self.clients, "call"), "notJudged": self.not_judged},
            "records": _counts(self.clients, "record"),
            "applications": [client.to_json() for client in self.clients],
            "clauses": self._clauses(),
        }

    def _kinds(self) -> dict[Kind, str]:
        asked = {clause.on for clause in self.standard.clauses}
        told: dict[Kind, str] = {}
        if "request" in asked:
            told["call"] = "from"
        if "record" in asked:
            told["record"] = "written by"
        return told

    def _share(self, kind: Kind, by: str) -> str:
        counts = _counts(self.clients, kind)
        who = {client.application for client in self.clients if client.refused(kind)}
        of = f"{counts['refused']} of {_some(counts['judged'], kind)}"
        return f"{of} {by} {_some(len(who), 'application')}" if who else of

    def _clauses(self) -> list[Json]:
        told = []
        for clause in self.standard.clauses:
            concerned = [client for client in self.clients if clause.id in client.clauses]
            counts = [
                (clause.id in client.refusing, client.clauses[clause.id].not_met)
                for client in concerned
            ]
            told.append(
                {
                    "clause": clause.id,
                    "expected": clause.expected,
                    "mend": clause.mend,
                    "notMet": sum(count for _, count in counts),
                    "refused": sum(count for refusing, count in counts if refusing),
                    "applications": len({client.application for client in concerned}),
                }
            )
        return told


def dry_run(
    standard: Standard,
    on: date,
    calls: Iterable[Json],
    records: Iterable[tuple[Row, Author]],
    decisions: Iterable[Decision],
    settings: Mapping[str, str] | None = None,
    exemptions: Iterable[Exemption] = (),
    bearers: Mapping[str, Bearer] | None = None,
    packages: Added | None = None,
) -> DryRun:
    """Count who would be refused on that date, from what was sent and what is stored.

    `calls` are call records as trails keep them; `records` are rows with who wrote them.
    `settings` gives the care setting of an application; where it does not, the first of its calls
    does. `bearers` say more of whom a mandate binds, `exemptions` what eases it for them, and
    `packages` which profiles are known beside those that are brought.
    """
    where = dict(settings or {})
    clients = _Clients(standard, on, decisions, exemptions, bearers or {})
    not_judged = 0
    for call in calls:
        where.setdefault(call["application"], call["setting"])
        if seen := _judged_call(standard, call, where):
            clients.count(seen)
        else:
            not_judged += 1
    for row, author in records:
        if seen := _judged_record(standard, row, author, where, packages):
            clients.count(seen)
    return DryRun(standard, on, clients.most_to_mend_first(), not_judged)


class _Clients:
    """Everyone of whom something was seen, and how the standard would be enforced for them.

    Calls are counted one by one as they come, so that a week of them need not fit in memory.
    """

    def __init__(
        self,
        standard: Standard,
        on: date,
        decisions: Iterable[Decision],
        exemptions: Iterable[Exemption],
        bearers: Mapping[str, Bearer],
    ) -> None:
        self.standard = standard
        self.moment = ends(on)
        self.decisions = list(decisions)
        self.exemptions = list(exemptions)
        self.bearers = bearers
        self.treated: dict[Bearer, tuple[Mode | None, frozenset[str]]] = {}
        self.found: dict[tuple[str, str], Client] = {}

    def count(self, seen: Seen) -> None:
        key = (seen.application, seen.organisation)
        if key not in self.found:
            self.found[key] = Client(*key, seen.setting, *self._treated(seen))
        self.found[key].add(seen)

    def most_to_mend_first(self) -> tuple[Client, ...]:
        return tuple(sorted(self.found.values(), key=_burden))

    def _treated(self, seen: Seen) -> tuple[Mode | None, frozenset[str]]:
        """How strictly it would be treated, and the clauses for which it would be refused."""
        known = self.bearers.get(seen.application, Bearer())
        bearer = known._replace(setting=seen.setting, application=seen.application)
        if bearer not in self.treated:
            refusing = (
                one.id for one in self.standard.clauses if self._mode(bearer, one) is Mode.REFUSE
            )
            self.treated[bearer] = self._mode(bearer), frozenset(refusing)
        return self.treated[bearer]

    def _mode(self, bearer: Bearer, clause: Clause | None = None) -> Mode | None:
        told = timeline(self.standard, self.decisions, bearer, self.exemptions, clause)
        return stretch_at(told, self.moment).mode


def _judged_call(standard: Standard, call: Json, where: Mapping[str, str]) -> Seen | None:
    asked = {clause.id for clause in standard.clauses if clause.on == "request"}
    found = [
        (clause, met)
        for about, clause, met, *_ in call["standards"]
        if about == standard.id and clause in asked
    ]
    if not found:
        return None
    failed = dict.fromkeys(clause for clause, met in found if not met)
    application = call["application"]
    return Seen(
        "call",
        application,
        call["organisation"],
        where[application],
        tuple(failed),
        _wall(call["wall"]),
    )


def _judged_record(
    standard: Standard, row: Row, author: Author, where: Mapping[str, str], packages: Added | None
) -> Seen | None:
    service, _, endpoint = author.endpoint.partition(".")
    asked = [
        clause
        for clause in standard.clauses
        if row.type in clause.applies.types and clause.applies.covers(service, endpoint)
    ]
    if not asked or not row.raw:
        return None
    body = row.body
    failed = tuple(clause.id for clause in asked if not clause.judged(body, packages)[0])
    setting = where.get(author.application, "")
    return Seen("record", author.application, author.organisation, setting, failed, author.wall)


def _wall(value: str | datetime) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def _burden(client: Client) -> tuple[int, int, str, str]:
    refused = client.refused("call") + client.refused("record")
    not_met = client.not_met("call") + client.not_met("record")
    return -refused, -not_met, client.application, client.organisation


def _counts(clients: Iterable[Client], kind: Kind) -> Json:
    tallies = [(client.kinds[kind], client.refused(kind)) for client in clients]
    firsts = [tally.first for tally, _ in tallies if tally.first]
    lasts = [tally.last for tally, _ in tallies if tally.last]
    spread = Tally(first=min(firsts, default=None), last=max(lasts, default=None))
    return {
        "judged": sum(tally.judged for tally, _ in tallies),
        "notMet": sum(tally.not_met for tally, _ in tallies),
        "refused": sum(refused for _, refused in tallies),
        **spread.seen(),
    }


def _some(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
