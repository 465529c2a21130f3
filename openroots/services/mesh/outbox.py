"""Sending a message.

Source: MESH API, the endpoints under /messageexchange/{mailbox}/outbox.
"""

import re
from typing import Any

from openroots.problem import Json, Problem
from openroots.service import OPENLY, HeaderRule, Reply, Request
from openroots.services.mesh import service
from openroots.services.mesh.mailboxes import MAILBOX, PROOF, known
from openroots.services.mesh.messages import (
    ANY_BYTES,
    CHUNK,
    GZIP,
    HEADERS,
    MESSAGE,
    UPLOADING,
    chunk,
    chunk_id,
    content_of,
    message,
    terms,
    with_chunk,
)
from openroots.services.mesh.shown import as_asked
from openroots.storage import Change, Snapshot

RANGE = re.compile(r"\s*(\d{1,5})\s*:\s*(\d{1,5})\s*", re.ASCII)
CONTROL = re.compile(r"[\x00-\x1f]")
URL = re.compile(r"https?://", re.IGNORECASE)
CHECKSUM = re.compile(r"[A-Za-z0-9\s:/-]*", re.ASCII)
TRUE = frozenset({"y", "yes", "t", "true", "on", "1"})
LARGEST = 4 << 20
SENDS: dict[str, Any] = {
    "access": OPENLY,
    "takes": (ANY_BYTES,),
    "raw": True,
    "body_schema": {"type": "string", "format": "binary"},
    "largest": LARGEST,
    "success": 202,
}

# Who asks is looked at first, so that none of these is asked for before.
OF_CHUNKS = (
    HeaderRule(
        "Mex-Chunk-Range",
        "Which chunk of how many this is. A message in one may be sent without.",
        example="1:2",
    ),
    HeaderRule("Content-Encoding", "gzip, where each chunk is packed.", example=GZIP),
)
OF_MESSAGES = (
    HeaderRule("Mex-To", "The mailbox that the message is for: always sent.", example="X26ABC2"),
    HeaderRule("Mex-WorkflowID", "What it is about: always sent.", example="TESTWORKFLOW"),
    *OF_CHUNKS,
    HeaderRule("Mex-LocalID", "An id of the sender's own, to track it by.", example="mine-1"),
    HeaderRule("Mex-FileName", "Of the file that it was.", example="results.csv"),
    HeaderRule("Mex-Subject", "In words, for people."),
    HeaderRule("Mex-PartnerID", "For the receiver, who knows what it means."),
    HeaderRule("Mex-Content-Type", "What it is, where Content-Type is that of a chunk."),
    HeaderRule("Mex-Content-Encrypted", "Y where it is."),
    HeaderRule("Mex-Content-Compressed", "Y where it is, by its sender."),
    HeaderRule("Mex-Content-Checksum", "By which the receiver sees that it is whole."),
)

# How long the headers of a message may be, those that are not kept too.
LONGEST = {
    "mex-to": 100,
    "mex-chunk-range": 20,
    "mex-workflowid": 300,
    "mex-filename": 300,
    "mex-localid": 300,
    "mex-subject": 500,
    "mex-partnerid": 500,
    "mex-content-encrypted": 20,
    "mex-content-compressed": 20,
    "mex-content-checksum": 100,
    "mex-content-type": 100,
}
NO_URL = frozenset({"mex-to", "mex-workflowid", "mex-content-checksum"})
FLAGS = frozenset({"encrypted", "compressed"})

service.indexes(MESSAGE)(terms)


@service.endpoint(
    "POST",
    "/{mailbox}/outbox",
    **SENDS,
    headers=OF_MESSAGES,
    reads=3,
    fails=(
        *PROOF,
        "nonce-used",
        "accept-wrong",
        "no-recipient",
        "no-workflow",
        "header-wrong",
        "header-long",
        "checksum-wrong",
        "encoding-unsupported",
        "chunk-range",
        "unregistered",
        "chunk-empty",
    ),
)
def send_message(request: Request, db: Snapshot) -> Reply:
    """Send a message, or the first chunk of one."""
    who = known(request, db, once=True)
    headers = _headers(request)
    encoding = _encoding(request)
    if encoding not in ("", GZIP):
        raise Problem("encoding-unsupported")
    number, chunks = _range(request)
    if number != 1:
        raise Problem("chunk-range", id="")
    recipient = _recipient(request, db)
    id = f"{request.wall:%Y%m%d%H%M%S%f}_{request.chance(3).hex().upper()}"
    sender, wall = who.mailbox["id"], request.wall
    more = {"media_type": _media_type(request), "encoding": encoding}
    body = message(id, sender, recipient, headers, wall, chunks, **more)
    kept = with_chunk(body, 1, wall, len(_content(request)))
    changes = (chunk(id, 1, request.body, encoding), Change(MESSAGE, id, kept, 0))
    told = as_asked(request, {"message_id": id}, {"messageID": id})
    return Reply(told, status=202, changes=changes, marks=who.marks, caller=who.caller)


@service.endpoint(
    "POST",
    "/{mailbox}/outbox/{id}/{chunk}",
    **SENDS,
    headers=OF_CHUNKS,
    reads=3,
    fails=(
        *PROOF,
        "accept-wrong",
        "chunk-range",
        "chunk-range-further",
        "not-sent",
        "not-sender",
        "message-not-open",
        "chunk-beyond",
        "encoding-changed",
        "chunk-empty",
    ),
)
def send_chunk(request: Request, db: Snapshot) -> Reply:
    """Send a further chunk of a message. To send the last one again changes nothing."""
    who = known(request, db)
    id, (number, _) = request.params["id"].upper(), _range(request)
    row = db.get(MESSAGE, id)
    if row is None:
        raise Problem("not-sent")
    body = row.body
    if body["sender"] != who.mailbox["id"]:
        raise Problem("not-sender")
    told = as_asked(request, None, {"messageID": id, "blockID": number})
    changes: tuple[Change, ...] = ()
    if not _is_there(request, body, number, db):
        _check_chunk(request, body, number)
        kept = with_chunk(body, number, request.wall, len(_content(request)))
        changes = (
            chunk(id, number, request.body, _encoding(request)),
            Change(MESSAGE, id, kept, row.version),
        )
    return Reply(told, status=202, changes=changes, caller=who.caller)


def _headers(request: Request) -> Json:
    """The headers that go with the message. Raises Problem for one that cannot."""
    given = {name: request.headers.get(name, "") for name in LONGEST}
    for name, value in given.items():
        if len(value) > LONGEST[name]:
            raise Problem("header-long", header=name, most=LONGEST[name])
        if CONTROL.search(value) or (name in NO_URL and URL.match(value)):
            raise Problem("header-wrong", header=name)
    if not CHECKSUM.fullmatch(given["mex-content-checksum"]):
        raise Problem("checksum-wrong")
    if not given["mex-to"].strip():
        raise Problem("no-recipient")
    if not given["mex-workflowid"].strip():
        raise Problem("no-workflow")
    found = {name: given[header] for name, header in HEADERS.items()}
    found["workflow_id"] = found["workflow_id"].strip()
    flags = {name: "Y" if found[name].lower().strip() in TRUE else "" for name in FLAGS}
    return {name: value for name, value in (found | flags).items() if value}


def _media_type(request: Request) -> str:
    given = request.headers.get("content-type", "").strip().lower()
    return request.headers.get("mex-content-type") or given


def _encoding(request: Request) -> str:
    return request.headers.get("content-encoding", "").strip().lower()


def _content(request: Request) -> bytes:
    """The bytes that were sent. Raises Problem for none."""
    if not request.body:
        raise Problem("chunk-empty")
    content: bytes = request.body
    return content


def _recipient(request: Request, db: Snapshot) -> Json:
    to = request.headers["mex-to"].strip().upper()
    if (row := db.get(MAILBOX, to)) is None:
        raise Problem("unregistered")
    return row.body


def _range(request: Request) -> tuple[int, int]:
    """Which chunk of how many this is. Raises Problem where path and header do not agree."""
    asked = request.params.get("chunk", "1")
    given = request.headers.get("mex-chunk-range", "").strip() or ("1:1" if asked == "1" else "")
    found = RANGE.fullmatch(given)
    number, chunks = map(int, found.groups()) if found else (0, 0)
    is_other = "chunk" in request.params and asked != str(number)
    if not 1 <= number <= chunks or is_other:
        raise Problem("chunk-range", id=request.params.get("id", "").upper())
    return number, chunks


def _is_there(request: Request, body: Json, number: int, db: Snapshot) -> bool:
    """Whether this chunk was the last one received, as it is: its answer was lost on the way."""
    if number != body["received"] or number == 1:
        return False
    row = db.get(CHUNK, chunk_id(body["id"], number))
    return row is not None and content_of(row.body)[0] == request.body


def _check_chunk(request: Request, body: Json, number: int) -> None:
    """Raises Problem where this is not what the message takes next."""
    id = body["id"]
    if body["status"] != UPLOADING:
        raise Problem("message-not-open", id=id)
    if number > body["chunks"]:
        raise Problem("chunk-beyond", id=id, chunks=body["chunks"])
    if _encoding(request) != body.get("encoding", _encoding(request)):
        raise Problem("encoding-changed", id=id)
    wanted = body["received"] + 1
    if (number, _range(request)[1]) != (wanted, body["chunks"]):
        raise Problem("chunk-range-further", id=id, wanted=f"{wanted}:{body['chunks']}")
