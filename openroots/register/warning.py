"""What a client is told of a standard that it does not meet yet: headers, and one sentence.

For the gateway, on every answer: a call that failed for another reason will be sent again. The
headers can be read by machines that never look into a body: `Deprecation` says since when this way
of calling is warned of, `Sunset` when it will be refused, and `Link` where the standard is told.

Source: RFC 9745 (Deprecation, and the link relation "deprecation"), RFC 8594 (Sunset), RFC 8288
(Link), RFC 9110 section 5.6.7 (HTTP-date).
"""

from collections.abc import Iterable
from email.utils import format_datetime

from openroots.problem import Problem
from openroots.register.rulebook import Finding, Mode
from openroots.register.timeline import begins
from openroots.storage import Json


def warned_of(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those of which a client is to be warned."""
    return tuple(one for one in findings if one.mode is Mode.WARN and not one.met)


def refused_by(findings: Iterable[Finding]) -> Finding | None:
    """The first for which the request is to be refused, if there is one."""
    return next((one for one in findings if one.mode is Mode.REFUSE and not one.met), None)


def refusal(finding: Finding) -> Problem:
    """The failure of a request that is refused: standard, clause, since when, and how to mend."""
    return Problem(
        "standard-refused",
        standard=finding.standard,
        clause=finding.clause,
        date=finding.since,
        expected=finding.expected,
        found=_found(finding),
        mend=finding.mend,
    )


def warning_headers(findings: Iterable[Finding]) -> tuple[tuple[str, str], ...]:
    """The headers for findings of which a client is to be warned; others are passed over.

    Either date can be given only once in an answer, so of several the earliest is given.
    """
    warned = warned_of(findings)
    if not warned:
        return ()
    since = begins(min(finding.since for finding in warned))
    headers = [("Deprecation", f"@{int(since.timestamp())}")]
    if ends := [finding.refused_from for finding in warned if finding.refused_from]:
        headers.append(("Sunset", format_datetime(begins(min(ends)), usegmt=True)))
    standards = dict.fromkeys(finding.standard for finding in warned)
    return (*headers, *(("Link", _link(standard)) for standard in standards))


def warning_words(finding: Finding) -> str:
    """What a client is told of a clause that its call did not meet."""
    future = (
        f"will be refused from {finding.refused_from}"
        if finding.refused_from
        else "will be refused from a date that is not yet set"
    )
    return (
        f"{finding.standard} {finding.version} clause {finding.clause} is not met, and calls like "
        f"this one {future}: {finding.expected}{_found(finding)} {finding.mend}"
    )


def warning_issues(findings: Iterable[Finding]) -> list[Json]:
    """Issues of an OperationOutcome that say the same, one for each clause."""
    return [
        {"severity": "warning", "code": "business-rule", "diagnostics": warning_words(finding)}
        for finding in warned_of(findings)
    ]


def _found(finding: Finding) -> str:
    """What was found in this very record. It may quote what was sent, so that no trail keeps it."""
    return f" Found: {finding.found}." if finding.found else ""


def _link(standard: str) -> str:
    return f'</standards/{standard}>; rel="deprecation"; type="text/html"'
