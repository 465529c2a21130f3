"""What a request to a queue asks, each value as it must be.

For the actions.

Source: Amazon SQS API reference, the parameters of each action.
"""

import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from openroots.clock import new_uuid
from openroots.problem import Failure, Json, Problem
from openroots.service import Caller, Request
from openroots.services.queues.names import Address, by_url, find
from openroots.storage import Snapshot

MOST_ENTRIES = 10
MOST_ATTRIBUTES = 10
LARGEST = 1 << 20  # bytes of a message
ENTRY_ID = re.compile(r"[A-Za-z0-9_-]{1,80}", re.ASCII)
ATTRIBUTE = re.compile(r"[A-Za-z0-9_.-]{1,256}", re.ASCII)
DATA_TYPE = re.compile(r"(String|Number|Binary)(\.[^\s]{1,240})?")
CONTENT = re.compile(r"[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, or one entry of a batch: who asks, and for what."""

    request: Request
    caller: Caller
    body: Json
    url: str | None = None  # of an entry, the queue's of the whole

    @property
    def wall(self) -> datetime:
        """The machine's time."""
        return self.request.wall

    @property
    def address(self) -> Address:
        """The queue that is asked about."""
        url = self.body.get("QueueUrl") if self.url is None else self.url
        return by_url(url, self.caller.application)

    def of(self, entry: Json) -> "Asked":
        """The same request, for one entry of its batch."""
        return replace(self, body=entry, url=str(self.body.get("QueueUrl")))

    def queue(self, db: Snapshot) -> Json:
        """The queue that is asked about. Raises Problem where it is not there."""
        if (queue := find(self.address, db)) is None:
            raise Problem("queue-unknown")
        return queue

    def after(self, seconds: int) -> datetime:
        """The moment so many seconds from now."""
        return self.wall + timedelta(seconds=seconds)

    def new_id(self) -> str:
        """An id for something new."""
        return new_uuid(self.request.chance)

    def text(self, name: str, otherwise: str | None = None) -> str:
        """A parameter that is text. Raises Problem where it is needed and not there."""
        value = self.body.get(name, otherwise)
        if value is None:
            raise Problem("parameter-missing", name=name)
        if not isinstance(value, str):
            raise _invalid(name, value, "Must be text.")
        return value

    def number(self, name: str, otherwise: int | None, least: int, most: int) -> int:
        """A parameter that is a whole number between two bounds."""
        value = self.body.get(name, otherwise)
        if value is None:
            raise Problem("parameter-missing", name=name)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise _invalid(name, value, f"Must be between {least} and {most}, if provided.")
        return value

    def texts(self, name: str) -> list[str]:
        """A parameter that is a list of texts."""
        value = self.body.get(name, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise _invalid(name, value, "Must be a list of text.")
        return value

    def content(self, name: str) -> str:
        """The body of a message."""
        text = self.text(name)
        if not text:
            raise Problem("parameter-missing", name=name)
        if not CONTENT.fullmatch(text):
            raise Problem("content-invalid")
        if len(text.encode()) > LARGEST:
            raise _invalid(
                name, "given", f"One or more parameters are longer than {LARGEST} bytes."
            )
        return text

    def attributes(self) -> Json:
        """The attributes that a message is sent with."""
        given = self.body.get("MessageAttributes", {})
        if not isinstance(given, dict) or len(given) > MOST_ATTRIBUTES:
            raise _invalid("MessageAttributes", "given", f"At most {MOST_ATTRIBUTES} attributes.")
        for name, value in given.items():
            if not ATTRIBUTE.fullmatch(name) or not _is_attribute(value):
                raise _invalid("MessageAttributes", name, "Not a name with type and value.")
        return given


def entries(body: Json) -> Iterator[Json]:
    """The entries of a batch. Raises Problem where there are none, too many, two alike, or where
    they hold more than one message may."""
    given = body.get("Entries")
    if not isinstance(given, list) or not given:
        raise Problem("batch-empty")
    if len(given) > MOST_ENTRIES:
        raise Problem("batch-long", count=len(given))
    ids = [entry.get("Id") if isinstance(entry, dict) else None for entry in given]
    for id in ids:
        if not isinstance(id, str) or not ENTRY_ID.fullmatch(id):
            raise Problem("batch-id-invalid")
        if ids.count(id) > 1:
            raise Problem("batch-ids", id=id)
    if (size := sum(len(str(entry.get("MessageBody", "")).encode()) for entry in given)) > LARGEST:
        raise Problem("batch-too-large", limit=LARGEST, size=size)
    return iter(given)


def refused_entry(id: str, failure: Failure) -> Json:
    """What is told of an entry that was refused."""
    return {"Id": id, "SenderFault": True, "Code": failure.code, "Message": failure.words}


def _is_attribute(value: Any) -> bool:
    if not isinstance(value, dict) or not DATA_TYPE.fullmatch(str(value.get("DataType", ""))):
        return False
    if value["DataType"].startswith("Binary"):
        try:
            return bool(b64decode(str(value.get("BinaryValue", "")), validate=True))
        except ValueError:
            return False
    text = value.get("StringValue")
    return isinstance(text, str) and bool(text)


def _invalid(name: str, value: object, reason: str) -> Problem:
    shown = str(value)
    return Problem("parameter-invalid", name=name, value=shown[:50], reason=reason)
