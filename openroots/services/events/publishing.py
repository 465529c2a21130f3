"""Publishing an event: it is kept, and told to whoever subscribed to its like.

The answer is given once the event is on disk. An event that is sent twice is told twice, under its
one id, as subscribers must expect of any event.

Source: Multicast Notification Service API, "Publish an event".
"""

from hashlib import sha256

from openroots.problem import Json
from openroots.service import Access, Reply, Request
from openroots.services.events import service
from openroots.services.events.cloudevent import (
    CLOUD_EVENTS,
    as_cloudevent,
    wrong_in,
    wrong_in_legacy,
)
from openroots.services.events.failures import refuse
from openroots.services.events.names import EVENT
from openroots.services.events.permissions import (
    CREATE,
    check_may_publish,
    check_product,
    is_known,
)
from openroots.storage import Change, Signal, Snapshot

LARGEST = 1 << 18
PARTS = ("id", "source", "specversion", "type", "time", "subject", "dataref", "versionid")
ROWS = (
    "not-an-event",
    *(f"{part}-invalid" for part in PARTS),
    "filtering-invalid",
    "data-invalid",
    "attribute-unexpected",
    "several-invalid",
)

EXAMPLE: Json = {
    "specversion": "1.0",
    "id": "236a1d4a-5d69-4fa9-9c7f-e72bf505aa5b",
    "source": "uk.nhs.example-service",
    "type": "example-event-1",
    "time": "2020-06-01T13:00:00Z",
    "subject": "9000000009",
    "filtering": {"generalpractitioner": "Y12345"},
}

SCHEMA: Json = {
    "type": "object",
    "required": ["id", "type", "time", "source"],
    "properties": {
        "id": {"type": "string", "minLength": 1},
        "type": {"type": "string", "minLength": 1},
        "time": {"type": "string", "format": "date-time"},
        "dataref": {"type": "string", "format": "uri"},
        "filtering": {"type": "object"},
    },
}


@service.endpoint(
    "POST",
    "/events",
    access=frozenset({Access.APPLICATION}),
    takes=(CLOUD_EVENTS, "application/json"),
    body_schema=SCHEMA,
    largest=LARGEST,
    fails=(*ROWS, "no-product-id", "unauthorised", "type-refused"),
    example=EXAMPLE,
)
def publish_event(request: Request, db: Snapshot) -> Reply:
    """Publish an event.

    The Content-Type says which shape it is in: CloudEvents 1.0, or the legacy one as
    application/json. The answer holds its id; it is durable by then.
    """
    check_product(request.caller)
    event = request.body
    is_cloud = request.headers.get("content-type", "").lower().startswith(CLOUD_EVENTS)
    found = wrong_in(event) if is_cloud else wrong_in_legacy(event)
    if isinstance(event, dict) and not is_known(event.get("type"), request.caller, CREATE):
        found["type-invalid"] = {}
    refuse(found)
    check_may_publish(request.caller, event["type"])
    return accepted(event, request, db)


def accepted(event: Json, request: Request, db: Snapshot) -> Reply:
    """The reply to an event in good order: kept as it was sent, and told."""
    told = as_cloudevent(event)
    subject = subject_of(str(told.get("subject", "")), db)
    key = request.chance(16).hex()
    return Reply(
        {"id": event["id"]},
        changes=(Change(EVENT, key, event, 0, subject, request.caller.ods_code),),
        signals=(Signal(event["type"], subject, f"{EVENT}/{key}"),),
        about=(subject,) if subject else (),
    )


def subject_of(number: str, db: Snapshot) -> str:
    """The stable key of whom an event is about: events of one person are told in their order.

    Of whom there is no record the key is made from what they are called.
    """
    if not number:
        return ""
    keys = [("Patient", number), ("NHSNumber", number)]
    for row in db.read(keys).values():
        if row.subject:
            return row.subject
    return "e" + sha256(f"subject {number}".encode()).hexdigest()[:15]
