"""Multicast Notification Service (MNS): who wants to be told of what, and is told.

For systems that must know what has changed. A publisher sends an event; a subscriber says which
events it wants and where they are to be sent. Changes of demographic records are events of their
own accord. An event holds no clinical data: it says what happened to whom, and where to read more.

Beside it stands its predecessor, NEMS: the same subscriptions and the same events, in other words.

Source: NHS England Multicast Notification Service API, specification of 2026-04-23.
"""

from openroots.plain import plain_dialect
from openroots.service import HeaderRule, Limit, Service
from openroots.service.endpoint import USUAL_LIMITS
from openroots.services.events.failures import GATEWAY, OWN, render
from openroots.services.events.names import CATEGORY, SUBSCRIPTION_CHANGED

__all__ = ["service"]

service = Service(
    name="events",
    title="Multicast Notification Service",
    base="/multicast-notification-service",
    words="Tells subscribers of events, such as a change of general practice.",
    source="https://digital.nhs.uk/developer/api-catalogue/multicast-notification-service",
    spec="2026-04-23",
    checked="2026-11-21",
    category=CATEGORY,
    dialect=plain_dialect("MNS", render, rows=GATEWAY),
    emits={
        SUBSCRIPTION_CHANGED: "A subscription or a list was made, changed or removed; for the "
        "delivery of events, not for subscribers.",
    },
    headers=(
        HeaderRule(
            "X-Correlation-ID",
            "Mirrored in the answer, so that a transaction can be followed through systems.",
            missing="no-correlation-id",
            example="11C46F5F-CDEF-4865-94B2-0EE0EDCC26DA",
        ),
    ),
    limits=(*USUAL_LIMITS, Limit(6_000, 60, "api-busy"), Limit(100, 1, "api-busy")),
    own_failures=OWN,
    differences=(
        "Channels of type rest-hook with an https:// endpoint are ours. What is sent there is "
        "signed as in Standard Webhooks; its payload may also be application/cloudevents+json.",
        "What became of the events for a subscription, and to pause, resume, replay, resend and "
        "test, under /subscriptions/{id}/deliveries, are ours.",
        "Which types of event there are is the published catalogue, and what the permissions of "
        "the application name: `events:create:<type>`, `events:subscribe:<type>`, `*` for all.",
        "The wording of the permission to subscribe is ours.",
        "Without a key, where that is allowed, everything of the catalogue is permitted; all who "
        "ask without one share their subscriptions.",
        "Of several wrong parts of a body, all are told at once.",
        "Events of PDS are made of the record's versions: they name filters changed_name, "
        "subjectage, nhsnumber, generalpractitioner, registeredgpodscode, and ours: "
        "changed_address, formergeneralpractitioner, registered. Of restricted people, none that "
        "says where they are.",
        "Criteria may name `residence='<ODS code>'`, for who lives or lived at that organisation's "
        "address, and `list='<id>'`, for the people of a list: both are ours.",
        "The endpoints /lists and /changes are ours.",
        "Which supplier's system an organisation uses is not known here: a criterion that ends in "
        "_manufacturer_org holds where the event itself names that filter.",
        "A queue takes one subscription of each event type, whosever it is.",
        "Hydration is for the payload application/fhir+json. What is ours is read as the "
        "application that subscribed, with the headers that it gave; where nothing is found at the "
        "dataref within 5 seconds, the event is sent without.",
        "An event that is published twice is told twice, under its one id.",
        "The time of an event may be a leap second (23:59:60Z at the end of a month), as RFC 3339 "
        "and FHIR have it; it is told as it was sent.",
        "nhs-number-change-2 is told where somebody publishes it: nothing here merges records.",
        "The test signal is not published every 15 minutes, but when a subscriber asks for it.",
    ),
)

# Each of these declares its endpoints on the service above as it is imported.
import openroots.services.events.changes  # noqa: E402
import openroots.services.events.deliveries  # noqa: E402
import openroots.services.events.lists  # noqa: E402
import openroots.services.events.nems_publishing  # noqa: E402
import openroots.services.events.nems_subscribing  # noqa: E402
import openroots.services.events.publishing  # noqa: E402
import openroots.services.events.subscribing  # noqa: E402
import openroots.services.events.trying  # noqa: E402, F401
