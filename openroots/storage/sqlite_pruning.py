"""Versions of a SQLite store that are no longer kept: those that others took the place of, of old.

For `sqlite_transaction`. What came after what is known from the commits, so that no row is looked
at twice: a mark says up to which commit all was let go of that may be, and when the latest of those
was made. What a version was found by goes with it; that there was a commit, by whom and of how many
versions, stays.

Source: none.
"""

from typing import Any

import apsw
import orjson

PRUNED = "world/pruned"
AT_ONCE = 2000  # commits in one transaction, which others wait for

REACHED = "SELECT value FROM mark WHERE key = ?"
# Up to the first that was not made before then: a clock that once stood wrong must not have those
# before it passed over, whose time is yet to come.
NEXT = """
WITH coming AS (SELECT t, first, last, wall FROM committed WHERE t > ? AND t < ? ORDER BY t LIMIT ?)
SELECT max(t), min(first), max(last), max(wall) FROM coming
WHERE t < ifnull((SELECT min(t) FROM coming WHERE wall >= ?), t + 1)
"""
REPLACED = """
SELECT old.n, old.type, old.id, old.terms, new.t FROM version new JOIN version old
ON old.type = new.type AND old.id = new.id AND old.version = new.version - 1
WHERE new.n BETWEEN ? AND ? AND new.version > 1 AND old.subject <> ''
"""
NO_TERM = "DELETE FROM term WHERE type = ? AND name = ? AND value = ? AND id = ? AND until <= ?"
REACHED_NOW = """
INSERT INTO mark (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value
"""


def pruned_to(db: apsw.Connection) -> int:
    """The commit up to which all was let go of that others took the place of."""
    return _reached(db)[0]


def prune(db: apsw.Connection, before: str, owed: int) -> int:
    """Let go of what the next so many commits took the place of, as long as they were made before
    this moment and are before the commit `owed`; returns how many versions went."""
    reached, latest = _reached(db)
    if before <= latest:  # what comes next has a commit before it that is too new
        return 0
    [(t, first, last, wall)] = db.execute(NEXT, (reached, owed, AT_ONCE, before)).fetchall()
    if t is None:
        return 0
    replaced: list[Any] = db.execute(REPLACED, (first, last)).fetchall()
    for n, type, id, terms, until in replaced:
        parts = orjson.loads(terms) if terms else []
        found = zip(parts[::2], parts[1::2], strict=True)
        db.executemany(NO_TERM, [(type, name, value, id, until) for name, value in found])
        db.execute("DELETE FROM version WHERE n = ?", (n,))
    db.execute(REACHED_NOW, (PRUNED, f"{t} {max(str(wall), latest)}".encode()))
    return len(replaced)


def _reached(db: apsw.Connection) -> tuple[int, str]:
    """The commit up to which all was let go of, and when the latest of those was made; "" where an
    earlier version of the program did not note that."""
    value: bytes | None = db.execute(REACHED, (PRUNED,)).get
    t, _, latest = (value or b"0").decode().partition(" ")
    return int(t), latest
