"""A store whose index is made at the end is as one that kept it all along."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import apsw

from openroots.storage import Author, Change, Json, Query, Term
from openroots.storage.sqlite import open_sqlite
from openroots.storage.sqlite_bulk import make_index, put_off_index

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
BY = Author("app", "X26", "test", "trail", NOON, NOON)


def terms(type: str, body: Json) -> Iterable[tuple[str, str]]:
    return [("name", name) for name in body["names"]]


async def fill(path: Path, *, late: bool) -> None:
    store = await open_sqlite(path, terms)
    if late:
        put_off_index(path)
    await store.commit([Change("Thing", "1", {"names": ["a", 'q"uote', "é"]}, 0, "p")], by=BY)
    await store.commit([Change("Thing", "2", {"names": ["b"]}, 0, labels=frozenset("R"))], by=BY)
    await store.commit([Change("Thing", "3", {"names": ["gone"]}, 0)], by=BY)
    await store.commit([Change("Thing", "3", None, 1)], by=BY)
    await store.close()
    if late:
        make_index(path)


def rows(path: Path) -> list[tuple[object, ...]]:
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    sql = "SELECT * FROM term WHERE until > 100 ORDER BY type, name, value, id"
    found = db.execute(sql).fetchall()
    db.close()
    return found


def test_the_index_is_the_same(tmp_path: Path) -> None:
    """Of all that is there now; what was removed meanwhile is in neither."""
    asyncio.run(fill(tmp_path / "at-once", late=False))
    asyncio.run(fill(tmp_path / "late", late=True))
    assert rows(tmp_path / "late") == rows(tmp_path / "at-once") != []


def test_what_is_written_afterwards_is_indexed(tmp_path: Path) -> None:
    """The store goes on as any other does: terms are closed and opened with each commit."""

    async def go_on() -> tuple[list[str], list[str]]:
        store = await open_sqlite(tmp_path / "late", terms)
        await store.commit([Change("Thing", "1", {"names": ["z"]}, 1, "p")], by=BY)
        db = store.snapshot()
        found = [
            [row.id for row in db.search(Query("Thing", (Term("name", (name,)),))).rows]
            for name in ("a", "z")
        ]
        await store.close()
        return found[0], found[1]

    asyncio.run(fill(tmp_path / "late", late=True))
    assert asyncio.run(go_on()) == ([], ["1"])
    assert apsw.Connection(str(tmp_path / "late")).pragma("journal_mode") == "wal"
