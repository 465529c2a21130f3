"""Where the register meets the request: what a mandated standard permits, warns of or refuses.

For the pipeline. The rulebook in force is asked twice: about the request as it came in, and about
the record that it would write. What it finds is kept in the trail of every request, which is what
a dry run of a later mandate counts.

Source: RFC 9745 (Deprecation), RFC 8594 (Sunset).
"""

import asyncio
from collections.abc import Awaitable, Callable

from openroots.fhir.added import Added
from openroots.fhir.outcome import outcome
from openroots.gateway.exchange import Exchange
from openroots.problem import Json
from openroots.register.bearer import REGION_ATTRIBUTE, TYPE_ATTRIBUTE, said
from openroots.register.kept import rulebook_of
from openroots.register.rulebook import Finding, Rule, Rulebook, judge_record, judge_request
from openroots.register.warning import (
    refusal,
    refused_by,
    warning_headers,
    warning_issues,
)
from openroots.service import Access, Caller, Endpoint, Reply
from openroots.world import World


def rules_for(rulebook: Rulebook, endpoint: Endpoint, caller: Caller) -> tuple[Rule, ...]:
    """What binds this caller at this endpoint: by its care setting, and by the type and the region
    of its organisation, as its registration tells them."""
    return rulebook.rules(
        endpoint.service.name,
        endpoint.name,
        caller.setting,
        said(caller.attributes, TYPE_ATTRIBUTE) if rulebook.typed else "",
        said(caller.attributes, REGION_ATTRIBUTE) if rulebook.regional else "",
        caller.application,
    )


def binding(clauses: int, setting: str) -> str:
    """How many clauses bind whoever asks, for the trail: "5 clauses bind hospital here"."""
    count = {0: "no clause binds", 1: "1 clause binds"}.get(clauses, f"{clauses} clauses bind")
    return f"{count} {setting or 'a caller of no care setting'} here"


async def renew(world: World, tell: Callable[[], Awaitable[None]]) -> None:
    """Put the rulebook in place that follows from what was committed, and `tell` others who judge
    by it: the next request is judged by it. Nobody is judged by half of one."""
    if world.store.inline:
        world.rulebook = rulebook_of(world.store.snapshot())
    else:
        world.rulebook = await asyncio.to_thread(lambda: rulebook_of(world.store.snapshot()))
    await tell()


def judge_request_of(exchange: Exchange) -> None:
    """Judge the request. Raises Problem where a standard in force refuses it."""
    _take(exchange, judge_request(exchange.rules, exchange.headers, exchange.time))


def judge_written(exchange: Exchange, reply: Reply, packages: Added | None = None) -> None:
    """Judge each record that would be written, by profiles of these packages too. Raises Problem
    where a standard refuses one."""
    for change in reply.changes:
        if change.body is not None:
            rules, time = exchange.rules, exchange.time
            _take(exchange, judge_record(rules, change.type, change.body, time, packages))


def warnings(exchange: Exchange) -> list[tuple[bytes, bytes]]:
    """The headers that tell a client of the standards that it will be refused by, and when."""
    told = warning_headers(exchange.findings)
    return [(name.lower().encode(), value.encode()) for name, value in told]


def outcome_instead(exchange: Exchange) -> Json | None:
    """What a client that wrote and prefers an OperationOutcome is answered: its warnings.

    None for others, and where there is nothing to warn of. Source: FHIR R4 section 3.1.0.1.8.
    """
    prefers = "return=operationoutcome" in exchange.headers.get("prefer", "").lower()
    if exchange.t is None or not prefers or not exchange.service.fhir:
        return None
    issues = warning_issues(exchange.findings)
    return outcome(*issues) if issues else None


def kept(exchange: Exchange) -> list[tuple[str, str, bool, str]]:
    """What was found, as a trail keeps it: (standard, clause, met, mode). Nothing where nobody is
    asked who they are, as at the authorisation server: that was judged as nobody's, whom no mandate
    binds, so it is counted neither for nor against who it turned out to be."""
    if exchange.endpoint is None or Access.OPEN in exchange.endpoint.access:
        return []
    return [
        (finding.standard, finding.clause, finding.met, finding.mode)
        for finding in exchange.findings
    ]


def _take(exchange: Exchange, findings: tuple[Finding, ...]) -> None:
    exchange.findings += findings
    unmet = [finding for finding in findings if not finding.met]
    for finding in unmet:
        exchange.unmet = True
        named = f"{finding.standard} clause {finding.clause}: {finding.mode}"
        exchange.trail.add("standard", named, finding.expected, finding.mend)
    if unmet and (refused := refused_by(unmet)):
        raise refusal(refused)
