"""A message in a mailbox: what is kept of it, and how its headers are written.

    MeshMessage   sender, recipient, status, the headers that it was sent with, how many chunks
    MeshChunk     the bytes of one chunk, as they were sent

For the endpoints, and for delivery, which puts events there.

Source: MESH API, "Message headers" and "Tracking".
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from openroots.problem import Json
from openroots.storage import Change, Query, Row, Snapshot, Term

MESSAGE, CHUNK = "MeshMessage", "MeshChunk"
INBOX, LOCAL = "inbox", "local"  # the terms of a message
WAITING_FROM = "waiting-from/"  # with the sender: since when a message waits
UPLOADING, ACCEPTED, ACKNOWLEDGED = "uploading", "accepted", "acknowledged"
UNDELIVERED = "undelivered"
EVENTS = "OPENROOTS"  # the sender of events, whose mailbox nobody has
NOT_COLLECTED = ("14", "Message not collected by recipient after 5 days")

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
    "content_type": "mex-content-type",
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
        "media_type": "application/octet-stream",
        "sent": sent.isoformat(),
        "changed": sent.isoformat(),
        "chunks": chunks,
        "received": 0,
        "about": "",
        **more,
    }


def with_chunk(body: Json, number: int, now: datetime) -> Json:
    """The message once this chunk was received: with its last one it is in the mailbox."""
    status = ACCEPTED if number == body["chunks"] else UPLOADING
    return {**body, "received": number, "status": status, "changed": now.isoformat()}


def chunk(message_id: str, number: int, content: bytes, encoding: str = "") -> Change:
    """What to commit so that a chunk is kept."""
    body = {"content": b64encode(content).decode(), "encoding": encoding}
    return Change(CHUNK, chunk_id(message_id, number), body, 0)


def chunk_id(message_id: str, number: int) -> str:
    """What the store knows a chunk by."""
    return f"{message_id}/{number}"


def content_of(body: Json) -> bytes:
    """The bytes of a chunk as they were sent."""
    return b64decode(body["content"])


def terms(body: Json) -> Iterable[tuple[str, str]]:
    """What a message is found by: in a mailbox, as long as it waits there."""
    if body["status"] == ACCEPTED:
        yield INBOX, body["recipient"]
        if not body.get("linked"):  # nobody is told of a report that is not read
            since = instant(datetime.fromisoformat(body["sent"]))
            yield f"{WAITING_FROM}{body['sender']}", since
    if local_id := body["headers"].get("local_id"):
        yield LOCAL, f"{body['sender']}/{local_id}"


def waiting(mailbox: str, limit: int, after: str, db: Snapshot) -> tuple[list[Row], str]:
    """Messages that wait in a mailbox, those sent first at the front; and where to go on."""
    page = db.search(Query(MESSAGE, (Term(INBOX, (mailbox,)),), limit, after))
    return list(page.rows), page.next


def received_headers(body: Json, number: int) -> tuple[tuple[str, str], ...]:
    """The headers with which a chunk is handed out."""
    told = {
        "mex-from": body["sender"],
        "mex-to": body["recipient"],
        "mex-messageid": body["id"],
        "mex-messagetype": "DATA",
        "mex-chunk-range": f"{number}:{body['chunks']}",
        "mex-total-chunks": str(body["chunks"]),
        "mex-statuscode": "00",
        "mex-statusevent": "TRANSFER",
        "mex-statusdescription": "Transferred to recipient mailbox",
        "mex-statussuccess": "SUCCESS",
        **(_as_report(body["linked"]) if body.get("linked") else {}),
        "mex-statustimestamp": stamp(body["changed"]),
        **{HEADERS[name]: value for name, value in body["headers"].items()},
    }
    return tuple(told.items())


def _as_report(linked: str) -> dict[str, str]:
    """What the headers of a report say of the message that was not taken out."""
    code, words = NOT_COLLECTED
    return {
        "mex-messagetype": "REPORT",
        "mex-linkedmsgid": linked,
        "mex-statuscode": code,
        "mex-statusdescription": words,
        "mex-statussuccess": "ERROR",
    }


def tracked(body: Json) -> Json:
    """What its sender is told of a message."""
    accepted = body["status"] in (ACCEPTED, ACKNOWLEDGED)
    code, words = NOT_COLLECTED if body["status"] == UNDELIVERED else ("00", None)
    is_settled = accepted or words is not None
    headers = body["headers"]
    return {
        "message_id": body["id"],
        "local_id": headers.get("local_id"),
        "workflow_id": headers.get("workflow_id"),
        "filename": headers.get("filename"),
        "expiry_time": None,
        "upload_timestamp": stamp(body["sent"]),
        "recipient": body["recipient"],
        "recipient_name": body["recipient_name"],
        "recipient_ods_code": body["recipient_ods_code"],
        "recipient_org_code": body["recipient_ods_code"],
        "recipient_org_name": body["recipient_name"],
        "status_success": accepted if is_settled else None,
        "status": body["status"].capitalize(),
        "status_event": "TRANSFER",
        "status_timestamp": stamp(body["changed"]),
        "status_description": words,
        "status_code": code if is_settled else None,
    }


def stamp(moment: str) -> str:
    """A moment as MESH writes it."""
    return datetime.fromisoformat(moment).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(moment: datetime) -> str:
    """Of fixed width and in UTC, so that text compares as time does."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
