"""Subscriptions of NEMS: made, read and removed; to change one is to remove it and make another.

Each is kept as it was sent, over a subscription of ours for each event that it names.

Source: National Events Management Service, its Subscription API.
"""

import re
from functools import partial
from typing import TypeGuard
from urllib.parse import quote

from openroots.clock import new_uuid
from openroots.problem import Json
from openroots.service import Access, HeaderRule, Problem, Reply, Request
from openroots.service.endpoint import WHERE
from openroots.services.events.criteria import Criteria, text_of
from openroots.services.events.names import BIRTH_NOTIFIED, NEMS_SUBSCRIPTION, OWNER, SUBSCRIPTION
from openroots.services.events.nems import TYPES, interaction, nems, resource_in
from openroots.services.events.nems_areas import condition_of
from openroots.services.events.nems_criteria import PUBLISHABLE, Translated, tag_of, translated
from openroots.services.events.nems_failures import NOTICE
from openroots.services.events.nems_message import FHIR_XML
from openroots.services.events.permissions import check_may_subscribe, check_product
from openroots.services.events.subscribing import changed
from openroots.storage import Change, Row, Snapshot

APPLICATIONS = frozenset({Access.APPLICATION})
HEX = re.compile(r"[0-9a-f]{32}", re.ASCII)
MAILBOX = re.compile(r"[A-Za-z0-9]{5,20}", re.ASCII)
CONTACT = re.compile(r"https://\S+/Organization/[A-Za-z0-9]{3,10}", re.ASCII)

# The workflow by which MESH tells subscribers what a message is.
WORKFLOWS = {
    BIRTH_NOTIFIED: "BIRTHNOTIFICATION_1",
    "pds-change-of-address-1": "CHANGEOFADDRESS_1",
    "pds-change-of-gp-1": "CHANGEOFGP_1",
    "pds-death-notification-1": "DEATHNOTIFICATION_1",
    "pds-record-change-1": "PDSRECORDCHANGE_1",
    **{event: f"{event[:-2].replace('-', '').upper()}_1" for event in PUBLISHABLE},
}


def _about_subscriptions(verb: str) -> tuple[HeaderRule, ...]:
    asked = f"clinicals-sync:SubscriptionsApi{verb}"
    return interaction(asked, asked)


EXAMPLE: Json = {
    "resourceType": "Subscription",
    "status": "requested",
    "contact": [
        {
            "system": "url",
            "value": "https://directory.spineservices.nhs.uk/STU3/Organization/Y12345",
            "use": "work",
        }
    ],
    "reason": "Keep our records as they should be",
    "criteria": "/Bundle?type=message&serviceType=GP&MessageHeader.event=pds-change-of-gp-1"
    "&Patient.identifier=http://fhir.nhs.net/Id/nhs-number|9000000009",
    "channel": {"type": "message", "endpoint": "Y12345OT001"},
}


@nems.endpoint(
    "POST",
    "/Subscription",
    name="create-nems-subscription",
    interaction=("create", "Subscription"),
    access=APPLICATIONS,
    takes=TYPES,
    headers=_about_subscriptions("Post"),
    gives="OperationOutcome",
    tells=WHERE,
    success=201,
    reads=3,
    fails=(
        "body-not-xml",
        "subscription-invalid",
        "criteria-invalid",
        "area-unknown",
        "unauthorised",
        "no-product-id",
    ),
    example=EXAMPLE,
)
def create_nems_subscription(request: Request, db: Snapshot) -> Reply:
    """Create a subscription.

    The header Location of the answer says where it is.
    """
    check_product(request.caller)
    body = resource_in(request.body)
    _check_subscription(body)
    asked = translated(body.get("criteria"), partial(condition_of, db=db))
    _check_mailbox(body, db)
    for each in asked:
        check_may_subscribe(request.caller, each.type)
    id = request.chance(16).hex()
    ids = [new_uuid(request.chance) for _ in asked]
    kept: Json = {"application": request.caller.application, "subscriptions": ids}
    kept["body"] = {**body, "id": id, "status": "active"}
    holder = request.caller.ods_code
    changes = [Change(NEMS_SUBSCRIPTION, id, kept, 0, holder=holder)]
    for own, each in zip(ids, asked, strict=True):
        changes += _ours(own, each, body, id, request)
    location = f"{request.origin}{nems.base}/Subscription/{id}"
    signals = tuple(changed(own) for own in ids)
    headers = (("location", location),)
    return Reply(NOTICE, status=201, headers=headers, changes=tuple(changes), signals=signals)


@nems.endpoint(
    "GET",
    "/Subscription/{id}",
    name="read-nems-subscription",
    interaction=("read", "Subscription"),
    access=APPLICATIONS,
    headers=_about_subscriptions("Get"),
    gives="Subscription",
    fails=("not-found", "no-product-id"),
)
def read_nems_subscription(request: Request, db: Snapshot) -> Reply:
    """Get a subscription."""
    check_product(request.caller)
    body: Json = _own(request, db).body["body"]
    return Reply(body)


@nems.endpoint(
    "DELETE",
    "/Subscription/{id}",
    name="delete-nems-subscription",
    interaction=("delete", "Subscription"),
    access=APPLICATIONS,
    headers=_about_subscriptions("Delete"),
    gives="OperationOutcome",
    reads=2,
    fails=("not-found", "no-product-id"),
)
def delete_nems_subscription(request: Request, db: Snapshot) -> Reply:
    """Delete a subscription."""
    check_product(request.caller)
    row = _own(request, db)
    ids = row.body["subscriptions"]
    rows = db.read([(type, id) for id in ids for type in (SUBSCRIPTION, OWNER)])
    gone = [
        Change(each.type, each.id, None, each.version, holder=each.holder)
        for each in (row, *rows.values())
    ]
    return Reply(NOTICE, changes=tuple(gone), signals=tuple(changed(id) for id in ids))


def _check_subscription(body: Json) -> None:
    """Raises Problem where anything but its criteria is not as it must be."""
    channel, contacts = body.get("channel"), body.get("contact")
    endpoint = channel.get("endpoint") if isinstance(channel, dict) else None
    listed = contacts if isinstance(contacts, list) else ()
    urls = [each.get("value") for each in listed if isinstance(each, dict)]
    wrong = {
        "resourceType": body.get("resourceType") != SUBSCRIPTION,
        "status": body.get("status") != "requested",
        "reason": not isinstance(body.get("reason"), str),
        "channel.type": not isinstance(channel, dict) or channel.get("type") != "message",
        "channel.endpoint": not isinstance(endpoint, str) or not MAILBOX.fullmatch(endpoint),
        "contact": not any(isinstance(url, str) and CONTACT.fullmatch(url) for url in urls),
    }
    for what, is_wrong in wrong.items():
        if is_wrong:
            raise Problem("subscription-invalid", what=what)


def _check_mailbox(body: Json, db: Snapshot) -> None:
    """Raises Problem where the mailbox is that of another organisation than the contact's."""
    row = db.get("Mailbox", body["channel"]["endpoint"].upper())
    if row is None:
        return
    told = {str(each.get("value")).rpartition("/")[2] for each in body["contact"] if _is_part(each)}
    if row.body["ods_code"] not in told:
        raise Problem("subscription-invalid", what="channel.endpoint, of another organisation")


def _is_part(value: object) -> TypeGuard[Json]:
    return isinstance(value, dict)


def _ours(id: str, asked: Translated, body: Json, told: str, request: Request) -> list[Change]:
    """The subscription of ours for one event that a NEMS subscription names. What is delivered
    tells of that one, with its tag."""
    single = tuple((key, values[0]) for key, values in asked.conditions if len(values) == 1)
    partner = quote(f"{told}|{tag_of(body['criteria'])}", safe="")
    subscription = {
        "resourceType": SUBSCRIPTION,
        "id": id,
        "status": "active",
        "reason": body["reason"],
        "criteria": text_of(Criteria(asked.type, single)),
        "channel": {
            "type": "message",
            "endpoint": f"mesh://{body['channel']['endpoint']}?workflow_id={WORKFLOWS[asked.event]}"
            f"&partner_id={partner}",
            "payload": FHIR_XML,
        },
    }
    several = [condition for condition in asked.conditions if len(condition[1]) != 1]
    owner = {"application": request.caller.application, "conditions": several}
    holder = request.caller.ods_code
    return [
        Change(SUBSCRIPTION, id, subscription, 0, holder=holder),
        Change(OWNER, id, owner, 0, holder=holder),
    ]


def _own(request: Request, db: Snapshot) -> Row:
    """The subscription that the path names. Raises Problem where it is not the caller's."""
    id = request.params["id"].lower()
    row = db.get(NEMS_SUBSCRIPTION, id) if HEX.fullmatch(id) else None
    if row is None or row.body["application"] != request.caller.application:
        raise Problem("not-found")
    return row
