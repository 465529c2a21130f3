"""Lists of people that an application keeps here, to be told of them or to ask who has changed.

For a care home, a small practice, a study: a subscription's criteria name a list by its id, and
`/lists/{id}/changes` answers who of it has changed. To other applications a list does not exist.

Source: none; this is ours.
"""

from collections.abc import Iterator
from typing import Any

from openroots.clock import new_uuid
from openroots.problem import Json
from openroots.service import Access, Problem, Reply, Request
from openroots.services.events import service
from openroots.services.events.asked import must_be_known, parameter
from openroots.services.events.changes import (
    ASKS,
    JSON,
    NUMBERS,
    REFUSES,
    SINCE,
    UNREADABLE,
    answer,
    check_may_ask,
    since_of,
    token_of,
)
from openroots.services.events.names import LIST, PEOPLE_LIST, SUBSCRIPTION, UUID4
from openroots.services.events.numbers import TEXTS, numbers_in
from openroots.services.events.permissions import check_product
from openroots.services.events.subscribing import OWNED, changed
from openroots.storage import Absent, Change, Query, Row, Snapshot, Term

MOST_LISTS = 100  # of one application
LONGEST_NAME = 200
APPLICATIONS = frozenset({Access.APPLICATION})
WRITES: dict[str, Any] = {
    "access": APPLICATIONS,
    "takes": (JSON, *TEXTS),
    "body_schema": NUMBERS
    | {"properties": NUMBERS["properties"] | {"name": {"type": "string", "maxLength": 200}}},
    "query": {"name": "What to call the list, where the body is text."},
    "example": {"name": "Rosewood House", "numbers": ["9000000009", "9000000017"]},
}
NAMING = ("name-invalid",)
NAMED = ("no-product-id", "list-id-malformed", "not-found")


@service.indexes(PEOPLE_LIST)
def index_list(body: Json) -> Iterator[tuple[str, str]]:
    """Whose a list is."""
    yield OWNED, body["application"]


@service.endpoint(
    "POST",
    "/lists",
    **WRITES,
    success=201,
    fails=(
        *(*UNREADABLE, *NAMING, "lists-too-many"),
        *("no-product-id", "unauthorised"),
    ),
)
def create_list(request: Request, db: Snapshot) -> Reply:
    """Keep a list of people (ours).

    The body holds NHS numbers: in JSON with a name, or as text, one to a line.
    """
    check_may_ask(request)
    body = _asked(request) | {"next": token_of(db.t)}
    if len(_mine(request, db)) == MOST_LISTS:
        raise Problem("lists-too-many", most=MOST_LISTS)
    id = new_uuid(request.chance)
    change = Change(PEOPLE_LIST, id, body | {"id": id}, 0, holder=request.caller.ods_code)
    return Reply({"id": id}, status=201, changes=(change,), signals=(changed(id, PEOPLE_LIST),))


@service.endpoint("GET", "/lists", access=APPLICATIONS, fails=("no-product-id",))
def list_lists(request: Request, db: Snapshot) -> Reply:
    """List one's own lists of people (ours)."""
    check_product(request.caller)
    told = [
        {"id": row.id, "name": row.body["name"], "people": len(row.body["numbers"])}
        for row in _mine(request, db)
    ]
    return Reply({"lists": told})


@service.endpoint("GET", "/lists/{id}", access=APPLICATIONS, fails=NAMED)
def read_list(request: Request, db: Snapshot) -> Reply:
    """Get a list of people of one's own (ours)."""
    check_product(request.caller)
    body = own_list(request, db).body
    return Reply({name: body[name] for name in ("id", "name", "numbers", "next")})


@service.endpoint(
    "PUT",
    "/lists/{id}",
    **WRITES,
    success=204,
    fails=(*NAMED, *UNREADABLE, *NAMING),
)
def update_list(request: Request, db: Snapshot) -> Reply:
    """Replace a list of people of one's own (ours).

    Subscriptions that name it go by the new one at once.
    """
    check_product(request.caller)
    row = own_list(request, db)
    body = row.body | _asked(request)
    change = Change(PEOPLE_LIST, row.id, body, row.version, holder=row.holder)
    return Reply(None, status=204, changes=(change,), signals=(changed(row.id, PEOPLE_LIST),))


@service.endpoint(
    "DELETE",
    "/lists/{id}",
    access=APPLICATIONS,
    success=204,
    reads=2,
    fails=(*NAMED, "list-in-use"),
)
def delete_list(request: Request, db: Snapshot) -> Reply:
    """Delete a list of people of one's own (ours).

    One that a subscription names is refused.
    """
    check_product(request.caller)
    row = own_list(request, db)
    query = Query(SUBSCRIPTION, (Term(LIST, (row.id,)),), limit=1)
    for found in db.search(query).rows:
        raise Problem("list-in-use", id=found.id)
    change = Change(PEOPLE_LIST, row.id, None, row.version, holder=row.holder)
    signals = (changed(row.id, PEOPLE_LIST),)
    return Reply(None, status=204, changes=(change,), guards=(Absent(query),), signals=signals)


@service.endpoint(
    "GET",
    "/lists/{id}/changes",
    **ASKS,
    query={"since": f"{SINCE}an earlier answer, or of the list."},
    reads=5,
    fails=(*NAMED, *REFUSES),
)
def find_changes_of_list(request: Request, db: Snapshot) -> Reply:
    """Who of a list of one's own has changed since (ours).

    Without `since`: since the list was made. With Accept: text/csv it comes as a table.
    """
    check_may_ask(request)
    body = own_list(request, db).body
    since = since_of(request, db, body["next"])
    return answer(request, body["numbers"], since or 0, db)


def own_list(request: Request, db: Snapshot) -> Row:
    """The list that the path names. Raises Problem where it is not the caller's."""
    id = request.params["id"].lower()
    if not UUID4.fullmatch(id):
        raise Problem("list-id-malformed")
    row = db.get(PEOPLE_LIST, id)
    if row is None or row.body["application"] != request.caller.application:
        raise Problem("not-found")
    return row


def _asked(request: Request) -> Json:
    """The list that was sent. Raises Problem for what is none."""
    name = parameter(request, "name") or ""
    if isinstance(request.body, dict):
        must_be_known(request.body, ("id", "name", "next", "numbers"))  # as a list is read
        name = request.body.get("name", "")
    if not isinstance(name, str) or len(name) > LONGEST_NAME or not (name or " ").isprintable():
        raise Problem("name-invalid")
    numbers = numbers_in(request.body)
    return {"name": name, "numbers": numbers, "application": request.caller.application}


def _mine(request: Request, db: Snapshot) -> list[Row]:
    mine = (Term(OWNED, (request.caller.application,)),)
    return list(db.search(Query(PEOPLE_LIST, mine, limit=MOST_LISTS)).rows)
