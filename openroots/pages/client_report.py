"""The page that tells developers how their client behaves: what it keeps, breaks, was not seen at.

There where requests are kept, which is where all people are made up. It shows rules, endpoints and
trails, and nothing of what was sent; the same report, signed, and a file for CI can be kept.

Source: none.
"""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openroots.gateway.clients.junit import junit
from openroots.gateway.clients.report import signed_report
from openroots.gateway.clients.rule import FAIL, NOT_CHECKABLE, NOT_SEEN, PASS
from openroots.gateway.pipeline import Gateway
from openroots.gateway.tooling.failures import FAILURES, rendered
from openroots.pages.frame import Frame, download
from openroots.pages.tools import sentence
from openroots.problem import Json, Problem

ADDRESS = "/developers/report"
SECTIONS = {
    FAIL: ("What it breaks", ("Broken", "red")),
    NOT_SEEN: ("What was not seen yet", ("Not seen", "grey")),
    PASS: ("What it keeps", ("Kept", "green")),
    NOT_CHECKABLE: ("What cannot be told from outside", ("Not told", "white")),
}


class ClientReportPage:
    """The page, a handler."""

    def __init__(self, frame: Frame, gateway: Gateway) -> None:
        self._frame, self._gateway = frame, gateway

    async def page(self, request: Request) -> Response:
        """The report on an application, or on whoever asked; with `as`, as a file."""
        given = {name: request.query_params.get(name, "").strip() for name in ("app", "since")}
        try:
            told = await signed_report(self._gateway, given["app"], given["since"])
        except Problem as problem:
            failure = FAILURES[problem.row].told(problem.fields)
            words = [sentence(f"{word.rstrip('. ')}.") for word in rendered(failure).values()]
            return self._html(given, status=failure.status, refusal_told=words)
        match request.query_params.get("as"):
            case "json":
                return download(orjson.dumps(told), "application/json", "client-report.json")
            case "junit":
                text = junit(told["report"]).encode()
                return download(text, "application/xml", "client-report.xml")
        return self._html(given, report=told["report"], sections=_sections(told["report"]))

    def _html(self, given: dict[str, str], **shown: Any) -> Response:
        return self._frame.html("client_report.jinja", private=True, given=given, **shown)


def _sections(report: Json) -> list[Json]:
    """The rules by what they came to, without what nothing came to."""
    sections = []
    for outcome, (head, tag) in SECTIONS.items():
        rules = [rule for rule in report["rules"] if rule["outcome"] == outcome]
        if rules:
            sections.append({"outcome": outcome, "head": head, "tag": tag, "rules": rules})
    return sections
