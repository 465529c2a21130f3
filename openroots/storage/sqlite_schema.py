"""The tables of a SQLite store, and how one of an earlier version is brought up to date.

What a store holds besides versions follows from them: terms and forms are worked out from each
body. So a store of an earlier version gets the tables of this one, and its terms and forms are
worked out again, in one transaction: a crash in the midst of it leaves the earlier version.

    1    versions, terms, signals, marks
    2    the forms of a version stand beside it

Source: SQLite's documentation on user_version and ALTER TABLE.
"""

from pathlib import Path

import apsw
import orjson

from openroots.storage.forms import Forms, packed
from openroots.storage.search import EXISTS
from openroots.storage.sqlite_writer import FOREVER, LATEST, read_labels
from openroots.storage.types import Terms, TooNew

SCHEMA_VERSION = 2

SCHEMA = """
CREATE TABLE committed (
    t INTEGER PRIMARY KEY, first INTEGER, last INTEGER,   -- the versions that it wrote
    application TEXT, organisation TEXT, endpoint TEXT, trail TEXT, wall TEXT, time TEXT
);
CREATE TABLE version (
    n INTEGER PRIMARY KEY,             -- a rowid: bodies of 2 KB overflow a WITHOUT ROWID page
    type TEXT, id TEXT, version INTEGER, t INTEGER,
    subject TEXT, holder TEXT, labels TEXT, raw BLOB,     -- raw empty: removed at t
    forms BLOB,
    UNIQUE (type, id, version)
);
CREATE TABLE term (
    type TEXT, name TEXT, value TEXT, id TEXT, since INTEGER, until INTEGER,
    subject TEXT, holder TEXT, labels TEXT,
    PRIMARY KEY (type, name, value, id, since)
) WITHOUT ROWID;
CREATE INDEX term_of ON term (type, id, until);
CREATE TABLE signal (
    n INTEGER PRIMARY KEY, t INTEGER, time TEXT, type TEXT, subject TEXT, dataref TEXT
);
CREATE TABLE mark (
    n INTEGER PRIMARY KEY, key TEXT UNIQUE, value BLOB, expires TEXT
);
"""


ADDED_IN = {2: "ALTER TABLE version ADD COLUMN forms BLOB DEFAULT x''"}


def refuse_newer(db: apsw.Connection, path: Path) -> None:
    """Raises TooNew for a file that a later version of the program wrote."""
    found = db.pragma("user_version")
    if found > SCHEMA_VERSION:
        raise TooNew(f"{path} has schema {found}; this version of OpenRoots knows {SCHEMA_VERSION}")


def bring_up_to_date(db: apsw.Connection, terms: Terms, forms: Forms) -> None:
    """Make the tables where there are none; bring those of an earlier version to this one."""
    found: int = db.pragma("user_version")
    if found == SCHEMA_VERSION:
        return
    db.execute("BEGIN IMMEDIATE")
    if not found:
        for statement in SCHEMA.split(";\n"):
            db.execute(statement)
    else:
        for version in range(found + 1, SCHEMA_VERSION + 1):
            db.execute(ADDED_IN[version])
        _work_out_forms(db, forms)
        _work_out_terms(db, terms)
    db.pragma("user_version", SCHEMA_VERSION)
    db.execute("COMMIT")


def _work_out_forms(db: apsw.Connection, forms: Forms) -> None:
    for n, type, labels, raw in db.cursor().execute(
        "SELECT n, type, labels, raw FROM version WHERE raw <> x''"
    ):
        kept = packed(forms(type, orjson.loads(raw), read_labels(labels)))
        if kept:
            db.execute("UPDATE version SET forms=? WHERE n=?", (kept, n))


def _work_out_terms(db: apsw.Connection, terms: Terms) -> None:
    """From the newest versions, as of the newest commit. What was so before then is left."""
    t = db.execute(LATEST).get
    db.execute("UPDATE term SET until=? WHERE until=?", (t, FOREVER))
    for type, id, raw, *marks in db.cursor().execute(
        "SELECT type, id, raw, subject, holder, labels FROM version v WHERE raw <> x'' AND "
        "version = (SELECT max(version) FROM version o WHERE o.type=v.type AND o.id=v.id)"
    ):
        for name, value in {(EXISTS, ""), *terms(type, orjson.loads(raw))}:
            db.execute(
                "INSERT INTO term VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET until=?",
                (type, name, value, id, t, FOREVER, *marks, FOREVER),
            )
