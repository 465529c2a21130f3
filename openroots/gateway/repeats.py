"""Requests that come twice: the same X-Request-ID from the same caller gets the first answer again.

For the pipeline. A client that never saw the answer to a write may send it again, as the published
APIs advise; the answer is kept as a mark in the very commit that it tells of, so there is one
exactly where the change was made. An answer that is the version just written is kept as a
reference to it.

Source: NHS England API guidance on X-Request-ID; the 24 hours are ours.
"""

from datetime import timedelta
from hashlib import sha256

import orjson

from openroots.gateway.exchange import Exchange
from openroots.problem import Json, Problem
from openroots.service import Access, Reply
from openroots.storage import Mark, Snapshot

KEPT_FOR = timedelta(hours=24)
PERSON = 16  # hexadecimal digits, to tell apart who sent the same id
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def key_of(exchange: Exchange) -> str:
    """What this request is remembered by; "" where it changes nothing or has no id.

    It holds who stands behind the application, as an answer is theirs alone; hashed, as no mark
    holds an NHS number.
    """
    request_id, caller = exchange.headers.get("x-request-id", "").lower(), exchange.caller
    if exchange.method not in WRITES or not request_id or caller is None or _is_open(exchange):
        return ""
    person = sha256(f"{request_id}/{caller.subject}".encode()).hexdigest()[:PERSON]
    return f"request/{caller.application}/{request_id}/{person}"


def first_reply(exchange: Exchange, db: Snapshot) -> Reply | None:
    """What the first request with this id was answered, or None if this is the first.

    Raises Problem where the first one asked for something else.
    """
    key = key_of(exchange)
    mark = db.marks([key]).get(key) if key else None
    if mark is None or (mark.expires is not None and mark.expires <= exchange.wall):
        return None
    kept, _, body = mark.value.partition(b"\n")
    first = orjson.loads(kept)
    if first["digest"] != _digest(exchange):
        raise Problem("repeat-differs", request_id=exchange.headers["x-request-id"])
    headers = tuple((name, value) for name, value in first["headers"])
    if first["written"] and not (body := _version(first["written"], db)):
        return None  # what was answered then is outside what this caller may see now
    return Reply(body or None, version=first["version"], status=first["status"], headers=headers)


def remembered(exchange: Exchange, reply: Reply) -> tuple[Mark, ...]:
    """The mark that keeps this answer, to be committed with what it tells of."""
    if not (key := key_of(exchange)):
        return ()
    written = _written_as(reply)
    kept = {
        "digest": _digest(exchange),
        "status": reply.status,
        "version": reply.version,
        "headers": reply.headers,
        "written": written,
    }
    body = b"" if written else encoded(reply.body)
    value = orjson.dumps(kept) + b"\n" + body
    return (Mark(key, value, expires=exchange.wall + KEPT_FOR, once=True),)


def encoded(body: Json | bytes | None) -> bytes:
    """The body of a reply as it goes on the wire. What is bytes already has not been touched."""
    if isinstance(body, bytes):
        return body
    return b"" if body is None else orjson.dumps(body)


def _written_as(reply: Reply) -> tuple[str, str, int] | None:
    """Type, id and version of the change that the answer shows, if it shows just that."""
    for change in reply.changes:
        if change.body is reply.body and change.expect:
            return change.type, change.id, change.expect + 1
    return None


def _version(written: tuple[str, str, int], db: Snapshot) -> bytes:
    type, id, version = written
    return next((row.raw for row in db.history(type, id) if row.version == version), b"")


def _is_open(exchange: Exchange) -> bool:
    """Whether nobody is asked who they are: then an answer is not kept for whoever asks again. It
    may hold a token, which is kept nowhere."""
    return exchange.endpoint is not None and Access.OPEN in exchange.endpoint.access


def _digest(exchange: Exchange) -> str:
    asked = f"{exchange.method}\n{exchange.path}\n{exchange.headers.get('if-match', '')}\n"
    query = exchange.raw_query + b"\n" if exchange.raw_query else b""
    return sha256(asked.encode() + query + exchange.body).hexdigest()
