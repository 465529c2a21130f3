"""A message in a mailbox: what is kept of it, and how its headers are written.

    MeshMessage   sender, recipient, status, the headers that it was sent with, how many chunks
    MeshChunk     the bytes of one chunk, as they were sent

For the endpoints, and for delivery, which puts events there.

Source: MESH API, "Message headers" and "Tracking".
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from zlib import MAX_WBITS, decompressobj
from zlib import error as NoGzip

from openroots.problem import Json
from openroots.storage import Change, Query, Row, Snapshot, Term

MESSAGE, CHUNK = "MeshMessage", "MeshChunk"
INBOX, LOCAL = "inbox", "local"  # the terms of a message
WAITING_FROM = "waiting-from/"  # with the sender: since when a message waits
UPLOADING, ACCEPTED, ACKNOWLEDGED = "uploading", "accepted", "acknowledged"
UNDELIVERED = "undeliverable"
EVENTS = "OPENROOTS"  # the sender of events, whose mailbox nobody has
NOT_COLLECTED = ("14", "Message not collected by recipient after 5 days")
GZIP = "gzip"
LARGEST_UNPACKED = 64 << 20  # bytes of a chunk that is unpacked for who does not accept gzip
ANY_BYTES = "application/octet-stream"

# The headers that a sender gives and a receiver gets, by the names under which they are kept.
HEADERS: Mapping[str, str] = {
    "workflow_id": "mex-workflowid",
    "filename": "mex-filename",
    "local_id": "mex-localid",
    "subject": "mex-subject",
    "encrypted": "mex-content-encrypted",
    "compressed": "mex-content-compressed",
    "checksum": "mex-content-checksum",
    "partner_id": "mex-partnerid",
}


def message(
    id: str, sender: str, recipient: Json, headers: Json, sent: datetime, chunks: int, **more: Any
) -> Json:
    """A message as it is stored, with no chunk received yet."""
    return {
        "id": id,
        "sender": sender,
        "recipient": recipient["id"],
        "recipient_name": recipient["name"],
        "recipient_ods_code": recipient["ods_code"],
        "status": UPLOADING,
        "headers": headers,
        "media_type": "",
        "sent": sent.isoformat(),
        "changed": sent.isoformat(),
        "chunks": chunks,
        "received": 0,
        "size": 0,
        "encoding": "",
        "about": "",
        **more,
    }


def with_chunk(body: Json, number: int, now: datetime, size: int) -> Json:
    """The message once this chunk was received: with its last one it is in the mailbox."""
    status, size = ACCEPTED if number == body["chunks"] else UPLOADING, body.get("size", 0) + size
    return {**body, "received": number, "status": status, "changed": now.isoformat(), "size": size}


def chunk(message_id: str, number: int, content: bytes, encoding: str = "") -> Change:
    """What to commit so that a chunk is kept."""
    body = {"content": b64encode(content).decode(), "encoding": encoding}
    return Change(CHUNK, chunk_id(message_id, number), body, 0)


def chunk_id(message_id: str, number: int) -> str:
    """What the store knows a chunk by."""
    return f"{message_id}/{number}"


def content_of(body: Json, accepted: str = GZIP) -> tuple[bytes, str]:
    """The bytes of a chunk and their encoding: as they were sent, or unpacked for whoever does not
    accept that."""
    content, encoding = b64decode(body["content"]), body["encoding"]
    if encoding and encoding not in accepted:
        with suppress(NoGzip):
            unpacking = decompressobj(MAX_WBITS | 16)
            plain = unpacking.decompress(content, LARGEST_UNPACKED)
            if unpacking.eof:
                return plain, ""
    return content, encoding


def terms(body: Json) -> Iterable[tuple[str, str]]:
    """What a message is found by: in a mailbox, as long as it waits there."""
    if body["status"] == ACCEPTED:
        yield INBOX, body["recipient"]
        if not body.get("linked"):  # nobody is told of a report that is not read
            since = instant(datetime.fromisoformat(body["sent"]))
            yield f"{WAITING_FROM}{body['sender']}", since
    local_id = body["headers"].get("local_id")
    if local_id and not body.get("linked"):
        yield LOCAL, f"{body['sender']}/{local_id}"


def waiting(mailbox: str, limit: int, after: str, db: Snapshot) -> tuple[list[Row], str]:
    """Messages that wait in a mailbox: events at the front, since their ids begin with their place
    in the feed; of each kind those sent first; and where to go on."""
    page = db.search(Query(MESSAGE, (Term(INBOX, (mailbox,)),), limit, after))
    return list(page.rows), page.next


def file_name(body: Json) -> str:
    """The file's name: made of the message's id, where its sender gave none."""
    return str(body["headers"].get("filename") or f"{body['id']}.dat")


def received_headers(body: Json, number: int) -> dict[str, str]:
    """The headers with which a chunk is handed out."""
    changed = datetime.fromisoformat(body["changed"])
    told = {
        "mex-from": body["sender"],
        "mex-to": body["recipient"],
        "mex-messageid": body["id"],
        "mex-messagetype": "DATA",
        "mex-version": "1.0",
        "mex-addresstype": "ALL",
        "mex-filename": file_name(body),
        "mex-chunk-range": f"{number}:{body['chunks']}",
        "mex-total-chunks": str(body["chunks"]),
        "mex-content-type": body["media_type"] if body["media_type"] != ANY_BYTES else "",
        "last-modified": format_datetime(changed, usegmt=True),
        "mex-statuscode": "00",
        "mex-statusevent": "TRANSFER",
        "mex-statusdescription": "Transferred to recipient mailbox",
        "mex-statussuccess": "SUCCESS",
        **(_as_report(body["linked"]) if body.get("linked") else {}),
        "mex-statustimestamp": second(changed),
        **{HEADERS[name]: value for name, value in body["headers"].items() if name in HEADERS},
    }
    return {name: value for name, value in told.items() if value}


def _as_report(linked: str) -> dict[str, str]:
    """What the headers of a report say of the message that was not taken out."""
    code, words = NOT_COLLECTED
    return {
        "mex-from": "",
        "mex-messagetype": "REPORT",
        "mex-linkedmsgid": linked,
        "mex-statuscode": code,
        "mex-statusevent": "SEND",
        "mex-statusdescription": words,
        "mex-statussuccess": "ERROR",
    }


def stamp(moment: str) -> str:
    """A moment as MESH writes it."""
    return datetime.fromisoformat(moment).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def second(moment: datetime) -> str:
    """A moment as MESH writes it in headers, and in version 1."""
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%S")


def instant(moment: datetime) -> str:
    """Of fixed width and in UTC, so that text compares as time does."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
