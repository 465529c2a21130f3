"""Alerts: that somebody claimed a relationship or broke the glass, for the privacy officer.

An alert names no patient; the relationship behind it does, and to read that is audited.

    Alert  id, kind, relationship, user, organisation, at, reviewed, by, note

Source: NHS Care Records Service, alerts to privacy officers.
"""

from collections.abc import Iterator

from openroots.identity.staff import PRIVACY_OFFICERS
from openroots.problem import Json, Problem
from openroots.service import Access, Reply, Request
from openroots.services.legitimate_relationships import service
from openroots.storage import Change, Query, Row, Snapshot, Term

ALERT = "Alert"
STAFF = frozenset({Access.HEALTHCARE_WORKER})
PAGE = 50


def after_in(request: Request) -> str:
    """Where the page begins that is asked for, as the `next` of the one before says."""
    return request.query.get("after", ("",))[0]


def new_id(request: Request) -> str:
    """An id that nobody can guess, later ones after earlier ones."""
    seconds = max(0, int(request.time.timestamp()))
    return f"{seconds:09x}{request.chance(8).hex()}"


def new_alert(request: Request, relationship: str, kind: str) -> Change:
    """What to commit so that a privacy officer of the caller's organisation is alerted."""
    caller, id = request.caller, new_id(request)
    body = {
        "id": id,
        "kind": kind,
        "relationship": relationship,
        "user": caller.subject,
        "organisation": caller.ods_code,
        "at": request.time.isoformat(),
        "reviewed": None,
    }
    return Change(ALERT, id, body, 0, holder=caller.ods_code)


@service.indexes(ALERT)
def terms(alert: Json) -> Iterator[tuple[str, str]]:
    """By its organisation."""
    yield "organisation", alert["organisation"]


@service.endpoint(
    "GET",
    "/alerts",
    access=STAFF,
    roles=PRIVACY_OFFICERS,
    query={"after": "The `next` of the page before."},
)
def list_alerts(request: Request, db: Snapshot) -> Reply:
    """List the alerts of one's own organisation, the oldest first."""
    where = (Term("organisation", (request.caller.ods_code,)),)
    page = db.search(Query(ALERT, where, PAGE, after_in(request)))
    return Reply({"alerts": [row.body for row in page.rows], "next": page.next})


@service.endpoint(
    "POST",
    "/alerts/{id}/review",
    access=STAFF,
    roles=PRIVACY_OFFICERS,
    action="update",
    fails=("alert-unknown", "alert-reviewed"),
)
def review_alert(request: Request, db: Snapshot) -> Reply:
    """Note that an alert was looked at."""
    row = _own(request, db)
    if row.body["reviewed"]:
        raise Problem("alert-reviewed")
    new = {**row.body, "reviewed": request.time.isoformat(), "by": request.caller.subject}
    changes = (Change(ALERT, row.id, new, row.version, holder=row.holder),)
    return Reply(new, row.version + 1, changes=changes)


def _own(request: Request, db: Snapshot) -> Row:
    """An alert of the caller's organisation: others are not there."""
    row = db.get(ALERT, request.params["id"])
    if row is None or row.holder != request.caller.ods_code:
        raise Problem("alert-unknown")
    return row
