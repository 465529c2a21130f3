"""Versions of a SQLite store that are no longer kept: those that others took the place of, of old.

For `sqlite_transaction`. What came after what is known from the commits, so that no row is looked
at twice: a mark says up to which commit all was let go of that may be. What a version was found by
goes with it; that there was a commit, by whom and of how many versions, stays.

Source: none.
"""

from typing import Any

import apsw
import orjson

PRUNED = "world/pruned"
AT_ONCE = 2000  # commits in one transaction, which others wait for

REACHED = "SELECT ifnull((SELECT cast(value AS INTEGER) FROM mark WHERE key = ?), 0)"
# Up to the first that was not made before then: a clock that once stood wrong must not have those
# before it passed over, whose time is yet to come.
NEXT = """
WITH coming AS (SELECT t, first, last, wall FROM committed WHERE t > ? AND t < ? ORDER BY t LIMIT ?)
SELECT max(t), min(first), max(last) FROM coming
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
    found: int = db.execute(REACHED, (PRUNED,)).get
    return found


def prune(db: apsw.Connection, before: str, owed: int) -> int:
    """Let go of what the next so many commits took the place of, as long as they were made before
    this moment and are before the commit `owed`; returns how many versions went."""
    [(t, first, last)] = db.execute(NEXT, (pruned_to(db), owed, AT_ONCE, before)).fetchall()
    if t is None:
        return 0
    replaced: list[Any] = db.execute(REPLACED, (first, last)).fetchall()
    for n, type, id, terms, until in replaced:
        parts = orjson.loads(terms) if terms else []
        found = zip(parts[::2], parts[1::2], strict=True)
        db.executemany(NO_TERM, [(type, name, value, id, until) for name, value in found])
        db.execute("DELETE FROM version WHERE n = ?", (n,))
    db.execute(REACHED_NOW, (PRUNED, str(t).encode()))
    return len(replaced)
