"""The tables of a SQLite store, and how one of an earlier version is brought up to date.

What a store holds besides versions follows from them: terms and forms are worked out from each
body. So a store of an earlier version gets the tables of this one, and its terms and forms are
worked out again, in one transaction: a crash in the midst of it leaves the earlier version.

    1    versions, terms, signals, marks
    2    the forms of a version stand beside it
    3    cases are found by the course that they took, people by keys for tracing
    4    the terms of a version stand beside it, and what recurs in all of them is short
    5    people are found by names without letters that only some languages have
    6    who had charge of the dead is in no form

Source: SQLite's documentation on user_version and ALTER TABLE.
"""

from pathlib import Path

import apsw

from openroots.storage.forms import Forms
from openroots.storage.spans import Tell, tell_nobody
from openroots.storage.sqlite_upgrade import work_out_again
from openroots.storage.types import Terms, TooNew

SCHEMA_VERSION = 6
TERMS_BESIDE = 4  # the first in which what a version was found by stands beside it

SCHEMA = """
CREATE TABLE committed (
    t INTEGER PRIMARY KEY, first INTEGER, last INTEGER,   -- the versions that it wrote
    application TEXT, organisation TEXT, endpoint TEXT, trail TEXT, wall TEXT, time TEXT
);
CREATE TABLE version (
    n INTEGER PRIMARY KEY,             -- a rowid: bodies of 2 KB overflow a WITHOUT ROWID page
    type TEXT, id TEXT, version INTEGER, t INTEGER,
    subject TEXT, holder TEXT, labels TEXT, raw BLOB,     -- raw empty: removed at t
    forms BLOB, terms TEXT,
    UNIQUE (type, id, version)
);
CREATE TABLE term (
    type TEXT, name TEXT, value TEXT, id TEXT, since INTEGER, until INTEGER,
    subject TEXT, holder TEXT, labels TEXT,
    PRIMARY KEY (type, name, value, id, since)
) WITHOUT ROWID;
CREATE TABLE signal (
    n INTEGER PRIMARY KEY, t INTEGER, time TEXT, type TEXT, subject TEXT, dataref TEXT
);
CREATE TABLE mark (
    n INTEGER PRIMARY KEY, key TEXT UNIQUE, value BLOB, expires TEXT
);
"""


ADDED_IN = {
    2: "ALTER TABLE version ADD COLUMN forms BLOB DEFAULT x''",
    3: "",  # terms are worked out again, and that is all
    4: "ALTER TABLE version ADD COLUMN terms TEXT DEFAULT ''; DROP INDEX term_of",
    5: "",
    6: "",
}


def refuse_newer(db: apsw.Connection, path: Path) -> None:
    """Raises TooNew for a file that a later version of the program wrote."""
    found = db.pragma("user_version")
    if found > SCHEMA_VERSION:
        raise TooNew(f"{path} has schema {found}; this version of OpenRoots knows {SCHEMA_VERSION}")


def bring_up_to_date(
    db: apsw.Connection, terms: Terms, forms: Forms, tell: Tell = tell_nobody
) -> None:
    """Make the tables where there are none; bring those of an earlier version to this one, which
    takes minutes where there are many people, and is told of."""
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
        work_out_again(db, terms, forms, tell, anew=found < TERMS_BESIDE)
    db.pragma("user_version", SCHEMA_VERSION)
    db.execute("COMMIT")
