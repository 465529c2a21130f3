"""Administrators of an installation, as the store keeps them: who they are and by which key.

For the tooling door, which they may come in by from another program than this machine's own, and
for the page by which the first arises. Of a key only its SHA-256 is kept, and by that it is found.

    Administrator  id: the SHA-256 of the key
                   body: id (such as an e-mail address), name, since, status, until

Source: none.
"""

import re
from datetime import datetime, timedelta

from openroots.identity.applications import fingerprint
from openroots.storage import Change, Json, Mark, Query, Row, Snapshot

ADMINISTRATOR = "Administrator"
ACTIVE, ENDED = "active", "ended"
ID = re.compile(r"[a-z0-9][a-z0-9._+-]{0,63}@[a-z0-9][a-z0-9.-]{0,99}", re.ASCII)
NAME = re.compile(r"[^\x00-\x1f\x7f<>]{1,100}")
MANY = 1000
MOMENT = timedelta(minutes=10)  # longer than any two can be at work at once


def all_in(db: Snapshot) -> list[Row]:
    """Every administrator that there is or was, the longest known first."""
    rows: list[Row] = []
    page = db.search(Query(ADMINISTRATOR, limit=MANY))
    rows.extend(page.rows)
    while page.next:
        page = db.search(Query(ADMINISTRATOR, limit=MANY, after=page.next))
        rows.extend(page.rows)
    return sorted(rows, key=lambda row: (row.body["since"], row.id))


def active_in(db: Snapshot) -> list[Row]:
    """Those whose key is good now."""
    return [row for row in all_in(db) if row.body["status"] == ACTIVE]


def by_key(key: str, db: Snapshot) -> Json | None:
    """The active administrator whose key this is, or None. One read."""
    row = db.get(ADMINISTRATOR, fingerprint(key))
    return row.body if row and row.body["status"] == ACTIVE else None


def made(id: str, name: str, key: str, since: datetime) -> Change:
    """The change that makes somebody an administrator by this key."""
    body = {"id": id, "name": name, "since": since.isoformat(), "status": ACTIVE}
    return Change(ADMINISTRATOR, fingerprint(key), body, expect=0)


def ended(row: Row, until: datetime) -> Change:
    """The change by which this key opens nothing any more."""
    body = {**row.body, "status": ENDED, "until": until.isoformat()}
    return Change(ADMINISTRATOR, row.id, body, expect=row.version)


def turn_of(id: str, db: Snapshot, wall: datetime) -> Mark:
    """What to commit with a key for somebody, so that of two given in one moment one is refused."""
    count = sum(row.body["id"] == id for row in all_in(db))
    return Mark(f"administrator/{id}/{count}", b"1", wall + MOMENT, once=True)
