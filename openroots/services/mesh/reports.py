"""Messages that nobody took out of a mailbox for five days: their senders are told.

For the inbox. No timer runs: a message is overdue by the time at which somebody looks. Its
receiver does not see it from then on. Its sender finds a report in their own inbox, which is made
when they next look there. Events are not overdue, however long: a subscriber who was away
is owed them.

Source: MESH API, "Undelivered messages"; the code 14 and its words as MESH is known to give them.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from openroots.problem import Json
from openroots.services.mesh.messages import (
    ACCEPTED,
    CHUNK,
    EVENTS,
    MESSAGE,
    UNDELIVERED,
    WAITING_FROM,
    chunk,
    chunk_id,
    instant,
    message,
    with_chunk,
)
from openroots.storage import Change, How, Query, Row, Snapshot, Term

LONGEST = timedelta(days=5)
AT_ONCE = 20  # reports that are made in one look


class Report(NamedTuple):
    """A report for a sender, and what to commit so that it is there."""

    id: str
    workflow: str
    changes: tuple[Change, ...]


def is_overdue(body: Json, wall: datetime) -> bool:
    """Whether a message has waited for too long."""
    waits = body["status"] == ACCEPTED and body["sender"] != EVENTS and not body.get("linked")
    return waits and expires(body) <= wall


def as_it_is(body: Json, wall: datetime) -> Json:
    """The message with the status that it has by now."""
    if not is_overdue(body, wall):
        return body
    return {**body, "status": UNDELIVERED, "changed": expires(body).isoformat()}


def expires(body: Json) -> datetime:
    """When a message has waited for too long."""
    return datetime.fromisoformat(body["sent"]) + LONGEST


def due(
    sender: Json, wall: datetime, chance: Callable[[int], bytes], db: Snapshot
) -> Iterator[Report]:
    """The reports that a sender is owed and has not been given: two reads, however many."""
    term = Term(f"{WAITING_FROM}{sender['id']}", (instant(wall - LONGEST),), How.TO)
    rows = list(db.search(Query(MESSAGE, (term,), AT_ONCE)).rows)
    keys = [
        (CHUNK, chunk_id(row.id, number + 1))
        for row in rows
        for number in range(row.body["chunks"])
    ]
    chunks = db.read(keys) if keys else {}
    for row in rows:
        gone = [chunks[key] for key in keys if key[1].startswith(f"{row.id}/") and key in chunks]
        yield _report(row, gone, sender, wall, f"{wall:%Y%m%d%H%M%S%f}_{chance(3).hex().upper()}")


def _report(row: Row, gone: list[Row], sender: Json, wall: datetime, id: str) -> Report:
    body = row.body
    headers = {
        name: body["headers"][name]
        for name in ("workflow_id", "local_id", "subject")
        if name in body["headers"]
    }
    headers["subject"] = f"NDR: {headers['subject']}" if "subject" in headers else "NDR"
    report = message(id, body["recipient"], sender, headers, wall, 1, linked=row.id)
    return Report(
        id,
        headers.get("workflow_id", ""),
        (
            Change(MESSAGE, row.id, as_it_is(body, wall), row.version),
            *(Change(CHUNK, each.id, None, each.version) for each in gone),
            chunk(id, 1, b""),
            Change(MESSAGE, id, with_chunk(report, 1, wall, 0), 0),
        ),
    )
