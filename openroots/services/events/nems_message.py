"""Messages of NEMS: what one that is sent says, and the one by which a subscriber is told.

A message that was sent is told to those who subscribed through NEMS as it was sent, in XML. Those
who subscribed through MNS are told that it happened, and nothing of what is in it.

Source: National Events Management Service, its event messages (FHIR STU3 Bundle, MessageHeader).
"""

import re
from typing import Any, NamedTuple

from openroots.identifiers import NHSNumber
from openroots.problem import Json
from openroots.service import Problem
from openroots.services.events import stu3_xml
from openroots.services.events.cloudevent import as_cloudevent, is_instant
from openroots.services.events.names import (
    BIRTH_NOTIFIED,
    CHANGE_OF_GP,
    DEATH_NOTIFIED,
    RECORD_CHANGE,
)
from openroots.services.events.nems_criteria import PUBLISHABLE

FHIR_XML = "application/fhir+xml"
MESSAGE = "nems"  # the member of a kept event that holds the message
EVENT_SYSTEM = "https://fhir.nhs.uk/STU3/CodeSystem/EventType-1"
EXTENSION = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-"
ROUTING, EVENT_KIND = "RoutingDemographics-1", "MessageEventType-1"
KIND_SYSTEM = "https://fhir.nhs.uk/STU3/CodeSystem/MessageEventType-1"
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
LONGEST_ID = 64
VERSION = re.compile(r'(?:W/)?"?([A-Za-z0-9.-]{1,64})"?', re.ASCII)  # an ETag, or what it holds
KINDS = frozenset({"new", "update", "delete"})

MOVES = "changed_address='true'"  # in the criteria of who asked for changes of address

# What NEMS calls an event of ours that does not say so itself.
CODES = {
    CHANGE_OF_GP: "pds-change-of-gp-1",
    DEATH_NOTIFIED: "pds-death-notification-1",
    RECORD_CHANGE: "pds-record-change-1",
}


class Sent(NamedTuple):
    """What a message says of itself."""

    id: str
    event: str
    number: str
    kind: str
    time: str
    version: str


def sent(message: Any) -> Sent:
    """What a message that was sent says. Raises Problem for what is no message of an event that
    can be published."""
    header = _header(message)
    event = _part(header.get("event")).get("code")
    if event not in PUBLISHABLE:
        raise Problem("message-invalid", what="MessageHeader.event")
    meta = {**_part(message.get("meta")), **_part(header.get("meta"))}
    time = meta.get("lastUpdated") or header.get("timestamp")
    if not is_instant(time):
        raise Problem("message-invalid", what="meta.lastUpdated")
    kind = _kind(header)
    if not isinstance(kind, str) or kind not in KINDS:
        raise Problem("message-invalid", what="messageEventType")
    named, version = _short(message.get("id")), _short(meta.get("versionId"))
    return Sent(named, event, _number(header), kind, str(time), version)


def message_of(event: Json, subscription: Json, origin: str) -> bytes:
    """The message by which a subscriber of NEMS is told of an event, in XML.

    `origin` is the scheme and host of this server, where to ask about messages that it makes.
    """
    kept = event.get(MESSAGE) or {}
    if "xml" in kept:
        return str(kept["xml"]).encode()
    if "json" in kept:
        return stu3_xml.written(kept["json"])
    told = as_cloudevent(event)
    code = CODES.get(told["type"], str(told["type"]))
    if told["type"] == RECORD_CHANGE and MOVES in subscription["criteria"]:
        code = "pds-change-of-address-1"
    return stu3_xml.written(_made(told, code, f"{origin}/"))


def _made(event: Json, code: str, contact: str) -> Json:
    """A message that says of whom something has changed, where to read what, and where to ask."""
    header = {
        "resourceType": "MessageHeader",
        "id": event["id"],
        "meta": _meta(event),
        "extension": _extensions(event),
        "event": {"system": EVENT_SYSTEM, "code": code},
        "timestamp": event["time"],
        "source": {"contact": {"system": "url", "value": contact}, "endpoint": event["source"]},
    }
    if dataref := event.get("dataref"):
        header["focus"] = [{"reference": dataref}]
    return {
        "resourceType": "Bundle",
        "id": event["id"],
        "meta": {"lastUpdated": event["time"]},
        "type": "message",
        "entry": [{"fullUrl": f"urn:uuid:{event['id']}", "resource": header}],
    }


def _meta(event: Json) -> Json:
    """By what a subscriber puts messages about one record in order: its version, and the time."""
    version = VERSION.fullmatch(event.get("versionid") or "")
    numbered = {"versionId": version[1]} if version else {}
    return {**numbered, "lastUpdated": event["time"]}


def _extensions(event: Json) -> list[Json]:
    number = {"system": NHS_NUMBER, "value": event.get("subject", "")}
    code = "new" if event["type"] == BIRTH_NOTIFIED else "update"
    kind = {"coding": [{"system": KIND_SYSTEM, "code": code}]}
    return [
        {
            "url": EXTENSION + ROUTING,
            "extension": [{"url": "nhsNumber", "valueIdentifier": number}],
        },
        {"url": EXTENSION + EVENT_KIND, "valueCodeableConcept": kind},
    ]


def _header(message: Any) -> Json:
    """The MessageHeader, which comes first."""
    entries = _part(message).get("entry")
    first = entries[0] if isinstance(entries, list) and entries else None
    header = _part(_part(first).get("resource"))
    is_message = _part(message).get("resourceType") == "Bundle" and message.get("type") == "message"
    if not is_message or header.get("resourceType") != "MessageHeader":
        raise Problem("message-invalid", what="Bundle of type message with its MessageHeader first")
    return header


def _number(header: Json) -> str:
    inner = _extension(_extension(header, ROUTING), "nhsNumber")
    value = _part(inner.get("valueIdentifier")).get("value")
    try:
        return str(NHSNumber(value if isinstance(value, str) else ""))
    except ValueError:
        raise Problem("message-invalid", what="routingDemographics.nhsNumber") from None


def _kind(header: Json) -> Any:
    concept = _part(_extension(header, EVENT_KIND).get("valueCodeableConcept"))
    coding = concept.get("coding")
    return _part(coding[0]).get("code") if isinstance(coding, list) and coding else None


def _extension(holder: Json, name: str) -> Json:
    found = holder.get("extension")
    for each in found if isinstance(found, list) else []:
        if str(_part(each).get("url", "")).lower().endswith(name.lower()):
            return _part(each)
    return {}


def _short(value: Any) -> str:
    """The text, or "" for what is no id."""
    is_id = isinstance(value, str) and len(value) <= LONGEST_ID and value.isprintable()
    return str(value) if is_id else ""


def _part(value: Any) -> Json:
    return value if isinstance(value, dict) else {}
