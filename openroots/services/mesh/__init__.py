"""MESH, the message exchange: mailboxes through which organisations and events reach each other.

For systems that already speak MESH. A message is sent to a mailbox, in one chunk or several; it
waits there until its receiver acknowledges it. Subscribers of events may have them sent here.

Source: Message Exchange for Social Care and Health (MESH) API; its sandbox's description of
2024-03-11.
"""

from openroots.plain import plain_dialect
from openroots.service import Service
from openroots.services.mesh.failures import GATEWAY, OWN, render

__all__ = ["service"]

JSON_2 = "application/vnd.mesh.v2+json"

service = Service(
    name="mesh",
    title="Message exchange (MESH)",
    base="/messageexchange",
    words="Mailboxes through which organisations send each other messages, and receive events.",
    source="https://digital.nhs.uk/developer/api-catalogue/"
    "message-exchange-for-social-care-and-health-api",
    spec="2024-03-11",
    checked="2026-11-21",
    dialect=plain_dialect("MESH", render, media_type=JSON_2, rows=GATEWAY),
    limits=(),
    own_failures=OWN,
    differences=(
        "Who asks is known by the NHSMESH header alone: no client certificate is asked for.",
        "Failures are told in the shape of version 2, whatever the header Accept says.",
        "A chunk is at most 4 MB.",
        "A message that nobody acknowledges for five days is reported to its sender when they next "
        "list their inbox; an event waits until it is acknowledged.",
        "A nonce may be used again to read; what changes something takes each once.",
        "A message to several receivers, and the interfaces other than the API, are not there.",
        "X26ABC1, X26ABC2 and X26ABC3 are there in sandbox mode, as in the published sandbox: "
        "their password is `password` and the shared key `TestKey`.",
    ),
)

# Each of these declares its endpoints on the service above as it is imported.
import openroots.services.mesh.inbox  # noqa: E402
import openroots.services.mesh.lookup  # noqa: E402
import openroots.services.mesh.outbox  # noqa: E402, F401
