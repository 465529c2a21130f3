"""Queues themselves: made, found, listed, looked at, emptied and removed.

Source: Amazon SQS API reference, CreateQueue and the actions about queues.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from openroots.problem import Json, Problem
from openroots.services.queues.asked import Asked
from openroots.services.queues.messages import MESSAGE, OF_QUEUE, is_hidden
from openroots.services.queues.names import (
    ACCOUNT,
    NAME,
    OWNED,
    QUEUE,
    SECONDS,
    Address,
    named,
    new_queue,
)
from openroots.storage import Change, Query, Row, Snapshot, Term

MOST_COUNTED = 1000
# The attributes of a queue that can be set, each with its bounds and what it is otherwise.
NUMBERS: Mapping[str, tuple[int, int, int]] = {
    "VisibilityTimeout": (0, 43_200, SECONDS),
    "DelaySeconds": (0, 900, 0),
    "MaximumMessageSize": (1_024, 1 << 20, 1 << 20),
    "MessageRetentionPeriod": (60, 1_209_600, 345_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20, 0),
}
COUNTED = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
TOLD = ("CreatedTimestamp", "LastModifiedTimestamp", "QueueArn")
KNOWN = frozenset({"All", *NUMBERS, *COUNTED, *TOLD})


class Done(NamedTuple):
    """What an action tells, what it changes, and whose data it tells of."""

    told: Json
    changes: Iterable[Change] = ()
    about: tuple[str, ...] = ()


def create(asked: Asked, db: Snapshot) -> Done:
    """A queue; where it is there already, and alike, it is told again."""
    name = asked.text("QueueName")
    if not NAME.fullmatch(name):
        reason = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 long"
        raise Problem("parameter-invalid", name="QueueName", value=name[:80], reason=reason)
    attributes = _settable(asked.body.get("Attributes"))
    address = Address(asked.caller.application, ACCOUNT, name)
    told = {"QueueUrl": address.url(asked.request.origin)}
    if row := _row(address, db):
        for each, value in attributes.items():
            if row.body["attributes"].get(each, str(NUMBERS[each][2])) != value:
                raise Problem("queue-differs", name=each)
        return Done(told)
    body = new_queue(address, asked.wall.isoformat(), attributes)
    return Done(told, [Change(QUEUE, address.id, body, 0)])


def get_url(asked: Asked, db: Snapshot) -> Done:
    """The address of a queue."""
    account = asked.text("QueueOwnerAWSAccountId", "")
    address = named(asked.text("QueueName"), account, asked.caller.application, db)
    if address is None:
        raise Problem("queue-unknown")
    return Done({"QueueUrl": address.url(asked.request.origin)})


def list_queues(asked: Asked, db: Snapshot) -> Done:
    """The addresses of the caller's queues, of which the names may have to begin so."""
    prefix = asked.text("QueueNamePrefix", "")
    limit = asked.number("MaxResults", 1000, 1, 1000)
    after = asked.text("NextToken", "")
    term = Term(OWNED, (asked.caller.application,))
    page = db.search(Query(QUEUE, (term,), limit, after))
    addresses = (
        Address(body["application"], body["account"], body["name"])
        for body in (row.body for row in page.rows)
        if body["name"].startswith(prefix)
    )
    told: Json = {"QueueUrls": [each.url(asked.request.origin) for each in addresses]}
    return Done(told | ({"NextToken": page.next} if page.next else {}))


def look(asked: Asked, db: Snapshot) -> Done:
    """A queue's attributes, and how many messages are in it."""
    queue = asked.queue(db)
    names = asked.texts("AttributeNames")
    for name in names:
        if name not in KNOWN:
            raise Problem("attribute-unknown", name=name)
    told = {name: queue["attributes"].get(name, str(NUMBERS[name][2])) for name in NUMBERS}
    told |= {
        "CreatedTimestamp": _seconds(queue["created"]),
        "LastModifiedTimestamp": _seconds(queue["changed"]),
        "QueueArn": asked.address.arn,
    }
    if set(names) & {"All", *COUNTED}:
        told |= _counts(asked, db)
    found = {name: value for name, value in told.items() if set(names) & {"All", name}}
    return Done({"Attributes": found} if found else {})


def change(asked: Asked, db: Snapshot) -> Done:
    """Some attributes of a queue."""
    queue = asked.queue(db)
    attributes = _settable(asked.body.get("Attributes"))
    body = {
        **queue,
        "changed": asked.wall.isoformat(),
        "attributes": {**queue["attributes"], **attributes},
    }
    row = _row(asked.address, db)
    return Done({}, [Change(QUEUE, asked.address.id, body, row.version if row else 0)])


def empty(asked: Asked, db: Snapshot) -> Done:
    """A queue without its messages."""
    asked.queue(db)
    return Done({}, _without(_messages(asked, db)))


def remove(asked: Asked, db: Snapshot) -> Done:
    """No queue any more, and no message of it."""
    asked.queue(db)
    changes = _without(_messages(asked, db))
    if row := _row(asked.address, db):
        changes.append(Change(QUEUE, row.id, None, row.version))
    return Done({}, changes)


MANAGING: Mapping[str, Callable[[Asked, Snapshot], Done]] = {
    "CreateQueue": create,
    "GetQueueUrl": get_url,
    "ListQueues": list_queues,
    "GetQueueAttributes": look,
    "SetQueueAttributes": change,
    "PurgeQueue": empty,
    "DeleteQueue": remove,
}


def _row(address: Address, db: Snapshot) -> Row | None:
    return db.get(QUEUE, address.id)


def _messages(asked: Asked, db: Snapshot) -> list[Row]:
    term = Term(OF_QUEUE, (asked.address.id,))
    rows: list[Row] = []
    after = ""
    while True:
        page = db.search(Query(MESSAGE, (term,), MOST_COUNTED, after))
        rows += page.rows
        if not (after := page.next):
            return rows


def _without(rows: Iterable[Row]) -> list[Change]:
    return [Change(MESSAGE, row.id, None, row.version) for row in rows]


def _counts(asked: Asked, db: Snapshot) -> Json:
    term = Term(OF_QUEUE, (asked.address.id,))
    bodies = [row.body for row in db.search(Query(MESSAGE, (term,), MOST_COUNTED)).rows]
    hidden = [body for body in bodies if is_hidden(body, asked.wall)]
    delayed = [body for body in hidden if not body["received"]]
    counts = (len(bodies) - len(hidden), len(hidden) - len(delayed), len(delayed))
    return {name: str(count) for name, count in zip(COUNTED, counts, strict=True)}


def _settable(given: object) -> dict[str, str]:
    """Attributes as they are kept. Raises Problem for one that is none, or is out of bounds."""
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise Problem("parameter-invalid", name="Attributes", value="given", reason="Not a map.")
    for name, value in given.items():
        if name not in NUMBERS:
            raise Problem("attribute-unknown", name=name)
        least, most, _ = NUMBERS[name]
        text = str(value)
        if not (text.isascii() and text.isdigit()) or not least <= int(text[:10]) <= most:
            reason = f"Must be between {least} and {most}."
            raise Problem("parameter-invalid", name=name, value=text[:50], reason=reason)
    return {name: str(value) for name, value in given.items()}


def _seconds(moment: str) -> str:
    return str(int(datetime.fromisoformat(moment).timestamp()))
