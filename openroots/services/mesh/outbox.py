"""Sending a message, and seeing what became of it.

Source: MESH API, the endpoints under /messageexchange/{mailbox}/outbox.
"""

import re
from typing import Any

from openroots.problem import Json, Problem
from openroots.service import OPENLY, Reply, Request
from openroots.services.mesh import service
from openroots.services.mesh.mailboxes import MAILBOX, known
from openroots.services.mesh.messages import (
    HEADERS,
    LOCAL,
    MESSAGE,
    UPLOADING,
    chunk,
    message,
    terms,
    tracked,
    with_chunk,
)
from openroots.services.mesh.reports import as_it_is
from openroots.services.mesh.shown import as_asked
from openroots.storage import Change, Query, Snapshot, Term

RANGE = re.compile(r"(\d{1,5}):(\d{1,5})", re.ASCII)
LONGEST_HEADER = 500
LARGEST = 4 << 20
SENDS: dict[str, Any] = {"access": OPENLY, "raw": True, "largest": LARGEST, "success": 202}
PROOF = ("unsigned", "not-authenticated", "nonce-used", "mailbox-differs")

service.indexes(MESSAGE)(terms)


@service.endpoint(
    "POST",
    "/{mailbox}/outbox",
    **SENDS,
    reads=3,
    fails=(
        *PROOF,
        "unregistered",
        "no-recipient",
        "no-workflow",
        "header-wrong",
        "chunk-range",
        "chunk-empty",
    ),
)
def send_message(request: Request, db: Snapshot) -> Reply:
    """Send a message, or the first chunk of one."""
    who = known(request, db)
    headers = _headers(request)
    recipient = _recipient(request, db)
    number, chunks = _range(request)
    if number != 1:
        raise Problem("chunk-range", given=f"{number}:{chunks}", wanted="first")
    id = f"{request.wall:%Y%m%d%H%M%S%f}_{request.chance(3).hex().upper()}"
    media_type = request.headers.get("content-type", "application/octet-stream")
    sender = who.mailbox["id"]
    body = message(id, sender, recipient, headers, request.wall, chunks, media_type=media_type)
    changes = (_kept(request, id, 1), Change(MESSAGE, id, with_chunk(body, 1, request.wall), 0))
    told = as_asked(request, {"message_id": id}, {"messageID": id})
    return Reply(told, status=202, changes=changes, marks=who.marks, caller=who.caller)


@service.endpoint(
    "POST",
    "/{mailbox}/outbox/{id}/{chunk}",
    **SENDS,
    reads=3,
    fails=(*PROOF, "not-tracked", "message-not-open", "chunk-range", "chunk-empty"),
)
def send_chunk(request: Request, db: Snapshot) -> Reply:
    """Send a further chunk of a message."""
    who = known(request, db)
    id = request.params["id"]
    row = db.read([(MESSAGE, id)]).get((MESSAGE, id))
    if row is None or row.body["sender"] != who.mailbox["id"]:
        raise Problem("not-tracked")
    body = row.body
    if body["status"] != UPLOADING:
        raise Problem("message-not-open")
    number = _next_number(request, body)
    changes = (
        _kept(request, id, number),
        Change(MESSAGE, id, with_chunk(body, number, request.wall), row.version),
    )
    told = as_asked(request, {"message_id": id}, {"messageID": id})
    return Reply(told, status=202, changes=changes, marks=who.marks, caller=who.caller)


@service.endpoint(
    "GET",
    "/{mailbox}/outbox/tracking",
    access=OPENLY,
    query={"messageID": "The id that MESH gave the message", "localID": "That its sender gave"},
    reads=3,
    fails=(*PROOF, "nothing-to-track", "not-tracked", "several-found"),
)
def track_message(request: Request, db: Snapshot) -> Reply:
    """What became of a message that was sent."""
    who = known(request, db)
    id, local_id = (request.query.get(name, ("",))[-1] for name in ("messageID", "localID"))
    if not id and not local_id:
        raise Problem("nothing-to-track")
    body = _tracked_by_id(id, db) if id else _tracked_by_local_id(who.mailbox, local_id, db)
    if body is None or body["sender"] != who.mailbox["id"]:
        raise Problem("not-tracked")
    return Reply(tracked(as_it_is(body, request.wall)), caller=who.caller)


def _headers(request: Request) -> Json:
    """The headers that go with the message. Raises Problem for one that cannot."""
    found = {name: request.headers.get(key, "") for name, key in HEADERS.items()}
    for name, value in found.items():
        if len(value) > LONGEST_HEADER or (value and not value.isprintable()):
            raise Problem("header-wrong", header=HEADERS[name], most=LONGEST_HEADER)
    if not found["workflow_id"]:
        raise Problem("no-workflow")
    return {name: value for name, value in found.items() if value}


def _recipient(request: Request, db: Snapshot) -> Json:
    to = request.headers.get("mex-to", "")
    if not to:
        raise Problem("no-recipient")
    if (row := db.read([(MAILBOX, to)]).get((MAILBOX, to))) is None:
        raise Problem("unregistered")
    return row.body


def _range(request: Request) -> tuple[int, int]:
    given = request.headers.get("mex-chunk-range", "1:1")
    found = RANGE.fullmatch(given)
    number, chunks = map(int, found.groups()) if found else (0, 0)
    if not 1 <= number <= chunks:
        raise Problem("chunk-range", given=given[:20], wanted="first")
    return number, chunks


def _next_number(request: Request, body: Json) -> int:
    """The number of the chunk, which must be the next one of the message."""
    wanted = body["received"] + 1
    number, chunks = _range(request)
    if (str(number), number, chunks) != (request.params["chunk"], wanted, body["chunks"]):
        given = f"{number}:{chunks}"
        raise Problem("chunk-range", given=given, wanted=f"{wanted}:{body['chunks']}")
    return number


def _kept(request: Request, id: str, number: int) -> Change:
    if not request.body:
        raise Problem("chunk-empty")
    encoding = request.headers.get("content-encoding", "").strip().lower()
    return chunk(id, number, request.body, encoding if encoding == "gzip" else "")


def _tracked_by_id(id: str, db: Snapshot) -> Json | None:
    row = db.read([(MESSAGE, id)]).get((MESSAGE, id))
    return row.body if row else None


def _tracked_by_local_id(mailbox: Json, local_id: str, db: Snapshot) -> Json | None:
    term = Term(LOCAL, (f"{mailbox['id']}/{local_id}",))
    rows = db.search(Query(MESSAGE, (term,), limit=2)).rows
    if len(rows) > 1:
        raise Problem("several-found")
    return rows[0].body if rows else None
