"""Reading relationships that were claimed, and ending one before its time.

A member of staff sees their own; a privacy officer each of their organisation.

Source: NHS Care Records Service, legitimate relationships.
"""

from openroots.identity.staff import PRIVACY_OFFICERS
from openroots.problem import Json, Problem
from openroots.register.relationship import RELATIONSHIP, USER, WITH, stands
from openroots.service import Access, Reply, Request
from openroots.service.endpoint import WITH_TOKEN
from openroots.services.legitimate_relationships import service
from openroots.services.legitimate_relationships.alerts import PAGE, after_in
from openroots.storage import Change, Query, Row, Snapshot, Term

STAFF = frozenset({Access.HEALTHCARE_WORKER})


@service.endpoint(
    "GET",
    "/relationships",
    access=STAFF,
    given=WITH_TOKEN,
    query={"after": "The `next` of the page before."},
    fails=("user-needed",),
)
def list_relationships(request: Request, db: Snapshot) -> Reply:
    """List the relationships that one has claimed, the oldest first."""
    after = after_in(request)
    if not request.caller.subject:
        raise Problem("user-needed")
    where = (Term(WITH, (f"{USER}{request.caller.subject}",)),)
    page = db.search(Query(RELATIONSHIP, where, PAGE, after))
    return Reply({"relationships": [_shown(row) for row in page.rows], "next": page.next})


@service.endpoint(
    "GET",
    "/relationships/{id}",
    access=STAFF,
    given=WITH_TOKEN,
    fails=("relationship-unknown", "user-needed"),
)
def read_relationship(request: Request, db: Snapshot) -> Reply:
    """Read a relationship that one has claimed, or that an alert tells of."""
    row = _own(request, db)
    return Reply(_shown(row), row.version)


@service.endpoint(
    "POST",
    "/relationships/{id}/end",
    access=STAFF,
    given=WITH_TOKEN,
    action="update",
    fails=("relationship-unknown", "relationship-over", "user-needed"),
)
def end_relationship(request: Request, db: Snapshot) -> Reply:
    """End a relationship that one has claimed, or that an alert tells of."""
    row = _own(request, db)
    if not stands(row.body, request.time):
        raise Problem("relationship-over")
    new = {**row.body, "to": request.time.isoformat()}
    change = Change(RELATIONSHIP, row.id, new, row.version, row.subject, row.holder)
    return Reply(_without_key(new), row.version + 1, changes=(change,))


def _own(request: Request, db: Snapshot) -> Row:
    """A relationship that is the caller's to see: others are not there."""
    caller = request.caller
    if not caller.subject:
        raise Problem("user-needed")
    row = db.get(RELATIONSHIP, request.params["id"])
    if row is None:
        raise Problem("relationship-unknown")
    is_officer = not PRIVACY_OFFICERS.isdisjoint(caller.acting) and row.holder == caller.ods_code
    if row.body["with"] != f"{USER}{caller.subject}" and not is_officer:
        raise Problem("relationship-unknown").telling_of()
    return row


def _shown(row: Row) -> Json:
    return _without_key(row.body)


def _without_key(body: Json) -> Json:
    return {name: value for name, value in body.items() if name != "subject"}
