"""Puts off the index of a SQLite store while it is being filled, and makes it at the end in one go.

For whoever makes a new world. Terms come in no order: entered one by one they are written all over
the file, and leave a quarter of it unused. What each version is found by stands beside it, so in
the end all terms are sorted and written from the first to the last. Nobody may search meanwhile,
and what was cut short is made anew.

Source: SQLite's documentation of triggers (RAISE), and of its sorter.
"""

import os
from pathlib import Path

from openroots.storage.sqlite import open_connection
from openroots.storage.sqlite_transaction import FOREVER

CACHE_KIB = 65_536
PUT_OFF = """
CREATE TRIGGER put_off BEFORE INSERT ON term BEGIN SELECT RAISE(IGNORE); END
"""
# Each name in the list is followed by its value. The plan is the sorter's: one pass, no look-ups.
ALL_TERMS = f"""
INSERT INTO term SELECT v.type, n.value, json_extract(v.terms, '$[' || (n.key + 1) || ']'),
v.id, v.t, {FOREVER}, v.subject, v.holder, v.labels
FROM version v CROSS JOIN json_each(v.terms) n
WHERE v.raw <> x'' AND v.terms <> '' AND n.key % 2 = 0
AND v.version = (SELECT max(version) FROM version o WHERE o.type = v.type AND o.id = v.id)
ORDER BY 1, 2, 3, 4
"""


def put_off_index(path: Path) -> None:
    """From now on keep no terms in this store, which holds none yet."""
    db = open_connection(path, writes=True)
    db.execute(PUT_OFF)
    db.close()


def make_index(path: Path) -> None:
    """Make the index of a store that nobody has open, of the newest versions, and force it to
    disk. A crash meanwhile leaves a file of no use."""
    db = open_connection(path, writes=True)
    db.pragma("journal_mode", "delete")
    db.pragma("journal_mode", "off")
    db.pragma("synchronous", "off")
    db.pragma("cache_size", -CACHE_KIB)
    db.execute("DROP TRIGGER put_off")
    db.execute("BEGIN")
    db.execute(ALL_TERMS)
    db.execute("COMMIT")
    db.close()
    open_connection(path, writes=True).close()  # sets it up again as each store is
    with path.open("rb") as file:
        os.fsync(file.fileno())
