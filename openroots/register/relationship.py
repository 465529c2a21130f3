"""Legitimate relationships: why an organisation, a team or a member of staff may see somebody.

For the policy, the service through which they are claimed, and what-if questions. A registration
follows from the practice in the person's record and is kept nowhere else.

    Relationship  id, patient, subject, with, source, from, to, reason, by, organisation
                  with: "organisation:Y12345", "team:ID" or "user:ID"
                  source: referral, appointment, encounter, self-claimed or break-glass
                  organisation: where it was claimed, whose privacy officer knows of it

Source: NHS Care Records Service, legitimate relationships and their alerts.
"""

from collections.abc import Collection, Iterator
from datetime import datetime

import orjson

from openroots.fhir.patient import general_practice
from openroots.storage import Json, Query, Row, Snapshot, Term

RELATIONSHIP = "Relationship"
REGISTRATION = "registration"
SELF_CLAIMED, BREAK_GLASS = "self-claimed", "break-glass"

ORGANISATION, USER = "organisation:", "user:"
BETWEEN, WITH, ABOUT = "between", "with", "about"  # terms: the pair, and either half of it
APART = "\t"
AT_ONCE = 1000


def terms(body: Json) -> Iterator[tuple[str, str]]:
    """What a relationship is found by."""
    yield WITH, body["with"]
    yield ABOUT, body["subject"]
    yield BETWEEN, f"{body['subject']}{APART}{body['with']}"


def stands(body: Json, time: datetime) -> bool:
    """Whether it has begun and has not ended."""
    ends = body.get("to")
    begun = datetime.fromisoformat(body["from"]) <= time
    return begun and (ends is None or time < datetime.fromisoformat(ends))


def _holds(body: Json, parties: Collection[str], time: datetime) -> bool:
    """Whether it stands for these: what somebody claimed, in the organisation where they did, as
    nobody is alerted in another where they act too."""
    claimed_at = body.get("organisation")
    is_here = not claimed_at or f"{ORGANISATION}{claimed_at}" in parties
    return is_here and stands(body, time)


def between(subject: str, parties: Collection[str], time: datetime, db: Snapshot) -> Row | None:
    """A relationship that stands between a person and any of these, or None. One search; one that
    sets no usual check aside is given before another."""
    values = tuple(f"{subject}{APART}{party}" for party in parties)
    found = _all(Query(RELATIONSHIP, (Term(BETWEEN, values),), AT_ONCE), db)
    standing = [row for row in found if _holds(row.body, parties, time)]
    return min(standing, key=lambda row: row.body["source"] == BREAK_GLASS, default=None)


def all_about(subject: str, time: datetime, db: Snapshot) -> list[Row]:
    """Every kept relationship of a person that stands."""
    found = _all(Query(RELATIONSHIP, (Term(ABOUT, (subject,)),), AT_ONCE), db)
    return [row for row in found if stands(row.body, time)]


def broken_glass_about(subject: str, db: Snapshot) -> list[Json]:
    """Every time that somebody broke the glass for a person, also what has ended. One search."""
    found = _all(Query(RELATIONSHIP, (Term(ABOUT, (subject,)),), AT_ONCE), db)
    return [row.body for row in found if row.body["source"] == BREAK_GLASS]


def subjects_of(parties: Collection[str], time: datetime, db: Snapshot, most: int) -> set[str]:
    """Everybody with whom any of these has a relationship that stands, by kept ones and by
    registration, as far as so many and one more. Broken glass is none here: it opens the record
    of one person who is asked for, and each such look is told as one."""
    codes = tuple(
        party.removeprefix(ORGANISATION) for party in parties if party.startswith(ORGANISATION)
    )
    found: set[str] = set()
    for row in _all(Query(RELATIONSHIP, (Term(WITH, tuple(parties)),), AT_ONCE), db):
        if _holds(row.body, parties, time) and row.body["source"] != BREAK_GLASS:
            found.add(row.subject)
    for row in _all(Query("Patient", (Term("practice", codes),), AT_ONCE), db) if codes else ():
        found.add(row.subject)
        if len(found) > most:
            break
    return found


def is_registered(patient: Row, ods_code: str) -> bool:
    """Whether this person's record names that practice."""
    # Most records do not hold the code at all, and need not be parsed to see it.
    may_be = bool(ods_code) and orjson.dumps(ods_code)[1:-1] in patient.raw
    return may_be and general_practice(patient.body) == ods_code


def person_of(number: str, db: Snapshot) -> tuple[str, Row | None]:
    """The subject key of the person of this number, "" for nobody's, and their record if it is
    still under this number. A superseded number is still the person's who had it."""
    record = db.get("Patient", number)
    if record is not None and record.subject:
        return record.subject, record
    status = status_of(number, db)
    return status.subject if status is not None else "", None


def status_of(number: str, db: Snapshot) -> Row | None:
    """What became of a number that no record is under, where that is known."""
    return db.get("NHSNumber", number)


def _all(query: Query, db: Snapshot) -> Iterator[Row]:
    after: str | None = query.after
    while after is not None:
        page = db.search(Query(query.type, query.where, query.limit, after))
        yield from page.rows
        after = page.next or None
