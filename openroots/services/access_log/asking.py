"""The endpoints of the access log: of one's own record, and of somebody else's.

Source: none, the API is ours.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, NamedTuple
from urllib.parse import urlencode

import orjson

from openroots.identifiers import NHSNumber
from openroots.identity.staff import PRIVACY_OFFICERS
from openroots.problem import Json
from openroots.service import ANYBODY, Access, Problem, Reply, Request
from openroots.service.endpoint import WITH_TOKEN
from openroots.services.access_log import service
from openroots.services.access_log.balp import bundle_of
from openroots.services.access_log.telling import (
    OF_THEM,
    TO_THEM,
    page_of,
    people_named,
    with_reasons,
)
from openroots.storage import Snapshot
from openroots.storage.looks import Cursor, Looks, LooksPage, cursor_in

OWN = frozenset({Access.PATIENT})
STAFF = frozenset({Access.HEALTHCARE_WORKER})
USUAL, MOST = 100, 500
LARGEST_CURSOR = 4096
COUNT = {"type": "integer", "minimum": 1, "maximum": MOST}
CURSOR = "the after in the link next of another page"
FHIR_JSON = "application/fhir+json"

PLAIN = {
    "count": f"How many entries at most, 1 to {MOST}; {USUAL} unless told.",
    "after": "Where to go on: as it is in the link `next` of the page before.",
    "receipts": "`true` for the receipt of each entry.",
}
FHIR = {"_count": PLAIN["count"], "after": PLAIN["after"]}
WRONG = ("parameter-wrong",)
HOW: dict[str, Any] = {"reads": 3, "scans": True, "reads_audit": True}
AS_JSON: dict[str, Any] = HOW | {
    "query": PLAIN,
    "query_schemas": {"count": COUNT, "receipts": {"type": "string", "enum": ["true", "false"]}},
}
AS_FHIR: dict[str, Any] = HOW | {
    "query": FHIR,
    "query_schemas": {"_count": COUNT},
    "offers": (FHIR_JSON,),
    "gives": "Bundle",
}
OF_ME: dict[str, Any] = {"access": OWN, "given": WITH_TOKEN, "fails": (*WRONG, "nobody-known")}
OF_OTHERS: dict[str, Any] = {
    "access": STAFF,
    "roles": PRIVACY_OFFICERS,
    "about": "number",
    "fails": (*WRONG, "number-invalid", "person-unknown"),
}


class Person(NamedTuple):
    """Whose record it is that somebody looked at: their key and number."""

    key: str
    number: str


@service.endpoint("GET", "/me", **AS_JSON, **OF_ME)
def who_looked_at_mine(request: Request, db: Snapshot) -> Reply:
    """Who looked at one's own record."""
    return _as_json(request, db, _me(request, db))


@service.endpoint("GET", "/{number}", **AS_JSON, **OF_OTHERS)
def who_looked(request: Request, db: Snapshot) -> Reply:
    """Who looked at somebody's record, for privacy officers."""
    return _as_json(request, db, _other(request, db))


@service.endpoint("GET", "/me/AuditEvent", **AS_FHIR, **OF_ME)
def my_audit_events(request: Request, db: Snapshot) -> Reply:
    """Who looked at one's own record, as FHIR AuditEvents."""
    return _as_fhir(request, db, _me(request, db))


@service.endpoint("GET", "/{number}/AuditEvent", **AS_FHIR, **OF_OTHERS)
def audit_events(request: Request, db: Snapshot) -> Reply:
    """Who looked at somebody's record, for privacy officers, as FHIR AuditEvents."""
    return _as_fhir(request, db, _other(request, db))


def _me(request: Request, db: Snapshot) -> Person:
    """The patient who asks, or for whom somebody asks."""
    subjects = db.scope.subjects or ()
    if request.caller.subject in ("", ANYBODY) or not subjects:
        raise Problem("nobody-known")
    return Person(min(subjects), request.caller.subject)


def _other(request: Request, db: Snapshot) -> Person:
    try:
        number = NHSNumber(request.params["number"])
    except ValueError:
        raise Problem("number-invalid", number=request.params["number"]) from None
    rows = db.read([("Patient", number), ("NHSNumber", number)])
    key = next((row.subject for row in rows.values() if row.subject), "")
    if not key:
        raise Problem("person-unknown")
    return Person(key, number)


def _as_json(request: Request, db: Snapshot, person: Person) -> Reply:
    page = _page(request, person, "count")
    receipts: list[str] = []
    if one_of(request, "receipts", "true or false", ("true", "false")) == "true":
        receipts = looks_of(request).receipts(page.looks)
    looks = with_reasons(page.looks, person.key, db)
    named = people_named(page.looks, person.key, db)
    caller = request.caller
    is_own = caller.subject == person.number and not caller.actor
    spoken = TO_THEM if is_own else OF_THEM
    said = page_of(looks, receipts, looks_of(request).deeds, named, spoken)
    body = {"person": person.number, "total": page.total, **said, **_next(request, page)}
    return Reply(body, about=(person.key,))


def _as_fhir(request: Request, db: Snapshot, person: Person) -> Reply:
    page = _page(request, person, "_count")
    named, origin = people_named(page.looks, person.key, db), f"{request.origin}{service.base}"
    body = bundle_of(page, person.number, looks_of(request).deeds, named, origin, request.time)
    body["link"] = [{"relation": "self", "url": f"{request.origin}{_asked(request)}"}]
    if after := _next(request, page):
        body["link"].append({"relation": "next", "url": request.origin + after["next"]})
    return Reply(body, about=(person.key,))


def _page(request: Request, person: Person, count: str) -> LooksPage:
    wanted = f"a whole number from 1 to {MOST}"
    text = one_of(request, count, wanted) or str(USUAL)
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= MOST):
        raise Problem("parameter-wrong", parameter=count, wanted=wanted)
    return looks_of(request).of(person.key, int(text), _after(request))


def _after(request: Request) -> Cursor | None:
    text = one_of(request, "after", CURSOR)
    if not text:
        return None
    try:
        if len(text) > LARGEST_CURSOR:
            raise ValueError(text)
        return cursor_in(urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode())
    except ValueError:
        raise Problem("parameter-wrong", parameter="after", wanted=CURSOR) from None


def _next(request: Request, page: LooksPage) -> Json:
    """Where the next page is; nothing where there is none."""
    if page.after is None:
        return {}
    text = urlsafe_b64encode(orjson.dumps(dict(page.after))).rstrip(b"=").decode()
    return {"next": _asked(request, after=text)}


def _asked(request: Request, **others: str) -> str:
    """What was asked, path and query, with other values of some parameters."""
    path = service.base + request.endpoint.path.format_map(request.params)
    given = {name: values[-1] for name, values in request.query.items()} | others
    return f"{path}?{urlencode(given)}" if given else path


def one_of(request: Request, name: str, wanted: str, among: tuple[str, ...] = ()) -> str:
    """The one value of a parameter; "" where it is left out."""
    values = request.query.get(name, ())
    if values and (not values[0] or (among and values[0] not in among)):
        raise Problem("parameter-wrong", parameter=name, wanted=wanted)
    return values[0] if values else ""


def looks_of(request: Request) -> Looks:
    """The audit log as this API may ask it."""
    assert request.looks is not None
    return request.looks
