"""A store that an earlier version of the program wrote, opened by this one."""

from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import apsw
import orjson
import pytest

from openroots.storage import Change, How, Query, Term
from openroots.storage.sqlite import SqliteStore, open_sqlite
from openroots.storage.sqlite_schema import ADDED_IN, SCHEMA_VERSION
from tests.storage.desk import BY, as_before, desk_for, forms, terms

BODY = {"is": {"family": ["Smith"]}, "forms": {"short": {"family": "Smith"}}}
BEFORE = {"is": {"family": ["Jones"], "given": ["Ann"]}}
KEY = ("Patient", "1")
FIRST_SCHEMA = """
CREATE TABLE committed (
    t INTEGER PRIMARY KEY, first INTEGER, last INTEGER,
    application TEXT, organisation TEXT, endpoint TEXT, trail TEXT, wall TEXT, time TEXT);
CREATE TABLE version (
    n INTEGER PRIMARY KEY, type TEXT, id TEXT, version INTEGER, t INTEGER,
    subject TEXT, holder TEXT, labels TEXT, raw BLOB, UNIQUE (type, id, version));
CREATE TABLE term (
    type TEXT, name TEXT, value TEXT, id TEXT, since INTEGER, until INTEGER,
    subject TEXT, holder TEXT, labels TEXT,
    PRIMARY KEY (type, name, value, id, since)) WITHOUT ROWID;
CREATE INDEX term_of ON term (type, id, until);
CREATE TABLE signal (
    n INTEGER PRIMARY KEY, t INTEGER, time TEXT, type TEXT, subject TEXT, dataref TEXT);
CREATE TABLE mark (n INTEGER PRIMARY KEY, key TEXT UNIQUE, value BLOB, expires TEXT);
PRAGMA user_version = 1
"""
COMMITTED = "INSERT INTO committed VALUES (?,?,?,'app','X26','seed','trail',?,?)"
VERSION = "INSERT INTO version VALUES (?,?,?,?,?,'p','X26','|R|',?)"
OLD_TERM = "INSERT INTO term VALUES ('Patient','was','indexed so','1',2,?,'p','X26','|R|')"
EVERY_TERM = "INSERT INTO term VALUES ('Patient','','','1',1,?,'p','X26','|R|')"


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """A file of schema 1 that holds two versions of one resource."""
    path = tmp_path / "store.db"
    db = apsw.Connection(str(path))
    for statement in FIRST_SCHEMA.split(";\n"):
        db.execute(statement)
    db.pragma("journal_mode", "wal")
    for t, body in enumerate((BEFORE, BODY), 1):
        db.execute(COMMITTED, (t, t, t, BY.wall.isoformat(), BY.time.isoformat()))
        db.execute(VERSION, (t, *KEY, t, t, orjson.dumps(body)))
    db.execute(OLD_TERM, (1 << 62,))
    db.execute(EVERY_TERM, (1 << 62,))
    db.close()
    return path


def test_an_earlier_store_is_brought_up_to_date(first: Path) -> None:
    """Every version is still there, with its forms and its terms worked out, and can be changed."""
    with desk_for(lambda: open_sqlite(first, terms, forms)) as desk:
        db = desk.store.snapshot()
        assert db.read([KEY], form="short")[KEY].body == {"family": "Smith"}
        assert [row.body for row in db.history(*KEY)] == [BEFORE, BODY]
        assert desk.store.snapshot(at=1).read([KEY])[KEY].body == BEFORE
        smiths = Query("Patient", (Term("family", ("Smith",)),))
        assert [row.id for row in db.search(smiths).rows] == ["1"]
        assert not db.search(Query("Patient", (Term("was", ("indexed so",)),))).rows
        assert [row.id for row in db.search(Query("Patient")).rows] == ["1"]
        about = {"subject": "p", "holder": "X26", "labels": frozenset("R")}
        assert desk.commit(Change(*KEY, {}, expect=2, **about)) == 3
        assert not desk.store.snapshot().search(smiths).rows
    assert apsw.Connection(str(first)).pragma("user_version") == SCHEMA_VERSION


def test_the_past_of_an_earlier_store_is_searched_as_the_present_is(first: Path) -> None:
    """Who bore a name then is found by it then, and not now; also by a second term that is
    compared by its order."""
    joneses = (Term("family", ("Jones",)), Term("given", ("A",), How.STARTS))
    with desk_for(lambda: open_sqlite(first, terms, forms)) as desk:
        desk.commit(Change(*KEY, None, expect=2, subject="p"))
        found = {
            (at, name): [row.id for row in desk.store.snapshot(at=at).search(query).rows]
            for at in (1, 2, 3)
            for name, query in {
                "Jones": Query("Patient", joneses),
                "Smith": Query("Patient", (Term("family", ("Smith",)),)),
                "all": Query("Patient"),
                "old": Query("Patient", (Term("was", ("indexed so",)),)),
            }.items()
        }
    assert {at for at, ids in found.items() if ids} == {
        *((1, "Jones"), (1, "all"), (2, "Smith"), (2, "all"))
    }


def test_a_store_is_brought_up_to_date_whole_or_not_at_all(first: Path) -> None:
    """Where it cannot be done, the earlier store is left as it was."""

    def failing(type: str, body: object) -> list[tuple[str, str]]:
        raise RuntimeError("a defect")

    with pytest.raises(RuntimeError), desk_for(lambda: open_sqlite(first, failing, forms)):
        pass
    db = apsw.Connection(str(first))
    assert db.pragma("user_version") == 1
    with pytest.raises(apsw.SQLError, match="no such column"):
        db.execute("SELECT forms FROM version")


def test_what_is_found_by_other_terms_now_is_found_by_them(tmp_path: Path) -> None:
    """A store of the schema before this one has its terms worked out again, from what is kept."""
    path = tmp_path / "store.db"
    with desk_for(lambda: open_sqlite(path, lambda type, body: [("was", "x")], forms)) as desk:
        desk.commit(Change(*KEY, BODY, expect=0, subject="p"))
    db = apsw.Connection(str(path))
    db.pragma("user_version", SCHEMA_VERSION - 1)
    db.close()
    with desk_for(lambda: open_sqlite(path, terms, forms)) as desk:
        snapshot = desk.store.snapshot()
        assert snapshot.search(Query("Patient", (Term("family", ("Smith",)),))).rows
        assert not snapshot.search(Query("Patient", (Term("was", ("x",)),))).rows
        assert snapshot.read([KEY], form="short")[KEY].body == {"family": "Smith"}
        desk.commit(Change(*KEY, BEFORE, expect=1, subject="p"))
        assert not desk.store.snapshot().search(Query("Patient", (Term("was", ("x",)),))).rows


def test_what_is_shown_otherwise_now_is_shown_so(tmp_path: Path) -> None:
    """Every version that was made before, also those that others took the place of."""
    path = tmp_path / "store.db"
    with desk_for(lambda: open_sqlite(path, terms, as_before)) as desk:
        desk.commit(Change(*KEY, BODY, expect=0))
        desk.commit(Change(*KEY, BODY, expect=1))
        desk.commit(Change(*KEY, None, expect=2))
    apsw.Connection(str(path)).pragma("user_version", SCHEMA_VERSION - 1)
    with desk_for(lambda: open_sqlite(path, terms, forms)) as desk:
        for t in (1, 2):
            shown = desk.store.snapshot(at=t).read([KEY], form="short")[KEY]
            assert shown.body == {"family": "Smith"}
        assert desk.store.snapshot().read([KEY], form="short") == {}


def test_what_is_brought_up_to_date_is_found_through_all_its_time(tmp_path: Path) -> None:
    """Where terms are other ones now, a search of each commit finds what it would have found had
    they been so from the beginning; what is found as before is left as it stands."""
    stages: list[tuple[int, Any]] = [(0, BEFORE), (1, BODY), (2, None), (0, BEFORE)]
    others = Change("Patient", "2", BODY, expect=0, subject="q")

    def opening(path: Path, name: str) -> list[Any]:
        def named(type: str, body: Any) -> list[tuple[str, str]]:
            same = body == BODY
            return [pair if same else (name, pair[1]) for pair in terms(type, body)]

        with desk_for(lambda: open_sqlite(path, named, forms)) as desk:
            if not desk.store.snapshot().t:
                desk.commit(others)
                for expect, body in stages:
                    desk.commit(Change(*KEY, body, expect=expect, subject="p"))
        table = "SELECT * FROM term ORDER BY type, name, value, id, since"
        return list(apsw.Connection(str(path)).execute(table))

    was = opening(tmp_path / "store.db", "was")
    apsw.Connection(str(tmp_path / "store.db")).pragma("user_version", SCHEMA_VERSION - 1)
    now = opening(tmp_path / "store.db", "now")
    assert now != was
    assert now == opening(tmp_path / "fresh.db", "now")


def test_how_far_it_has_come_is_told(first: Path) -> None:
    """From none of the versions to all; of a store that is up to date nothing."""
    told: list[tuple[int, int]] = []

    def opening() -> Awaitable[SqliteStore]:
        return open_sqlite(first, terms, forms, lambda *came: told.append(came))

    for _ in range(2):
        with desk_for(opening):
            pass
    assert told == [(0, 2), (2, 2)]


def test_every_schema_has_a_way_to_it() -> None:
    """From each earlier schema there is a step to the next."""
    assert sorted(ADDED_IN) == list(range(2, SCHEMA_VERSION + 1))
