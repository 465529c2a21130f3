"""What became of a message that was sent, for its sender.

Source: MESH API, "Track outbox", in both versions.
"""

from datetime import datetime
from typing import Any

from openroots.problem import Json, Problem
from openroots.service import OPENLY, Reply, Request
from openroots.services.mesh import service
from openroots.services.mesh.mailboxes import PROOF, known
from openroots.services.mesh.messages import (
    ACKNOWLEDGED,
    LOCAL,
    MESSAGE,
    NOT_COLLECTED,
    UNDELIVERED,
    file_name,
    second,
    stamp,
)
from openroots.services.mesh.reports import as_it_is, expires
from openroots.services.mesh.shown import as_asked
from openroots.storage import Query, Snapshot, Term

TRACKS: dict[str, Any] = {"access": OPENLY, "reads": 3}
FAILS = (*PROOF, "not-tracked", "several-found")


@service.endpoint(
    "GET",
    "/{mailbox}/outbox/tracking",
    **TRACKS,
    query={"messageID": "The id that MESH gave the message", "localID": "That its sender gave"},
    fails=(*FAILS, "nothing-to-track", "accept-wrong"),
)
def track_message(request: Request, db: Snapshot) -> Reply:
    """What became of a message that was sent."""
    who = known(request, db)
    id, local_id = (request.query.get(name, ("",))[-1] for name in ("messageID", "localID"))
    if not id and not local_id:
        raise Problem("nothing-to-track")
    found = _by_id(id.upper(), db) if id else _by_local_id(who.mailbox, local_id, db)
    body = _own(found, who.mailbox, request)
    told = as_asked(request, told_in_2(body), told_in_1(body, who.mailbox))
    return Reply(told, caller=who.caller)


@service.endpoint("GET", "/{mailbox}/outbox/tracking/{local_id}", **TRACKS, fails=FAILS)
def track_local_id(request: Request, db: Snapshot) -> Reply:
    """The same, by the id that its sender gave: of version 1 of the API alone."""
    who = known(request, db)
    found = _by_local_id(who.mailbox, request.params["local_id"], db)
    told = told_in_1(_own(found, who.mailbox, request), who.mailbox)
    headers = (("content-type", "application/json"),)
    return Reply(told, headers=headers, caller=who.caller)


def told_in_2(body: Json) -> Json:
    """What its sender is told of a message, in version 2."""
    headers, failed = body["headers"], body["status"] == UNDELIVERED
    code, words = NOT_COLLECTED
    return {
        "message_id": body["id"],
        "local_id": headers.get("local_id"),
        "workflow_id": headers.get("workflow_id"),
        "filename": file_name(body),
        "expiry_time": stamp(expires(body).isoformat()),
        "upload_timestamp": stamp(body["sent"]),
        "recipient": body["recipient"],
        "recipient_name": body["recipient_name"],
        "recipient_ods_code": body["recipient_ods_code"],
        "recipient_org_code": body["recipient_ods_code"],
        "recipient_org_name": body["recipient_name"],
        "status_success": not failed,
        "status": body["status"],
        "status_event": "SEND" if failed else None,
        "status_timestamp": stamp(body["changed"]) if failed else None,
        "status_description": words if failed else None,
        "status_code": code if failed else None,
    }


def told_in_1(body: Json, sender: Json) -> Json:
    """What its sender is told of a message, in version 1."""
    headers, compressed = body["headers"], _flag(body["headers"].get("compressed"))
    return {
        "addressType": "ALL",
        "checksum": headers.get("checksum", ""),
        "chunkCount": body["chunks"],
        "compressFlag": compressed,
        "contentEncoding": body.get("encoding", ""),
        "dtsId": body["id"],
        "encryptedFlag": _flag(headers.get("encrypted")),
        "fileName": file_name(body),
        "fileSize": body.get("size", 0),
        "isCompressed": compressed,
        "linkedMsgId": None,
        "localId": headers.get("local_id"),
        "messageId": body["id"],
        "messageType": "Data",
        "partnerId": headers.get("partner_id", ""),
        "subject": headers.get("subject"),
        "version": "1.0",
        "workflowId": headers.get("workflow_id"),
        **_parties_in_1(body, sender),
        **_state_in_1(body),
    }


def _parties_in_1(body: Json, sender: Json) -> Json:
    return {
        "meshRecipientOdsCode": body["recipient_ods_code"],
        "recipient": body["recipient"],
        "recipientName": body["recipient_name"],
        "recipientOrgCode": body["recipient_ods_code"],
        "recipientOrgName": body["recipient_name"],
        "recipientSmtp": "",
        "sender": sender["id"],
        "senderName": sender["name"],
        "senderOdsCode": sender["ods_code"],
        "senderOrgCode": sender["ods_code"],
        "senderOrgName": sender["name"],
        "senderSmtp": "",
    }


def _state_in_1(body: Json) -> Json:
    failed, changed = body["status"] == UNDELIVERED, datetime.fromisoformat(body["changed"])
    return {
        "downloadTimestamp": second(changed) if body["status"] == ACKNOWLEDGED else "",
        "expiryTime": second(expires(body)),
        "failureDate": second(changed) if failed else None,
        "failureDiagnostic": NOT_COLLECTED[1] if failed else None,
        "status": body["status"].title(),
        "statusCode": None,
        "statusDescription": None,
        "statusEvent": None,
        "statusSuccess": "ERROR" if failed else "SUCCESS",
        "statusTimestamp": None,
        "uploadTimestamp": second(datetime.fromisoformat(body["sent"])),
    }


def _flag(value: str | None) -> str:
    return "Y" if value else ""


def _own(body: Json | None, mailbox: Json, request: Request) -> Json:
    """The message as it is by now. Raises Problem where it is not this mailbox that sent it."""
    if body is None or body["sender"] != mailbox["id"] or body.get("linked"):
        raise Problem("not-tracked")
    return as_it_is(body, request.wall)


def _by_id(id: str, db: Snapshot) -> Json | None:
    row = db.get(MESSAGE, id)
    return row.body if row else None


def _by_local_id(mailbox: Json, local_id: str, db: Snapshot) -> Json | None:
    term = Term(LOCAL, (f"{mailbox['id']}/{local_id}",))
    rows = [row.body for row in db.search(Query(MESSAGE, (term,), limit=3)).rows]
    if len(rows) > 1:
        raise Problem("several-found")
    return rows[0] if rows else None
