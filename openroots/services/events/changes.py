"""Which of these people have changed since: for whoever keeps a list and cannot take events.

A care home or a small practice asks about a list that it sends, or one that it keeps here: since a
day, a moment, or an earlier answer. Each answer says where to go on from: given back as `since`, it
brings what has changed after. An answer tells which parts of a record are others now, not what
they say.

Source: none; this is ours. The parts are those of a FHIR R4 Patient.
"""

import csv
import io
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from openroots.fhir.dates import in_uk, is_day
from openroots.fhir.patient import SENSITIVE
from openroots.problem import Json
from openroots.service import Access, Problem, Reply, Request
from openroots.services.events import service
from openroots.services.events.asked import must_be_known, parameter
from openroots.services.events.cloudevent import moment_of
from openroots.services.events.names import RECORD_CHANGE
from openroots.services.events.numbers import TEXTS, numbers_in
from openroots.services.events.permissions import check_may_subscribe, check_product
from openroots.services.events.told import NUMBER_STATUS, PATIENT
from openroots.storage import Row, Snapshot

JSON, CSV = "application/json", "text/csv"
NOT_TOLD = frozenset({"id", "meta", "resourceType"})
WHERE = frozenset({"address", "telecom", "generalPractitioner", "managingOrganization", "contact"})
NEW = "record"  # the part of who had no record before
SINCE = "Since when: a day (2026-11-01), a moment (2026-11-01T09:00:00Z), or the `next` of "
COLUMNS = ("nhs_number", "changed", "version", "current_nhs_number")
ASKS: dict[str, Any] = {
    "access": frozenset({Access.APPLICATION}),
    "offers": (JSON, CSV),
    "tells": {"X-Next": "Of a table: what to give as `since` the next time."},
    "scans": True,
}
UNREADABLE = ("numbers-invalid", "number-invalid", "body-not-utf8")
REFUSES = ("no-product-id", "unauthorised", "since-invalid")

NUMBERS: Json = {
    "type": "object",
    "required": ["numbers"],
    "properties": {
        "numbers": {
            "type": "array",
            "minItems": 1,
            "maxItems": 10_000,
            "items": {"type": "string", "pattern": "^[0-9]{10}$"},
        },
    },
}


@service.endpoint(
    "POST",
    "/changes",
    **ASKS,
    takes=(JSON, *TEXTS),
    body_schema=NUMBERS | {"properties": NUMBERS["properties"] | {"since": {"type": "string"}}},
    query={"since": f"{SINCE}an earlier answer."},
    reads=4,
    fails=(*UNREADABLE, *REFUSES),
    example={"numbers": ["9000000009", "9000000017"]},
)
def find_changes(request: Request, db: Snapshot) -> Reply:
    """Which of these people have changed since (ours).

    The body holds the NHS numbers: in JSON, or as text, one to a line, where a table has them in
    the column that is headed so, or else the first. Where one is none, the answer says in which
    line, and nobody is left out unseen. Without `since` it says only where to go on from. With
    Accept: text/csv it comes as a table.
    """
    check_may_ask(request)
    numbers = numbers_in(request.body)
    given = None
    if isinstance(request.body, dict):
        must_be_known(request.body, ("numbers", "since"))
        given = request.body.get("since")
    since = since_of(request, db, given)
    return answer(request, numbers, db.t if since is None else since, db)


def check_may_ask(request: Request) -> None:
    """Raises Problem for who may not be told of changes of records."""
    check_product(request.caller)
    check_may_subscribe(request.caller, RECORD_CHANGE)


def since_of(request: Request, db: Snapshot, given: Any = None) -> int | None:
    """The commit after which changes are asked for; None where that is not said. Raises Problem."""
    said = parameter(request, "since")
    text = given if said is None else said
    if text is None:
        return None
    moment = _moment_of(text)
    if moment is None:
        return _commit_of(text)
    if moment > request.time:
        raise Problem("since-invalid")
    return db.before(moment)


def answer(request: Request, numbers: Sequence[str], since: int, db: Snapshot) -> Reply:
    """Who of these has changed after a commit, as JSON or as a table."""
    if since > db.t:
        raise Problem("since-invalid")
    found = changes(numbers, since, db)
    if CSV in request.headers.get("accept", "").lower():
        headers = (("content-type", f"{CSV}; charset=utf-8"), ("x-next", token_of(db.t)))
        return Reply(_table(found), headers=headers)
    parts = Counter(part for each in found for part in each["changed"])
    body = {
        "next": token_of(db.t),
        "digest": {"people": len(numbers), "changed": len(found), "parts": dict(parts)},
        "changes": found,
    }
    return Reply(body)


def changes(numbers: Sequence[str], since: int, db: Snapshot) -> list[Json]:
    """What has changed of each person after a commit, in the order of the numbers.

    The past is read of those only who have changed.
    """
    statuses = db.read([(NUMBER_STATUS, number) for number in numbers])
    by = {id: str(row.body.get("by") or id) for (_, id), row in statuses.items()}
    now = db.read([(PATIENT, by.get(number, number)) for number in numbers])
    found = []
    for number in numbers:
        row = now.get((PATIENT, by.get(number, number)))
        renumbered = statuses.get((NUMBER_STATUS, number))
        parts = _parts(row, since, db) if row is not None and row.t > since else []
        if renumbered is not None and renumbered.t > since:
            parts = ["nhsNumber", *parts]
        if parts:
            found.append(_change(number, parts, row))
    return found


def token_of(t: int) -> str:
    """What to give back to go on from a commit."""
    return urlsafe_b64encode(f"t{t}".encode()).decode().rstrip("=")


def _change(number: str, parts: list[str], row: Row | None) -> Json:
    change: Json = {"nhsNumber": number, "changed": parts}
    if row is not None:
        change |= {"currentNhsNumber": row.id, "versionid": f'W/"{row.version}"'}
    return change


def _parts(row: Row, since: int, db: Snapshot) -> list[str]:
    """The parts of a record that are others than they were after that commit: all of them, where it
    is not kept any more how they were. Of a restricted person, none that tells of where they are.
    """
    before = db.history(PATIENT, row.id, to=since, newest=1)
    is_pruned = not before and db.history(PATIENT, row.id)[0].version > 1
    if not is_pruned and (not before or not before[0].raw):
        return [NEW]
    new, old = row.body, before[0].body if before else {}
    hidden = NOT_TOLD if row.labels.isdisjoint(SENSITIVE) else NOT_TOLD | WHERE
    parts = [part for part in sorted(new.keys() | old.keys()) if new.get(part) != old.get(part)]
    return [part for part in parts if part not in hidden]


def _table(found: Iterable[Json]) -> bytes:
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for each in found:
        version = str(each.get("versionid", "")).strip('W/"')
        current = each.get("currentNhsNumber", "")
        table.writerow((each["nhsNumber"], " ".join(each["changed"]), version, current))
    return text.getvalue().encode()


def _moment_of(text: Any) -> datetime | None:
    """The moment that a text tells of: of a day its beginning in the UK. None for any other."""
    try:
        if is_day(text):
            midnight = datetime.fromisoformat(text).replace(tzinfo=UTC)
            return midnight - (in_uk(midnight).utcoffset() or timedelta())
        moment = moment_of(text) if isinstance(text, str) else None
        return moment.astimezone(UTC) if moment else None
    except OverflowError:  # the first or last hours that there are
        return None


def _commit_of(token: Any) -> int:
    """Raises Problem for a text that was never given."""
    if not isinstance(token, str) or len(token) > 40 or not token.isascii():
        raise Problem("since-invalid")
    try:
        text = urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode("ascii")
        commit = int(text[1:])
    except ValueError:
        raise Problem("since-invalid") from None
    if token_of(commit) != token or commit < 0:
        raise Problem("since-invalid")
    return commit
