"""What to commit so that events are in the queue that a subscription names.

For delivery. The queue is made with the first of them.

Source: none.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from openroots.delivery.source import Parcel
from openroots.services.queues.messages import MESSAGE, message
from openroots.services.queues.names import QUEUE, by_arn, new_queue
from openroots.storage import Change, Snapshot


def placed(parcels: Sequence[Parcel], db: Snapshot, wall: datetime) -> list[Change]:
    """The messages that these parcels of one subscription become, and their queue: those that are
    not there yet."""
    subscriber = parcels[0].subscriber
    address = by_arn(subscriber.endpoint, subscriber.application)
    made = [_message(parcel, address.id, wall) for parcel in parcels]
    there = db.read([(QUEUE, address.id), *((MESSAGE, each.id) for each in made)])
    changes = [each for each in made if (MESSAGE, each.id) not in there]
    if (QUEUE, address.id) not in there:
        queue = new_queue(address, wall.isoformat())
        changes.append(Change(QUEUE, address.id, queue, 0))
    return changes


def _message(parcel: Parcel, queue: str, wall: datetime) -> Change:
    """One message, whose id follows from the parcel's."""
    id = str(UUID(hex=parcel.id.removeprefix("msg_"), version=4))
    text = parcel.written.body.decode()
    body = message(queue, parcel.place, id, text, wall, subject=parcel.subject)
    return Change(MESSAGE, body["key"], body, 0)
