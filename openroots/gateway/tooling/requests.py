"""Requests behind the tooling door: the newest ones whole, with trails; done again; exported.

What was sent to prove who asks is covered wherever a request is shown or exported; it is used when
one is done again.

    GET  /requests                ?limit=&endpoint=&status=
    GET  /requests/{id}           the exchange, and its trail
    GET  /requests/export         ?as=har|pytest|bruno&id=...&id=...
    GET  /requests/live           server-sent events, one for each exchange: see `live`
    POST /requests/{id}/replay    the same again with a new id, and what is different

Of two paths that fit, the tooling takes the later: a word comes after an id.

Source: house rules of OpenRoots.
"""

import asyncio
import re
from collections.abc import Iterable

from openroots.clock import new_uuid
from openroots.gateway.recorder import Recorded, Recorder
from openroots.gateway.tooling.covering import covered
from openroots.gateway.tooling.desk import Asked, Desk, Routes
from openroots.gateway.tooling.differing import differing
from openroots.gateway.tooling.exporting import EXPORTS, shown_body, shown_headers
from openroots.gateway.trail import find
from openroots.gateway.wire import Answer
from openroots.problem import Json, Problem

FEW, MANY = 20, 500
STATUS = re.compile("[1-5][0-9]{2}")
# What is different each time, whatever was asked.
EACH_TIME = frozenset({"x-request-id", "x-openroots-trail", "openroots-receipt", "ratelimit"})

route = Routes()


@route("GET", "/requests", kept=True, takes=("limit", "endpoint", "status"))
async def requests(desk: Desk, asked: Asked) -> Json:
    """The newest exchanges, the newest first, without their bodies."""
    limit, status = asked.number("limit", FEW, MANY), asked.one("status")
    if status and not STATUS.fullmatch(status):
        wanted = {"wanted": "a status of HTTP", "example": "404"}
        raise Problem("value-wrong", name="status", given=status[:80], **wanted)
    found = recorder_of(desk).newest(limit, asked.one("endpoint"), int(status or 0))
    return {"requests": [in_short(one) for one in found]}


@route("GET", "/requests/{id}", kept=True)
async def request(desk: Desk, asked: Asked) -> Json:
    """One exchange, whole, with its trail."""
    recorded = _found(recorder_of(desk), asked.params["id"])
    await desk.journal.settled()
    trail = await asyncio.to_thread(find, desk.trails, recorded.id)
    return {**in_full(recorded), "trail": trail}


@route("GET", "/requests/export", kept=True, takes=("as", "id"))
async def export(desk: Desk, asked: Asked) -> Json:
    """Exchanges as a file for other programs: HAR, a test for pytest, or requests for Bruno. The
    oldest of them first; without `id`, all that are kept."""
    kind, ids = asked.one("as", "har"), asked.query.get("id", ())
    if kind not in EXPORTS:
        wanted = {"wanted": "a kind of export", "example": " or ".join(EXPORTS)}
        raise Problem("value-wrong", name="as", given=kind[:80], **wanted)
    recorder = recorder_of(desk)
    chosen = [_found(recorder, id) for id in ids] or recorder.newest(MANY)[::-1]
    return {"as": kind, "files": EXPORTS[kind]([covered(one) for one in chosen])}


@route("GET", "/requests/live")
def live(desk: Desk, asked: Asked) -> Json:
    """Whether exchanges can be told as they are made. Where this says so, `live` tells of them."""
    recorder_of(desk)
    return {"told": True}


@route("POST", "/requests/{id}/replay", kept=True)
async def replay(desk: Desk, asked: Asked) -> Json:
    """The same request once more, with a new X-Request-ID where it had one, as it is answered now;
    and what is different."""
    recorder = recorder_of(desk)
    recorded = _found(recorder, asked.params["id"])
    if recorded.body is None:
        raise Problem("request-too-large")
    answer, id = await _again(desk, recorded, recorded.body)
    again = recorder.find(id)
    told = in_full(again) if again else {"id": id}
    now = recorded._replace(status=answer.status, answered=answer.headers, answer=answer.body)
    different = differing(_compared(covered(recorded)), _compared(covered(now)))
    return {"first": recorded.id, "again": told, "different": different}


async def _again(desk: Desk, recorded: Recorded, body: bytes) -> tuple[Answer, str]:
    """Its answer now, and the id of the trail."""
    gateway = desk.gateway
    service = gateway.service(recorded.path)
    assert service is not None  # it answered the first time
    headers = {**recorded.headers}
    if "x-request-id" in headers:
        headers["x-request-id"] = new_uuid(desk.world.chance.bytes)
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    asked = service, recorded.method, recorded.path, recorded.query
    exchange = gateway.begin(*asked, raw, body)
    return await gateway.answer(exchange), exchange.trail.id


def recorder_of(desk: Desk) -> Recorder:
    """What keeps the exchanges. Raises Problem where nothing does."""
    if desk.gateway.recorder is None:
        raise Problem("requests-not-kept")
    return desk.gateway.recorder


def in_short(one: Recorded) -> Json:
    """An exchange as a list shows it: without anything that was sent in a body or a header."""
    one = covered(one._replace(body=None, answer=None))
    return {
        "id": one.id,
        "wall": one.wall,
        "method": one.method,
        "path": one.target,
        "endpoint": one.endpoint,
        "application": one.application,
        "status": one.status,
        "ms": round(one.ms, 3),
        "lost": one.lost,
    }


def in_full(one: Recorded) -> Json:
    """An exchange with headers and bodies; text where they are text."""
    one = covered(one)
    sent, answered = shown_headers(one.headers), _by_name(one.answered)
    return {
        **in_short(one),
        "request": {"headers": sent, "body": shown_body(one.body)},
        "response": {"status": one.status, "headers": answered, "body": shown_body(one.answer)},
    }


def _found(recorder: Recorder, id: str) -> Recorded:
    if (recorded := recorder.find(id)) is None:
        raise Problem("request-unknown", id=id[:80])
    return recorded


def _by_name(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode(): value.decode("latin-1") for name, value in raw}


def _compared(one: Recorded) -> Json:
    """What of an answer is compared with another's."""
    named = _by_name(one.answered)
    headers = {name: value for name, value in named.items() if name not in EACH_TIME}
    return {"status": one.status, "headers": headers, "body": shown_body(one.answer)}
