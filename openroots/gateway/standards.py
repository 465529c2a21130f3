"""Where the register meets the request: what a mandated standard permits, warns of or refuses.

For the pipeline. The rulebook in force is asked twice: about the request as it came in, and about
the record that it would write. What it finds is kept in the trail of every request, which is what
a dry run of a later mandate counts.

Source: RFC 9745 (Deprecation), RFC 8594 (Sunset).
"""

from openroots.gateway.exchange import Exchange
from openroots.problem import Problem
from openroots.register.rulebook import Finding, Mode, judge_record, judge_request
from openroots.register.warning import warning_headers
from openroots.service import Reply


def judge_request_of(exchange: Exchange) -> None:
    """Judge the request. Raises Problem where a standard in force refuses it."""
    _take(exchange, judge_request(exchange.rules, exchange.headers, exchange.time))


def judge_written(exchange: Exchange, reply: Reply) -> None:
    """Judge each record that would be written. Raises Problem where a standard refuses one."""
    for change in reply.changes:
        if change.body is not None:
            found = judge_record(exchange.rules, change.type, change.body, exchange.time)
            _take(exchange, found)


def warnings(exchange: Exchange) -> list[tuple[bytes, bytes]]:
    """The headers that tell a client of the standards that it will be refused by, and when."""
    if not any(_warns(finding) for finding in exchange.findings):
        return []
    told = warning_headers([finding for finding in exchange.findings if _warns(finding)])
    return [(name.lower().encode(), value.encode()) for name, value in told]


def kept(exchange: Exchange) -> list[tuple[str, str, bool, str]]:
    """What was found, as a trail keeps it: (standard, clause, met, mode)."""
    return [
        (finding.standard, finding.clause, finding.met, finding.mode.value)
        for finding in exchange.findings
    ]


def _take(exchange: Exchange, findings: tuple[Finding, ...]) -> None:
    exchange.findings += findings
    for finding in findings:
        if finding.met:
            continue
        exchange.trail.add("standard", finding.mode.value, finding.expected, finding.mend)
        if finding.mode is Mode.REFUSE:
            raise Problem(
                "standard-refused",
                standard=finding.standard,
                clause=finding.clause,
                date=finding.since,
                expected=finding.expected,
                mend=finding.mend,
            )


def _warns(finding: Finding) -> bool:
    return finding.mode is Mode.WARN and not finding.met
