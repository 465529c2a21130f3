"""How the newest versions of many resources are looked up in SQLite."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openroots.storage import EVERYTHING, Query, Signal, Unavailable
from openroots.storage.sqlite import SqliteSnapshot, open_connection, open_sqlite
from openroots.storage.sqlite_reading import READ_MANY
from tests.storage.desk import NOON, desk_for, family, forms, patient, terms

PAGE = 8192  # bytes


def test_many_are_looked_up_by_the_index_of_versions(tmp_path: Path) -> None:
    """Neither all versions of a type nor all of the store are walked through."""
    path = tmp_path / "store.db"
    with desk_for(lambda: open_sqlite(path, terms)):
        db = open_connection(path)
        plan = db.execute(f"EXPLAIN QUERY PLAN {READ_MANY}", ("[]", "Patient", "Patient", 1))
        steps = [step[-1] for step in plan]
        db.close()
    assert [step for step in steps if "version_1 (type=? AND id=? AND version=?)" in step]
    assert not [step for step in steps if step.startswith("SCAN") and "VIRTUAL TABLE" not in step]


def test_what_was_just_read_is_not_read_again_for_another_form(tmp_path: Path) -> None:
    """Those whom a search has found are shown in another form without another statement."""
    path, asked = tmp_path / "store.db", list[str]()

    def told(cursor: Any, sql: str, values: Any) -> bool:
        asked.append(sql)
        return True

    with desk_for(lambda: open_sqlite(path, terms, forms)) as desk:
        desk.commit(patient("1", 0, "Smith"), patient("2", 0, "Smith"))
        db = open_connection(path)
        snapshot = SqliteSnapshot(db, 1, EVERYTHING)
        found = snapshot.search(Query("Patient", (family("Smith"),))).rows
        db.exec_trace = told
        assert snapshot.read([("Patient", "2")], "short")["Patient", "2"] == found[1]
        assert asked == []
        assert snapshot.read([("Patient", "3")]) == {}
        assert len(asked) == 1
        db.close()


def test_a_file_that_cannot_be_read_is_told_as_unavailable(tmp_path: Path) -> None:
    """Whatever is asked of it, as where its disk is broken: so a caller is told to come again, and
    an event is not given up for one that nobody understands."""
    path = tmp_path / "store.db"
    with desk_for(lambda: open_sqlite(path, terms)) as desk:
        desk.commit(patient("1", 0, "Smith"), signals=(Signal("changed", "1", "x"),))
        desk.reopen()  # so that all of it is in the file
        spoil(path)
        snapshot = desk.store.snapshot()
        asked: list[Callable[[], object]] = [
            lambda: snapshot.read([("Patient", "1")]),
            lambda: snapshot.get("Patient", "1"),
            lambda: snapshot.history("Patient", "1"),
            lambda: snapshot.versions({("Patient", "1"): 1}),
            lambda: snapshot.search(Query("Patient", (family("Smith"),))),
            lambda: snapshot.tally("Patient", "family"),
            lambda: snapshot.before(NOON),
            lambda: snapshot.marks(["key"]),
            desk.store.commits,
            desk.feed,
        ]
        for ask in asked:
            with pytest.raises(Unavailable, match="cannot be read"):
                ask()


def spoil(path: Path) -> None:
    """Have nothing but noise in the file after its first page, which says what it is."""
    with path.open("r+b") as file:
        file.seek(PAGE)
        file.write(b"\xff" * (path.stat().st_size - PAGE))


def test_a_file_that_was_closed_is_told_as_unavailable(tmp_path: Path) -> None:
    """Whoever was about to read it when another took its place is told to come again."""
    path = tmp_path / "store.db"
    with desk_for(lambda: open_sqlite(path, terms)) as desk:
        desk.commit(patient("1", 0, "Smith"))
        db = open_connection(path)
        snapshot = SqliteSnapshot(db, 1, EVERYTHING)
        db.close()
        with pytest.raises(Unavailable):
            snapshot.read([("Patient", "1")])
