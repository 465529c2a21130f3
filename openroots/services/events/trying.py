"""What is answered where nothing is kept: as the public sandbox, by the ids that it publishes.

For developers who try the API. What is sent is checked as anywhere; what is asked for by id is
there under one published id, taken under another, and nowhere else.

Source: Multicast Notification Service API, "Sandbox testing" of each endpoint.
"""

from openroots.problem import Json
from openroots.service import Problem, Reply, Request
from openroots.services.events import service
from openroots.services.events.names import UUID4
from openroots.services.events.subscribing import checked
from openroots.storage import Snapshot

THERE = "e9050741-ae87-4720-beb1-2abd9248e227"
TAKEN = "f8f44c83-a697-4607-8604-a1a45acedd8c"
MATCHING = "ab40a960-fc6a-426c-965f-2bff8a0bd74f"

SUBSCRIPTION: Json = {
    "id": THERE,
    "resourceType": "Subscription",
    "status": "active",
    "end": "2022-04-05T17:31:00.000Z",
    "reason": "Business case A",
    "criteria": "eventType=pds-change-of-gp-2",
    "channel": {
        "type": "message",
        "endpoint": "arn:aws:sqs:eu-west-2:123456789012:queue1",
        "payload": "application/json",
    },
}


@service.where_nothing_is_kept("list-subscriptions")
def try_list(request: Request, db: Snapshot) -> Reply:
    """The published subscription, alone."""
    if "continue_from" in request.query:
        raise Problem("continue-from-invalid")
    links = [{"relation": "self", "url": "/subscriptions"}]
    head = {"resourceType": "Bundle", "type": "searchset"}
    return Reply({**head, "link": links, "entry": [SUBSCRIPTION]})


@service.where_nothing_is_kept("read-subscription")
def try_read(request: Request, db: Snapshot) -> Reply:
    """The published subscription, under its id."""
    _there(request)
    return Reply(SUBSCRIPTION)


@service.where_nothing_is_kept("update-subscription")
def try_update(request: Request, db: Snapshot) -> Reply:
    """As if it were changed; under the other published id, as if its queue were taken."""
    if _id(request) == TAKEN:
        checked(request, db)
        raise Problem("subscription-taken", id=MATCHING)
    _there(request)
    checked(request, db)
    return Reply(None, status=204)


@service.where_nothing_is_kept("delete-subscription")
def try_delete(request: Request, db: Snapshot) -> Reply:
    """As if it were removed."""
    _there(request)
    return Reply(None, status=204)


def _id(request: Request) -> str:
    id = request.params["id"].lower()
    if not UUID4.fullmatch(id):
        raise Problem("id-malformed")
    return id


def _there(request: Request) -> None:
    if _id(request) != THERE:
        raise Problem("not-found")
