"""MESH, the message exchange: mailboxes through which organisations and events reach each other.

For systems that already speak MESH. A message is sent to a mailbox, in one chunk or several; it
waits there until its receiver acknowledges it. Subscribers of events may have them sent here.

Source: Message Exchange for Social Care and Health (MESH) API; its sandbox's description of
2024-03-11.
"""

from openroots.service import HeaderRule, Service
from openroots.services.mesh.failures import DIALECT, OWN
from openroots.services.mesh.shown import JSON_2

__all__ = ["service"]

service = Service(
    name="mesh",
    title="Message exchange (MESH)",
    base="/messageexchange",
    words="Mailboxes through which organisations send each other messages, and receive events.",
    source="https://digital.nhs.uk/developer/api-catalogue/"
    "message-exchange-for-social-care-and-health-api",
    spec="2024-03-11",
    checked="2026-11-21",
    dialect=DIALECT,
    limits=(),
    headers=(
        HeaderRule(
            "Authorization",
            "Who asks: to look a mailbox up, nobody need say. The hash is the HMAC-SHA256, by the "
            "key that all share, of the mailbox, nonce, nonce count, password and timestamp, with "
            "a colon between each and the next. The timestamp is UTC, as YYYYMMDDHHMM.",
            example="NHSMESH X26ABC1:a-nonce:0:202611211200:hash",
        ),
        HeaderRule(
            "Accept", "Asks for version 2; what else it says, for version 1.", example=JSON_2
        ),
    ),
    own_failures=OWN,
    differences=(
        "Who asks is known by the NHSMESH header alone: no client certificate is asked for.",
        "What is described here is version 2; whoever does not ask for it in the header Accept is "
        "answered in version 1, failures too.",
        "A handshake without Mex-ClientVersion, Mex-OSName and Mex-OSVersion is accepted.",
        "A chunk is at most 4 MB. Chunks are sent one after the other; the last one received may "
        "be sent again.",
        "A message that was acknowledged is gone: it cannot be read again.",
        "A message kept in gzip is unpacked for a client that does not accept gzip, up to 64 MB.",
        "A message that nobody acknowledges for five days is reported to its sender when they next "
        "list their inbox; an event waits until it is acknowledged.",
        "Events stand before messages in an inbox, however old either is, and their ids begin with "
        "no date.",
        "Each message takes a nonce of its own; to do anything else, or again, one may be used "
        "again.",
        "A message to several receivers, and the interfaces other than the API, are not there.",
        "X26ABC1, X26ABC2 and X26ABC3 are there in sandbox mode, as in the published sandbox: "
        "their password is `password` and the shared key `TestKey`.",
    ),
)

# Each of these declares its endpoints on the service above as it is imported.
import openroots.services.mesh.inbox  # noqa: E402
import openroots.services.mesh.lookup  # noqa: E402
import openroots.services.mesh.outbox  # noqa: E402
import openroots.services.mesh.tracking  # noqa: E402, F401
