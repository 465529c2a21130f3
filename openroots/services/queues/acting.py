"""What can be done with queues and the messages in them.

Everything comes to one address; a header says what is to be done. Time is that of the machine:
a message is hidden for as long as its receiver's clock says.

Source: Amazon SQS API reference, "Actions".
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from openroots.problem import Json, Problem
from openroots.service import OPENLY, Later, Reply, Request
from openroots.services.queues import service
from openroots.services.queues.asked import Asked, entries, refused_entry
from openroots.services.queues.failures import OWN
from openroots.services.queues.managing import MANAGING, Done
from openroots.services.queues.messages import (
    MESSAGE,
    attributes_digest,
    digest,
    hidden_until,
    is_hidden,
    key_of,
    message,
    shown,
    taken,
    terms,
    visible,
)
from openroots.services.queues.names import NAMED, OWNED, QUEUE, SECONDS, caller_of
from openroots.storage import Change, Row, Snapshot

TARGET = "AmazonSQS."
LARGEST = 1 << 20
AMONG = 20  # times as many messages as are wanted are looked at where others receive too

Act = Callable[[Asked, Snapshot], Done]


@service.indexes(QUEUE)
def index_queue(body: Json) -> Iterator[tuple[str, str]]:
    """Whose a queue is, and by what name they know it."""
    yield OWNED, body["application"]
    yield NAMED, f"{body['application']}/{body['name']}"


service.indexes(MESSAGE)(terms)


def act(request: Request, db: Snapshot) -> Reply:
    """Do what the header X-Amz-Target says."""
    caller = caller_of(request.headers.get("authorization"), db)
    name = request.headers["x-amz-target"].removeprefix(TARGET)
    body = request.body if request.body is not None else {}
    if not isinstance(body, dict):
        raise Problem("body-not-json")
    if (action := ACTIONS.get(name)) is None:
        raise Problem("action-unknown", action=name)
    done = action(Asked(request, caller, body), db)
    return Reply(done.told, changes=tuple(done.changes), about=done.about, caller=caller)


def receive(asked: Asked, db: Snapshot) -> Done:
    """Messages that nobody is at work on, hidden from others for a while."""
    queue = asked.queue(db)
    limit = asked.number("MaxNumberOfMessages", 1, 1, 10)
    usual = int(queue["attributes"].get("VisibilityTimeout", SECONDS))
    seconds = asked.number("VisibilityTimeout", usual, 0, 43_200)
    patience = int(queue["attributes"].get("ReceiveMessageWaitTimeSeconds", 0))
    wait = asked.number("WaitTimeSeconds", patience, 0, 20)
    system = [*asked.texts("AttributeNames"), *asked.texts("MessageSystemAttributeNames")]
    wanted = asked.texts("MessageAttributeNames")
    rows = _free(asked, limit, db)
    if not rows and wait and asked.request.patient:
        raise Later(wait)
    changed = [
        (row, taken(row.body, asked.wall, seconds, asked.request.chance(8).hex())) for row in rows
    ]
    messages = [shown(body, system, wanted, asked.caller.application) for _, body in changed]
    changes = [Change(MESSAGE, row.id, body, row.version) for row, body in changed]
    about = tuple(dict.fromkeys(body["subject"] for _, body in changed if body["subject"]))
    return Done({"Messages": messages} if messages else {}, changes, about)


def _free(asked: Asked, limit: int, db: Snapshot) -> list[Row]:
    """Messages to be received: those that came first; when asked again, as others took those, some
    of those behind them, or all who receive would get in each other's way again."""
    if asked.request.patient:
        return visible(asked.address.id, asked.wall, limit, db)
    rows = visible(asked.address.id, asked.wall, limit * AMONG, db)
    parts = [rows[at : at + limit] for at in range(0, len(rows), limit)]
    return parts[asked.request.chance(1)[0] % len(parts)] if parts else []


def send(asked: Asked, db: Snapshot) -> Done:
    """A message into the queue."""
    queue = asked.queue(db)
    told, change = _sent(asked, queue, 0)
    return Done(told, [change])


def delete(asked: Asked, db: Snapshot) -> Done:
    """What was received is done with. One that is gone already is no failure."""
    asked.queue(db)
    key, _ = key_of(asked.body.get("ReceiptHandle"))
    row = _held(asked, key, db)
    return Done({}, [_removed(row)] if row else [])


def hide(asked: Asked, db: Snapshot) -> Done:
    """Hide what was received for longer, or no longer."""
    asked.queue(db)
    return Done({}, [_hidden(asked, db)])


def _hidden(asked: Asked, db: Snapshot) -> Change:
    seconds = asked.number("VisibilityTimeout", None, 0, 43_200)
    key, receipt = key_of(asked.body.get("ReceiptHandle"))
    row = _held(asked, key, db)
    if row is None:
        raise Problem("message-gone")
    body = row.body
    if body["receipt"] != receipt or not is_hidden(body, asked.wall):
        raise Problem("not-in-flight")
    return Change(MESSAGE, row.id, hidden_until(body, asked.after(seconds)), row.version)


def _sent(asked: Asked, queue: Json, number: int) -> tuple[Json, Change]:
    """What is told of a message that is sent, and the change that makes it."""
    text = asked.content("MessageBody")
    attributes = asked.attributes()
    usual = int(queue["attributes"].get("DelaySeconds", 0))
    delay = asked.number("DelaySeconds", usual, 0, 900)
    place = f"s{int(asked.wall.timestamp() * 1e6):017d}{number}"
    id = asked.new_id()
    body = message(asked.address.id, place, id, text, asked.wall, delay, attributes=attributes)
    told = {"MessageId": id, "MD5OfMessageBody": digest(text)}
    if attributes:
        told["MD5OfMessageAttributes"] = attributes_digest(attributes)
    return told, Change(MESSAGE, body["key"], body, 0)


def _held(asked: Asked, key: str, db: Snapshot) -> Row | None:
    row = db.get(MESSAGE, key)
    return row if row and row.body["queue"] == asked.address.id else None


def _removed(row: Row) -> Change:
    return Change(MESSAGE, row.id, None, row.version)


class _Entry(NamedTuple):
    """What one entry of a batch comes to."""

    told: Json
    change: Change | None


def _batch(one: Callable[[Asked, Json, int, Snapshot], _Entry], asked: Asked, db: Snapshot) -> Done:
    """Each entry by itself: what is wrong with one is told of that one."""
    queue = asked.queue(db)
    successful, failed = [], []
    changes: dict[str, Change] = {}
    for number, entry in enumerate(entries(asked.body)):
        try:
            told, change = one(asked.of(entry), queue, number, db)
        except Problem as problem:
            failed.append(refused_entry(entry["Id"], OWN[problem.row].told(problem.fields)))
            continue
        successful.append({"Id": entry["Id"], **told})
        if change is not None:
            changes[change.id] = change
    return Done({"Successful": successful, "Failed": failed}, list(changes.values()))


def _send_entry(asked: Asked, queue: Json, number: int, db: Snapshot) -> _Entry:
    return _Entry(*_sent(asked, queue, number))


def _delete_entry(asked: Asked, queue: Json, number: int, db: Snapshot) -> _Entry:
    row = _held(asked, key_of(asked.body.get("ReceiptHandle"))[0], db)
    return _Entry({}, _removed(row) if row else None)


def _hide_entry(asked: Asked, queue: Json, number: int, db: Snapshot) -> _Entry:
    return _Entry({}, _hidden(asked, db))


ACTIONS: Mapping[str, Act] = {
    **MANAGING,
    "ReceiveMessage": receive,
    "SendMessage": send,
    "SendMessageBatch": partial(_batch, _send_entry),
    "DeleteMessage": delete,
    "DeleteMessageBatch": partial(_batch, _delete_entry),
    "ChangeMessageVisibility": hide,
    "ChangeMessageVisibilityBatch": partial(_batch, _hide_entry),
}

DECLARED: dict[str, Any] = {
    "access": OPENLY,
    "takes": ("application/x-amz-json-1.0", "application/json"),
    "largest": 4 << 20,
    "reads": 20,
    "fails": tuple(OWN),
    "body_schema": {"type": "object"},
    "example": {"QueueUrl": "http://localhost:1948/sqs/000000000000/changes"},
}

service.endpoint("POST", "/", **DECLARED)(act)
