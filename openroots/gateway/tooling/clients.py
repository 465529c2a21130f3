"""The report on a client behind the tooling door, for the command and for tests in any language.

    GET /client-report    ?application=ID&since=2026-11-21T12:00:00Z, or &since=TRAIL

Source: house rules of OpenRoots.
"""

from openroots.gateway.clients.report import signed_report
from openroots.gateway.tooling.desk import Asked, Desk, Routes
from openroots.problem import Json

route = Routes()


@route("GET", "/client-report", takes=("application", "since"))
async def client_report(desk: Desk, asked: Asked) -> Json:
    """What a client was seen to do well and not: the report, the same signed, and the keys."""
    return await signed_report(desk.gateway, asked.one("application"), asked.one("since"))
