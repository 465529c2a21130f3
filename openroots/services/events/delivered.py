"""The shapes in which a subscriber is told of an event: a CloudEvent, a FHIR Bundle, or a message
of NEMS.

For delivery. Which of them it is, the subscription's channel says by its payload. Residences
are for choosing only: what is delivered does not name them.

Source: Multicast Notification Service API, its signal schemas; the Subscriptions R5 Backport guide
for the profile of the Parameters.
"""

from typing import NamedTuple

import orjson

from openroots.problem import Json
from openroots.services.events import service
from openroots.services.events.cloudevent import CLOUD_EVENTS, as_cloudevent
from openroots.services.events.names import HIDDEN
from openroots.services.events.nems_message import FHIR_XML, MESSAGE, message_of

JSON, FHIR_JSON = "application/json", "application/fhir+json"
PROFILE = (
    "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
    "backport-subscription-status-r4"
)
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"


class Delivered(NamedTuple):
    """What goes to a subscriber."""

    body: bytes
    media_type: str


def delivered_as(
    event: Json, subscription: Json, origin: str = "", hydrated: Json | None = None
) -> Delivered:
    """An event as the subscription asks for it.

    `hydrated` is what is found at the event's dataref, where the subscription asks for it.
    """
    payload = subscription["channel"]["payload"]
    if payload == FHIR_XML:
        return Delivered(message_of(event, subscription, origin), FHIR_XML)
    if payload == FHIR_JSON:
        bundle = fhir_signal(as_cloudevent(event), origin, hydrated)
        return Delivered(orjson.dumps(bundle), FHIR_JSON)
    told = _for_subscribers(event)
    if payload == CLOUD_EVENTS:
        return Delivered(orjson.dumps(as_cloudevent(told)), CLOUD_EVENTS)
    return Delivered(orjson.dumps(told), JSON)


def fhir_signal(event: Json, origin: str = "", hydrated: Json | None = None) -> Json:
    """The history Bundle that tells of a CloudEvent: five parameters, in their order."""
    subscriptions = f"{origin}{service.base}/subscriptions"
    parameters = [
        {"name": "subscription", "valueReference": {"reference": subscriptions}},
        {"name": "status", "valueCode": "active"},
        {"name": "type", "valueCode": "event-notification"},
        {"name": "notification-event", "part": _notification(event)},
        {"name": "additional-context", "part": _context(event)},
    ]
    status = {
        "resourceType": "Parameters",
        "meta": {"profile": [PROFILE]},
        "parameter": parameters,
    }
    entry: Json = {
        "resource": status,
        "request": {"method": "GET", "url": subscriptions},
        "response": {"status": "200"},
    }
    entries = [entry] if hydrated is None else [entry, _second(event, hydrated)]
    return {
        "resourceType": "Bundle",
        "id": event["id"],
        "type": "history",
        "timestamp": _instant(event),
        "entry": entries,
    }


def _instant(event: Json) -> str:
    """When it happened, in FHIR's capitals: RFC 3339 allows small letters too."""
    return str(event["time"]).upper()


def _notification(event: Json) -> list[Json]:
    found: list[Json] = [
        {"name": "event-number", "valueString": "1"},
        {"name": "timestamp", "valueInstant": _instant(event)},
    ]
    if dataref := event.get("dataref"):
        found.append({"name": "focus", "valueReference": {"reference": dataref}})
    return found


def _context(event: Json) -> list[Json]:
    found: list[Json] = [
        {"name": "event-type", "valueCode": event["type"]},
        {"name": "source", "valueUri": event["source"]},
    ]
    if subject := event.get("subject"):
        identifier = {"system": NHS_NUMBER, "value": subject}
        found.append({"name": "subject", "valueReference": {"identifier": identifier}})
    if version := event.get("versionid"):
        found.append({"name": "version-id", "valueString": version})
    return found


def _second(event: Json, hydrated: Json) -> Json:
    url = event.get("dataref", "")
    return {
        "fullUrl": url,
        "resource": hydrated,
        "request": {"method": "GET", "url": url},
        "response": {"status": "200"},
    }


def _for_subscribers(event: Json) -> Json:
    """Without what only we choose by, and without the message of which NEMS told."""
    told = {**event}
    told.pop(MESSAGE, None)
    if isinstance(filtering := told.get("filtering"), dict) and not HIDDEN.isdisjoint(filtering):
        told["filtering"] = {name: value for name, value in filtering.items() if name not in HIDDEN}
    return told
