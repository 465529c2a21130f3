"""Tables that an earlier version of the program made, opened by this one."""

import asyncio
from collections.abc import Callable
from functools import partial

import pytest

from openroots.storage import Change, Query, Term
from openroots.storage.postgres import open_postgres
from tests.conftest import execute
from tests.storage.desk import desk_for, forms, terms

BODY = {"is": {"family": ["Smith"]}, "forms": {"short": {"family": "Smith"}}}
BEFORE = {"is": {"family": ["Jones"]}}
KEY = ("Patient", "1")
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
    smiths = Query("Patient", (Term("family", ("Smith",)),))
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
        assert [row.id for row in db.search(smiths).rows] == ["1"]
        assert not db.search(Query("Patient", (Term("was", ("Smith",)),))).rows
        past = desk.store.snapshot(at=1)
        assert [row.id for row in past.search(Query("Patient")).rows] == ["1"]
        assert not past.search(smiths).rows
        joneses = Query("Patient", (Term("family", ("Jones",)),))
        assert [row.id for row in past.search(joneses).rows] == ["1"]
        assert not db.search(joneses).rows
        assert desk.commit(Change(*KEY, {}, expect=2)) == 3
        assert not desk.store.snapshot().search(smiths).rows
