"""Judges how a client takes the events that it subscribed to: from a mailbox, a queue or a webhook.

Source: MESH API, "Acknowledge message"; Amazon SQS API reference, ReceiveMessage and
DeleteMessage; Standard Webhooks 1.0.
"""

from collections.abc import Iterator
from typing import Any

from openroots.gateway.clients.call import Call
from openroots.gateway.clients.rule import Seen, Watched, against, for_it

READ, ACKNOWLEDGE = "mesh.read-message", "mesh.acknowledge-message"
LISTS = frozenset({"mesh.list-inbox", READ})
ACT = "queues.act"
TARGET, RECEIVE = "x-amz-target", "AmazonSQS.ReceiveMessage"
DELETE, DELETE_MANY = "AmazonSQS.DeleteMessage", "AmazonSQS.DeleteMessageBatch"
TAKEN = "delivered"


def acknowledged(watched: Watched) -> Iterator[Seen]:
    """Each message that was read is acknowledged, once."""
    for call in watched.calls:
        for message in _received(call):
            yield from _settled(message, call, watched)


def taken(watched: Watched) -> Iterator[Seen]:
    """Each event that was sent to its webhook was taken at the first try, twice or not."""
    for event in watched.events:
        told = f"event {event['id']}, attempt {event['attempt']}: {event['told']}"
        yield Seen(event["outcome"] == TAKEN, "", told)


def _settled(message: str, call: Call, watched: Watched) -> Iterator[Seen]:
    """What came of a message that this call received."""
    later = list(watched.after(call))
    done = [each for each in later if message in _acknowledges(each) and 200 <= each.status < 300]
    if len(done) > 1:
        yield against(done[1], f"acknowledged in trail {done[0].id} already")
    elif done:
        yield for_it(done[0], f"acknowledged what trail {call.id} received")
    elif any(_asks_for_more(each) for each in later):
        yield against(call, "never acknowledged, though more was asked for after it")


def _received(call: Call) -> list[str]:
    """What it received, by whatever an acknowledgement names it by."""
    if call.status != 200:
        return []
    if call.name == READ:
        return [call.recorded.path]
    if call.name == ACT and call.headers.get(TARGET) == RECEIVE:
        return _handles(call.answer.get("Messages"))
    return []


def _acknowledges(call: Call) -> list[str]:
    if call.name == ACKNOWLEDGE:
        return [call.recorded.path.removesuffix("/status/acknowledged")]
    if call.name == ACT and call.headers.get(TARGET) == DELETE:
        return _handles([call.sent])
    if call.name == ACT and call.headers.get(TARGET) == DELETE_MANY:
        return _handles(call.sent.get("Entries"))
    return []


def _asks_for_more(call: Call) -> bool:
    return call.name in LISTS or (call.name == ACT and call.headers.get(TARGET) == RECEIVE)


def _handles(held: Any) -> list[str]:
    items = held if isinstance(held, list) else ()
    return [
        str(each["ReceiptHandle"])
        for each in items
        if isinstance(each, dict) and "ReceiptHandle" in each
    ]
