"""Messages that are sent to NEMS: each becomes an event, with the message beside it.

Source: National Events Management Service, $process-message.
"""

from typing import Any
from uuid import UUID

from openroots.problem import Json
from openroots.service import Access, Problem, Reply, Request
from openroots.services.events import stu3_xml
from openroots.services.events.names import EVENT
from openroots.services.events.nems import TYPES, interaction, nems, resource_in
from openroots.services.events.nems_failures import NOTICE
from openroots.services.events.nems_message import MESSAGE, sent
from openroots.services.events.permissions import check_may_publish, check_product
from openroots.services.events.publishing import subject_of
from openroots.services.events.told import chosen_by
from openroots.storage import Change, Signal, Snapshot

LARGEST = 3 << 20  # bytes
SOURCE = "uk.nhs.national-events-management-service"


@nems.endpoint(
    "POST",
    "/Events/1/$process-message",
    name="process-message",
    access=frozenset({Access.APPLICATION}),
    takes=TYPES,
    largest=LARGEST,
    headers=interaction(r"events:[\w.-]+\.Write", "events:BloodSpotTestOutcome_1.Write"),
    gives="OperationOutcome",
    success=202,
    reads=2,
    fails=(
        "body-not-xml",
        "message-invalid",
        "unauthorised",
        "type-refused",
        "no-product-id",
    ),
)
def process_message(request: Request, db: Snapshot) -> Reply:
    """Publish an event message.

    It is durable by the time of the answer.
    """
    check_product(request.caller)
    message = resource_in(request.body)
    said = sent(message)
    check_may_publish(request.caller, said.event)
    key = request.chance(16).hex()
    event = {
        "specversion": "1.0",
        "id": said.id or str(UUID(hex=key, version=4)),
        "source": SOURCE,
        "type": said.event,
        "time": said.time,
        "subject": said.number,
        "filtering": {"action": said.kind, **chosen_by(said.number, request.time, db)},
        MESSAGE: _as_sent(request.body),
    }
    event |= {"versionid": said.version} if said.version else {}
    subject = subject_of(said.number, db)
    change = Change(EVENT, key, event, 0, subject, request.caller.ods_code)
    signals = (Signal(said.event, subject, f"{EVENT}/{key}"),)
    return Reply(NOTICE, status=202, changes=(change,), signals=signals, about=(subject,))


def _as_sent(body: Any) -> Json:
    """The message as it is kept: XML to the letter, JSON as it can be told in XML."""
    if isinstance(body, bytes):
        try:
            return {"xml": body.decode("utf-8-sig")}
        except UnicodeDecodeError:
            raise Problem("body-not-xml") from None
    try:
        stu3_xml.written(body)
    except ValueError:
        raise Problem("message-invalid", what="text that XML cannot hold") from None
    return {"json": body}
