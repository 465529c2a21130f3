"""A message in a queue: what is kept of it, when it can be seen, and how it is shown.

For the actions, and for delivery, which puts events there.

Source: Amazon SQS API reference, "Message" and "ReceiveMessage"; the developer guide for the MD5
of attributes.
"""

from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from hashlib import md5, sha256
from typing import Any

from openroots.problem import Json, Problem
from openroots.storage import How, Query, Row, Snapshot, Term

MESSAGE = "QueueMessage"
OF_QUEUE, VISIBLE = "queue", "visible/"  # the terms of a message: the second with the queue's id
STRING, BINARY = b"\x01", b"\x02"


def message(
    queue: str, place: str, id: str, body: str, sent: datetime, delay: int = 0, **more: Any
) -> Json:
    """A message as it is stored. `place` sorts as messages are to be received."""
    return {
        "queue": queue,
        "key": f"{sha256(queue.encode()).hexdigest()[:16]}-{place}-{id}",
        "id": id,
        "body": body,
        "sent": sent.isoformat(),
        "visible": _instant(sent + timedelta(seconds=delay)),
        "received": 0,
        "first": None,
        "receipt": "",
        "attributes": {},
        "subject": "",
        **more,
    }


def terms(body: Json) -> Iterable[tuple[str, str]]:
    """What a message is found by."""
    yield OF_QUEUE, body["queue"]
    yield f"{VISIBLE}{body['queue']}", body["visible"]


def visible(queue: str, now: datetime, limit: int, db: Snapshot) -> list[Row]:
    """Messages that can be received now, those that came first at the front."""
    term = Term(f"{VISIBLE}{queue}", (_instant(now),), How.TO)
    return list(db.search(Query(MESSAGE, (term,), limit)).rows)


def taken(body: Json, now: datetime, seconds: int, receipt: str) -> Json:
    """The message once it was received: hidden for so long, under another receipt."""
    return {
        **body,
        "visible": _instant(now + timedelta(seconds=seconds)),
        "received": body["received"] + 1,
        "first": body["first"] or now.isoformat(),
        "receipt": receipt,
    }


def hidden_until(body: Json, moment: datetime) -> Json:
    """The message, hidden until another moment."""
    return {**body, "visible": _instant(moment)}


def is_hidden(body: Json, now: datetime) -> bool:
    """Whether it cannot be received now."""
    return bool(body["visible"] > _instant(now))


def handle_of(body: Json) -> str:
    """The handle by which whoever received it deletes it."""
    return urlsafe_b64encode(f"{body['key']} {body['receipt']}".encode()).decode()


def key_of(handle: object) -> tuple[str, str]:
    """The message and the receipt that a handle means. Raises Problem for what is none."""
    if handle is None:
        raise Problem("parameter-missing", name="ReceiptHandle")
    try:
        key, _, receipt = urlsafe_b64decode(str(handle).encode("ascii")).decode().partition(" ")
    except ValueError:
        raise Problem("handle-invalid") from None
    if not key or not receipt:
        raise Problem("handle-invalid")
    return key, receipt


def shown(body: Json, system: Iterable[str], wanted: Iterable[str], application: str) -> Json:
    """The message as it is received, with the attributes that were asked for."""
    made: Json = {
        "MessageId": body["id"],
        "ReceiptHandle": handle_of(body),
        "MD5OfBody": digest(body["body"]),
        "Body": body["body"],
    }
    if told := _system(body, application, frozenset(system)):
        made["Attributes"] = told
    names = tuple(wanted)
    attributes = {
        name: value for name, value in body["attributes"].items() if _is_asked(name, names)
    }
    if attributes:
        made["MessageAttributes"] = attributes
        made["MD5OfMessageAttributes"] = attributes_digest(attributes)
    return made


def digest(text: str) -> str:
    """The MD5 of a body, by which clients see that it came whole."""
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def attributes_digest(attributes: Json) -> str:
    """The MD5 of attributes, in the form that clients work out too."""
    parts = b"".join(part for name in sorted(attributes) for part in _parts(name, attributes[name]))
    return md5(parts, usedforsecurity=False).hexdigest()


def _parts(name: str, attribute: Json) -> Iterator[bytes]:
    for text in (name, attribute["DataType"]):
        yield from _sized(text.encode())
    if "BinaryValue" in attribute:
        yield BINARY
        yield from _sized(b64decode(attribute["BinaryValue"]))
    else:
        yield STRING
        yield from _sized(attribute["StringValue"].encode())


def _sized(content: bytes) -> Iterator[bytes]:
    yield len(content).to_bytes(4, "big")
    yield content


def _is_asked(name: str, wanted: tuple[str, ...]) -> bool:
    return any(
        each in ("All", ".*", name) or (each.endswith(".*") and name.startswith(each[:-1]))
        for each in wanted
    )


def _system(body: Json, application: str, wanted: frozenset[str]) -> Json:
    told = {
        "SenderId": application,
        "SentTimestamp": _millis(body["sent"]),
        "ApproximateReceiveCount": str(body["received"]),
        "ApproximateFirstReceiveTimestamp": _millis(body["first"]),
    }
    return {name: value for name, value in told.items() if wanted & {"All", name}}


def _millis(moment: str) -> str:
    return str(int(datetime.fromisoformat(moment).timestamp() * 1000))


def _instant(moment: datetime) -> str:
    """Of fixed width, so that text compares as time does."""
    return moment.isoformat(timespec="microseconds")
