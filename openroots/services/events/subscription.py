"""What a Subscription must be, and what is kept of one.

For the endpoints that write one. What it holds beyond what is looked at here is kept and shown to
its owner as it was sent.

Source: Multicast Notification Service API, "Create a subscription"; FHIR R4 4.0.1, Subscription.
Endpoints of type rest-hook, lists and residences are ours.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from openroots.delivery.addresses import is_host
from openroots.problem import Json
from openroots.service import Caller, Problem
from openroots.services.events.cloudevent import CLOUD_EVENTS, Found, is_instant
from openroots.services.events.criteria import Criteria, parse
from openroots.services.events.names import (
    CATALOGUE,
    LIST,
    PEOPLE_LIST,
    RESIDENCE,
    SUBSCRIPTION,
    is_filter,
)
from openroots.services.events.permissions import SUBSCRIBE, is_known
from openroots.storage import Guard, Snapshot, Unchanged

MESSAGE_ENDPOINT = re.compile(
    r"mesh://\w*\?workflow_id=[\w.-]+|arn:aws:sqs:eu-west-2:\d{0,12}:[\w.-]*", re.ASCII
)
QUEUE = "arn:aws:sqs:"
HOOK = "rest-hook"
THIS_MACHINE = re.compile(r"localhost|127(\.\d{1,3}){3}|::1", re.ASCII)
LONGEST_URL = 2_000
PAYLOADS = ("application/json", "application/fhir+json")
HOOK_PAYLOADS = (*PAYLOADS, CLOUD_EVENTS)
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}", re.ASCII)

ROWS = (
    "not-a-subscription",
    "status-invalid",
    "end-invalid",
    "reason-invalid",
    "criteria-invalid",
    "list-unknown",
    "residence-unknown",
    "channel-invalid",
    "channel-type-invalid",
    "endpoint-invalid",
    "payload-invalid",
    "hydration-invalid",
    "several-invalid",
)

EXAMPLE: Json = {
    "resourceType": "Subscription",
    "status": "requested",
    "reason": "Keep our records as they should be",
    "criteria": "eventType='pds-record-change-2' AND generalpractitioner='Y12345'",
    "channel": {
        "type": "message",
        "endpoint": "arn:aws:sqs:eu-west-2:123456789012:changes",
        "payload": "application/fhir+json",
    },
}

SCHEMA: Json = {
    "type": "object",
    "required": ["resourceType", "status", "reason", "criteria", "channel"],
    "properties": {
        "resourceType": {"type": "string", "enum": ["Subscription"]},
        "status": {"type": "string", "enum": ["requested"]},
        "end": {"type": "string", "format": "date-time"},
        "reason": {"type": "string"},
        "criteria": {"type": "string", "pattern": "^eventType=.*$"},
        "channel": {
            "type": "object",
            "required": ["type", "endpoint", "payload"],
            "properties": {
                "type": {"type": "string", "enum": ["message", HOOK]},
                "endpoint": {"type": "string"},
                "payload": {"type": "string", "enum": list(HOOK_PAYLOADS)},
            },
        },
        "hydration": {
            "type": "object",
            "required": ["enabled"],
            "properties": {
                "enabled": {"type": "boolean"},
                "headers": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        },
    },
}


def wrong_in(body: Any, caller: Caller) -> Found:
    """What is wrong with a subscription: rows of the failures table."""
    if not isinstance(body, dict) or body.get("resourceType") != SUBSCRIPTION:
        return {"not-a-subscription": {}}
    return {row: {} for row in _wrong_rows(body, caller)}


def kept(body: Json, id: str) -> Json:
    """The subscription as its owner reads it: active at once."""
    return {**body, "id": id, "status": "active"}


def criteria_of(body: Json) -> Criteria:
    """The criteria of a subscription that was found to be in order."""
    criteria = parse(body["criteria"])
    assert criteria is not None
    return criteria


def queue_key(body: Json) -> str:
    """By what a queue and an event type are known together; "" for any other endpoint."""
    endpoint, criteria = str(body["channel"]["endpoint"]), parse(body["criteria"])
    taken = criteria is not None and endpoint.startswith(QUEUE)
    return f"{criteria.type}\t{endpoint}" if taken and criteria else ""


def references(criteria: Criteria, caller: Caller, db: Snapshot) -> tuple[Guard, ...]:
    """That the lists which criteria name stay as they are. Raises Problem for a list that is not
    the caller's, or an organisation without an address."""
    wanted = {LIST: PEOPLE_LIST, RESIDENCE: "Organization"}
    keys = [
        (wanted[key], value.lower() if key == LIST else value)
        for key, value in criteria.filters
        if key in wanted
    ]
    found, guards = db.read(keys) if keys else {}, []
    for key in keys:
        body = found[key].body if key in found else {}
        if key[0] == PEOPLE_LIST and body.get("application") != caller.application:
            raise Problem("list-unknown")
        if key[0] == "Organization" and not body.get("address"):
            raise Problem("residence-unknown")
        if key[0] == PEOPLE_LIST:
            guards.append(Unchanged(*key, found[key].version))
    return tuple(guards)


def _wrong_rows(body: Json, caller: Caller) -> Iterator[str]:
    if body.get("status") != "requested":
        yield "status-invalid"
    if "end" in body and not is_instant(body["end"]):
        yield "end-invalid"
    if not isinstance(body.get("reason"), str):
        yield "reason-invalid"
    if not _is_criteria(body.get("criteria"), caller):
        yield "criteria-invalid"
    channel = body.get("channel")
    yield from _wrong_in_channel(channel) if isinstance(channel, dict) else ("channel-invalid",)
    if "hydration" in body and not _is_hydration(body["hydration"]):
        yield "hydration-invalid"


def _is_criteria(text: Any, caller: Caller) -> bool:
    criteria = parse(text)
    if criteria is None or not is_known(criteria.type, caller, SUBSCRIBE):
        return False
    # What events of a type of one's own can be chosen by, only their publisher knows.
    return criteria.type not in CATALOGUE or all(is_filter(key) for key, _ in criteria.filters)


def _wrong_in_channel(channel: Json) -> Iterator[str]:
    type, endpoint = channel.get("type"), channel.get("endpoint")
    if type not in ("message", HOOK):
        yield "channel-type-invalid"
    elif not isinstance(endpoint, str) or not (_is_url if type == HOOK else _is_message)(endpoint):
        yield "endpoint-invalid"
    if channel.get("payload") not in (HOOK_PAYLOADS if type == HOOK else PAYLOADS):
        yield "payload-invalid"


def _is_message(endpoint: str) -> bool:
    return MESSAGE_ENDPOINT.fullmatch(endpoint) is not None


def _is_url(endpoint: str) -> bool:
    """An https:// URL, or an http:// one of this machine. Who may be called is settled later."""
    if len(endpoint) > LONGEST_URL or not endpoint.isprintable() or " " in endpoint:
        return False
    try:
        parts = urlsplit(endpoint)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    if "@" in parts.netloc or parts.fragment or "%" in host or not is_host(host):
        return False
    return parts.scheme == "https" or (
        parts.scheme == "http" and THIS_MACHINE.fullmatch(host) is not None
    )


def _is_hydration(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("enabled"), bool):
        return False
    headers = value.get("headers", {})
    return isinstance(headers, dict) and all(
        HEADER_NAME.fullmatch(name) and isinstance(text, str) and _is_header(text)
        for name, text in headers.items()
    )


def _is_header(text: str) -> bool:
    return not text or (text.isascii() and text.isprintable())
