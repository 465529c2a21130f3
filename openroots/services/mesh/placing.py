"""What to commit so that events are in the mailbox that a subscription names.

For delivery.

    mesh://X26ABC1?workflow_id=CHANGES
    mesh://X26ABC1?workflow_id=CHANGEOFGP_1&partner_id=SUBSCRIPTION%7CTAG

Of the second kind, as those of NEMS are, a mailbox is given one copy for all its subscriptions.

Source: Multicast Notification Service API, endpoints of a channel; National Events Management
Service, its delivery; MESH API for the headers.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

from openroots.delivery.placing import NoPlace
from openroots.delivery.source import Parcel
from openroots.problem import Json
from openroots.services.mesh.mailboxes import MAILBOX
from openroots.services.mesh.messages import ACCEPTED, EVENTS, MESSAGE, chunk, message, with_chunk
from openroots.storage import Change, Row, Snapshot

SCHEME = "mesh://"
ID_LENGTH = 8
BETWEEN = "~~~"  # the subscriptions that a message is for


def placed(parcels: Sequence[Parcel], db: Snapshot, wall: datetime) -> list[Change]:
    """The messages that these parcels of one subscription become: those not there yet. Raises
    NoPlace where there is no such mailbox."""
    url = urlsplit(parcels[0].subscriber.endpoint)
    asked = parse_qs(url.query)
    workflow, partner = (asked.get(name, [""])[0] for name in ("workflow_id", "partner_id"))
    ids = {_id(parcel, f"{url.netloc}/{workflow}" if partner else ""): parcel for parcel in parcels}
    mailbox = url.netloc.upper()
    there = db.read([(MAILBOX, mailbox), *((MESSAGE, id) for id in ids)])
    recipient = there.get((MAILBOX, mailbox))
    if recipient is None:
        raise NoPlace("no such mailbox")
    changes: list[Change] = []
    for id, parcel in ids.items():
        if row := there.get((MESSAGE, id)):
            changes += _also_for(partner, row) if partner else ()
        else:
            headers = _headers(parcel, workflow, partner)
            changes += _message(id, parcel, recipient.body, headers, wall)
    return changes


def _id(parcel: Parcel, shared: str) -> str:
    """The id of the message: it sorts as the feed does, and follows from the parcel's; or from the
    mailbox and workflow, where all subscriptions share one copy."""
    own = parcel.id.removeprefix("msg_")
    told = sha256(f"{parcel.place}/{shared}".encode()).hexdigest() if shared else own
    return f"{parcel.place.replace('.', '')}_{told[:ID_LENGTH].upper()}"


def _headers(parcel: Parcel, workflow: str, partner: str) -> Json:
    return {
        "workflow_id": workflow,
        "local_id": parcel.id,
        "subject": parcel.type,
        "partner_id": partner or parcel.subscriber.id,
    }


def _also_for(partner: str, row: Row) -> list[Change]:
    """A copy that is there for another subscription, for this one too, if it still waits."""
    body = row.body
    partners = body["headers"]["partner_id"].split(BETWEEN)
    if partner in partners or body["status"] != ACCEPTED:
        return []
    headers = {**body["headers"], "partner_id": BETWEEN.join([*partners, partner])}
    return [Change(MESSAGE, row.id, {**body, "headers": headers}, row.version)]


def _message(
    id: str, parcel: Parcel, recipient: Json, headers: Json, wall: datetime
) -> list[Change]:
    body = message(
        id,
        EVENTS,
        recipient,
        headers,
        wall,
        1,
        media_type=parcel.written.media_type,
        about=parcel.subject,
    )
    whole = with_chunk(body, 1, wall, len(parcel.written.body))
    return [chunk(id, 1, parcel.written.body), Change(MESSAGE, id, whole, 0)]
