"""What to commit so that events are in the mailbox that a subscription names.

For delivery.

    mesh://X26ABC1?workflow_id=CHANGES

Source: Multicast Notification Service API, endpoints of a channel; MESH API for the headers.
"""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from openroots.delivery.placing import NoPlace
from openroots.delivery.source import Parcel
from openroots.problem import Json
from openroots.services.mesh.mailboxes import MAILBOX
from openroots.services.mesh.messages import MESSAGE, chunk, message, with_chunk
from openroots.storage import Change, Snapshot

SCHEME = "mesh://"
SENDER = "OPENROOTS"
ID_LENGTH = 8


def placed(parcels: Sequence[Parcel], db: Snapshot, wall: datetime) -> list[Change]:
    """The messages that these parcels of one subscription become: those not there yet. Raises
    NoPlace where there is no such mailbox."""
    url = urlsplit(parcels[0].subscriber.endpoint)
    mailbox, workflow = url.netloc, parse_qs(url.query).get("workflow_id", [""])[0]
    ids = {_id(parcel): parcel for parcel in parcels}
    there = db.read([(MAILBOX, mailbox), *((MESSAGE, id) for id in ids)])
    if (MAILBOX, mailbox) not in there:
        raise NoPlace("no such mailbox")
    recipient = there[MAILBOX, mailbox].body
    return [
        change
        for id, parcel in ids.items()
        if (MESSAGE, id) not in there
        for change in _message(id, parcel, recipient, workflow, wall)
    ]


def _id(parcel: Parcel) -> str:
    """The id of the message: it sorts as the feed does, and follows from the parcel's."""
    return f"{parcel.place.replace('.', '')}_{parcel.id.removeprefix('msg_')[:ID_LENGTH].upper()}"


def _message(
    id: str, parcel: Parcel, recipient: Json, workflow: str, wall: datetime
) -> list[Change]:
    headers = {
        "workflow_id": workflow,
        "local_id": parcel.id,
        "subject": parcel.type,
        "partner_id": parcel.subscriber.id,
    }
    body = message(
        id,
        SENDER,
        recipient,
        headers,
        wall,
        1,
        media_type=parcel.written.media_type,
        about=parcel.subject,
    )
    whole = with_chunk(body, 1, wall)
    return [chunk(id, 1, parcel.written.body), Change(MESSAGE, id, whole, 0)]
