"""Subscriptions: made, read, listed, changed and removed by the application that owns them.

To any other application they do not exist. A change takes effect at once, for all that happens
after it.

Source: Multicast Notification Service API, the endpoints under /subscriptions.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

from openroots.clock import new_uuid
from openroots.problem import Json
from openroots.service import Access, Problem, Reply, Request
from openroots.services.events import service
from openroots.services.events.failures import refuse
from openroots.services.events.names import LIST, OWNER, SUBSCRIPTION, SUBSCRIPTION_CHANGED, UUID4
from openroots.services.events.permissions import check_may_subscribe, check_product
from openroots.services.events.subscription import (
    EXAMPLE,
    ROWS,
    SCHEMA,
    criteria_of,
    kept,
    queue_key,
    references,
    wrong_in,
)
from openroots.storage import Absent, Change, Guard, Query, Row, Signal, Snapshot, Term

FHIR_JSON = "application/fhir+json"
TAKEN, OWNED = "queue", "application"  # the terms that subscriptions and their owners have
PAGE = 50
APPLICATIONS = frozenset({Access.APPLICATION})
WRITES: dict[str, Any] = {
    "access": APPLICATIONS,
    "takes": (FHIR_JSON, "application/json"),
    "body_schema": SCHEMA,
    "largest": 1 << 16,
    "example": EXAMPLE,
}
NAMED = ("no-product-id", "id-malformed", "not-found")


@service.indexes(SUBSCRIPTION)
def index_subscription(body: Json) -> Iterator[tuple[str, str]]:
    """The queue and event type that a subscription takes, if it is told through a queue, and the
    lists of people that it goes by."""
    if key := queue_key(body):
        yield TAKEN, key
    for filter, value in criteria_of(body).filters:
        if filter == LIST:
            yield LIST, value.lower()


@service.indexes(OWNER)
def index_owner(body: Json) -> Iterator[tuple[str, str]]:
    """Whose a subscription is."""
    yield OWNED, body["application"]


@service.endpoint(
    "POST",
    "/subscriptions",
    **WRITES,
    success=201,
    reads=3,
    fails=(*ROWS, "no-product-id", "unauthorised", "queue-taken"),
)
def create_subscription(request: Request, db: Snapshot) -> Reply:
    """Create a subscription.

    It is active at once: the owner is told of what happens after the answer.
    """
    body, guards = checked(request, db)
    id = new_uuid(request.chance)
    guards += _queue_is_free(body, db, "queue-taken")
    return Reply({"id": id}, status=201, **_written(request, id, body, 0, guards))


@service.endpoint(
    "GET",
    "/subscriptions",
    access=APPLICATIONS,
    offers=(FHIR_JSON,),
    gives="Bundle",
    query={"continue_from": "Where to go on: as it is in the link `next` of the page before."},
    reads=2,
    fails=("no-product-id", "continue-from-invalid"),
)
def list_subscriptions(request: Request, db: Snapshot) -> Reply:
    """List one's own subscriptions."""
    check_product(request.caller)
    given = request.query.get("continue_from", ())
    after = _place_of(given[0]) if given else ""
    mine = (Term(OWNED, (request.caller.application,)),)
    page = db.search(Query(OWNER, mine, limit=PAGE, after=after))
    found = db.read([(SUBSCRIPTION, row.id) for row in page.rows])
    own = f"?continue_from={given[0]}" if given else ""
    links = [{"relation": "self", "url": f"/subscriptions{own}"}]
    if page.next:
        url = f"/subscriptions?continue_from={_token_of(page.next)}"
        links.append({"relation": "next", "url": url})
    entries = [row.body for row in found.values()]
    return Reply({"resourceType": "Bundle", "type": "searchset", "link": links, "entry": entries})


@service.endpoint(
    "GET",
    "/subscriptions/{id}",
    access=APPLICATIONS,
    offers=(FHIR_JSON,),
    gives=SUBSCRIPTION,
    fails=NAMED,
)
def read_subscription(request: Request, db: Snapshot) -> Reply:
    """Get details of a subscription."""
    check_product(request.caller)
    return Reply(own_subscription(request, db).raw)


@service.endpoint(
    "PUT",
    "/subscriptions/{id}",
    **WRITES,
    success=204,
    reads=3,
    fails=(*ROWS, *NAMED, "unauthorised", "subscription-taken"),
)
def update_subscription(request: Request, db: Snapshot) -> Reply:
    """Update a subscription.

    The body takes the place of what was there, at once.
    """
    check_product(request.caller)
    row = own_subscription(request, db)
    body, guards = checked(request, db)
    if queue_key(body) != queue_key(row.body):
        guards += _queue_is_free(body, db, "subscription-taken")
    written = _written(request, row.id, body, row.version, guards)
    return Reply(None, status=204, **written)


@service.endpoint(
    "DELETE",
    "/subscriptions/{id}",
    access=APPLICATIONS,
    success=204,
    fails=NAMED,
)
def delete_subscription(request: Request, db: Snapshot) -> Reply:
    """Delete a subscription."""
    check_product(request.caller)
    return Reply(None, status=204, **removed(own_subscription(request, db)))


def checked(request: Request, db: Snapshot) -> tuple[Json, tuple[Guard, ...]]:
    """The subscription that was sent, and what of others must stay as it is. Raises Problem for
    one that cannot be, or may not."""
    check_product(request.caller)
    refuse(wrong_in(request.body, request.caller))
    body: Json = request.body
    criteria = criteria_of(body)
    check_may_subscribe(request.caller, criteria.type)
    return body, references(criteria, request.caller, db)


def own_subscription(request: Request, db: Snapshot) -> Row:
    """The subscription that the path names. Raises Problem where it is not the caller's."""
    id = request.params["id"].lower()
    if not UUID4.fullmatch(id):
        raise Problem("id-malformed")
    found = db.read([(SUBSCRIPTION, id), (OWNER, id)])
    owner = found.get((OWNER, id))
    if owner is None or owner.body["application"] != request.caller.application:
        raise Problem("not-found")
    return found[SUBSCRIPTION, id]


def removed(row: Row) -> dict[str, Any]:
    """What a reply commits to remove a subscription. Whose it was is never changed, so it is at
    its first version for as long as it is there."""
    gone = [
        Change(type, row.id, None, version, holder=row.holder)
        for type, version in ((SUBSCRIPTION, row.version), (OWNER, 1))
    ]
    return {"changes": tuple(gone), "signals": (changed(row.id),)}


def changed(id: str, type: str = SUBSCRIPTION) -> Signal:
    """The signal that a subscription, or a list, was made, changed or removed."""
    return Signal(SUBSCRIPTION_CHANGED, "", f"{type}/{id}")


def _written(
    request: Request, id: str, body: Json, version: int, guards: tuple[Guard, ...]
) -> dict[str, Any]:
    """What a reply commits of a subscription; of a new one also whose it is."""
    holder = request.caller.ods_code
    changes = [Change(SUBSCRIPTION, id, kept(body, id), version, holder=holder)]
    if not version:
        owner = {"application": request.caller.application}
        changes.append(Change(OWNER, id, owner, 0, holder=holder))
    return {"changes": tuple(changes), "guards": guards, "signals": (changed(id),)}


def _queue_is_free(body: Json, db: Snapshot, row: str) -> tuple[Guard, ...]:
    """That nobody takes the queue for these events meanwhile. Raises Problem where one does."""
    if not (key := queue_key(body)):
        return ()
    query = Query(SUBSCRIPTION, (Term(TAKEN, (key,)),), limit=1)
    for found in db.search(query).rows:
        raise Problem(row, id=found.id)
    return (Absent(query),)


def _token_of(place: str) -> str:
    return urlsafe_b64encode(place.encode()).decode()


def _place_of(token: str) -> str:
    """Where a token of ours goes on. Raises Problem for any other."""
    try:
        place = urlsafe_b64decode(token.encode("ascii")).decode("ascii")
    except ValueError:
        raise Problem("continue-from-invalid") from None
    if not UUID4.fullmatch(place) or _token_of(place) != token:
        raise Problem("continue-from-invalid")
    return place
