"""Tables that an earlier version of the program made, opened by this one."""

import asyncio
from collections.abc import Callable
from functools import partial

import pytest

from openroots.storage import Change, NoStore, Query, Term, TooNew, Unavailable
from openroots.storage.postgres import open_postgres, read_postgres, tables_in
from openroots.storage.postgres_schema import SCHEMA_VERSION
from tests.conftest import execute
from tests.storage.desk import BY, as_before, desk_for, forms, terms

BODY = {"is": {"family": ["Smith"]}, "forms": {"short": {"family": "Smith"}}}
BEFORE = {"is": {"family": ["Jones"]}}
KEY = ("Patient", "1")
SMITHS = Query("Patient", (Term("family", ("Smith",)),))
TO_FIRST_SCHEMA = """
SET search_path = openroots;
ALTER TABLE version DROP COLUMN forms;
DROP FUNCTION write_version(jsonb, bytea, bytea, bigint);
CREATE FUNCTION write_version(change jsonb, a_raw bytea, at bigint) RETURNS void
    LANGUAGE sql AS 'SELECT';
UPDATE term SET name = 'was' WHERE name = 'family';
UPDATE schema_version SET number = 1
"""


@pytest.mark.postgres
def test_earlier_tables_are_brought_up_to_date(new_database: Callable[[], str]) -> None:
    """Every version is still there, with its forms and its terms worked out, and can be changed."""
    url = new_database()
    with desk_for(lambda: open_postgres(url, terms, forms)) as desk:
        desk.commit(Change(*KEY, BEFORE, expect=0))
        desk.commit(Change(*KEY, BODY, expect=1))
    asyncio.run(execute(url, TO_FIRST_SCHEMA))
    told: list[tuple[int, int]] = []
    again = partial(open_postgres, url, terms, forms, lambda *came: told.append(came))
    with desk_for(again) as desk:
        assert told == [(0, 2), (2, 2)]
        db = desk.store.snapshot()
        assert db.read([KEY], form="short")[KEY].body == {"family": "Smith"}
        assert [row.body for row in db.history(*KEY)] == [BEFORE, BODY]
        assert [row.id for row in db.search(SMITHS).rows] == ["1"]
        assert not db.search(Query("Patient", (Term("was", ("Smith",)),))).rows
        past = desk.store.snapshot(at=1)
        assert [row.id for row in past.search(Query("Patient")).rows] == ["1"]
        assert not past.search(SMITHS).rows
        joneses = Query("Patient", (Term("family", ("Jones",)),))
        assert [row.id for row in past.search(joneses).rows] == ["1"]
        assert not db.search(joneses).rows
        assert desk.commit(Change(*KEY, {}, expect=2)) == 3
        assert not desk.store.snapshot().search(SMITHS).rows


@pytest.mark.postgres
def test_what_is_shown_otherwise_now_is_shown_so(new_database: Callable[[], str]) -> None:
    """Every version that was made before, also those that others took the place of."""
    url = new_database()
    with desk_for(lambda: open_postgres(url, terms, as_before)) as desk:
        desk.commit(Change(*KEY, BODY, expect=0))
        desk.commit(Change(*KEY, BODY, expect=1))
        desk.commit(Change(*KEY, None, expect=2))
    asyncio.run(execute(url, f"UPDATE openroots.schema_version SET number = {SCHEMA_VERSION - 1}"))
    with desk_for(lambda: open_postgres(url, terms, forms)) as desk:
        for t in (1, 2):
            shown = desk.store.snapshot(at=t).read([KEY], form="short")[KEY]
            assert shown.body == {"family": "Smith"}
        assert desk.store.snapshot().read([KEY], form="short") == {}


@pytest.mark.postgres
def test_nodes_that_start_at_once_make_the_tables_once(new_database: Callable[[], str]) -> None:
    """Each waits for the one before, and finds what it made."""
    url = new_database()

    async def start() -> list[int]:
        nodes = await asyncio.gather(*(open_postgres(url, terms, forms) for _ in range(4)))
        numbers = [await node.commit(by=BY) for node in nodes]
        for node in nodes:
            await node.close()
        return numbers

    assert asyncio.run(start()) == [1, 2, 3, 4]


@pytest.mark.postgres
def test_who_looks_leaves_earlier_tables_as_they_are(new_database: Callable[[], str]) -> None:
    """Who looks does not know what rows are to be found by: all would be found by nothing."""
    url = new_database()
    with desk_for(lambda: open_postgres(url, terms, forms)) as desk:
        desk.commit(Change(*KEY, BODY, expect=0))
    asyncio.run(execute(url, "UPDATE openroots.schema_version SET number = 3"))
    found = asyncio.run(read_postgres(url, lambda db: db.search(SMITHS).rows))
    assert [row.id for row in found] == ["1"]
    assert asyncio.run(tables_in(url)) == 3


@pytest.mark.postgres
def test_who_looks_makes_no_tables(new_database: Callable[[], str]) -> None:
    """Where nothing is made yet, that is what is found, and it stays so."""
    url = new_database()
    for _ in range(2):
        with pytest.raises(NoStore):
            asyncio.run(read_postgres(url, lambda db: db.t))
    assert asyncio.run(tables_in(url)) == 0


@pytest.mark.postgres
def test_who_looks_at_tables_of_a_later_version_is_told(new_database: Callable[[], str]) -> None:
    """As is whoever opens them."""
    url = new_database()
    with desk_for(lambda: open_postgres(url, terms, forms)):
        pass
    asyncio.run(execute(url, "UPDATE openroots.schema_version SET number = 99"))
    with pytest.raises(TooNew):
        asyncio.run(read_postgres(url, lambda db: db.t))


@pytest.mark.postgres
@pytest.mark.parametrize("wrong", ["&sslmode=perhaps", "&port=none", "&no_such_setting=1"])
def test_an_address_that_can_be_none_is_unavailable(
    new_database: Callable[[], str], wrong: str
) -> None:
    """What stands in it is for the client and the server to know, who say what is wrong."""
    with pytest.raises(Unavailable):
        asyncio.run(open_postgres(new_database() + wrong, terms, forms))
