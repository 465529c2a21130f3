"""The tables of a PostgreSQL store, and how those of an earlier version are brought up to date.

What a store holds besides versions follows from them, as in `sqlite_schema`; all of it is worked
out again in one transaction, under a lock, as several nodes may start at once.

    2    the forms of a version stand beside it
    3    cases are found by the course that they took, people by keys for tracing
    4    people are found by names without letters that only some languages have
    5    who had charge of the dead is in no form

Source: PostgreSQL's documentation on advisory locks and transactional DDL.
"""

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import orjson

from openroots.storage.forms import Forms, packed
from openroots.storage.search import EXISTS
from openroots.storage.spans import TOLD_EVERY, Tell, spans, tell_nobody
from openroots.storage.types import Terms, TooNew

SCHEMA_VERSION = 5
ALL = "SELECT * FROM version ORDER BY type, id, version"
AT_ONCE = 5000  # terms that are written together
Version = tuple[int, frozenset[tuple[str, str]], tuple[str, str, list[str]]]
LATEST = "SELECT coalesce(max(t), 0) FROM committed"
KEEP_FORMS = "UPDATE version SET forms = $4 WHERE type = $1 AND id = $2 AND version = $3"


async def bring_up_to_date(pool: Any, terms: Terms, forms: Forms, tell: Tell = tell_nobody) -> None:
    """Make the tables where there are none; bring those of an earlier version to this one.

    Raises TooNew where a later version of the program made them.
    """
    async with pool.acquire() as connection, connection.transaction():
        # Two nodes may start at once on an empty database.
        await connection.execute("SELECT pg_advisory_xact_lock(8030029660642307956)")
        found = await made_by(connection)
        if not found:
            sql = files("openroots.storage").joinpath("postgres.sql").read_text("utf-8")
            await connection.execute(sql)
        elif found < SCHEMA_VERSION:
            await _migrate(connection, found, (terms, forms), tell)


async def made_by(connection: Any) -> int:
    """The version of the program's tables that are there; 0 where there are none.

    Raises TooNew where a later version of the program made them.
    """
    there = await connection.fetchval("SELECT to_regclass('openroots.schema_version')")
    if there is None:
        return 0
    found: int = await connection.fetchval("SELECT number FROM openroots.schema_version")
    if found > SCHEMA_VERSION:
        raise TooNew(f"the database has schema {found}; this OpenRoots knows {SCHEMA_VERSION}")
    return found


async def _migrate(connection: Any, found: int, deriving: tuple[Terms, Forms], tell: Tell) -> None:
    """What follows from the newest versions is worked out again. In the caller's transaction, so
    that a crash leaves what was there."""
    await connection.execute("SET LOCAL search_path = openroots")
    if found < 2:
        await _add_forms(connection)
    await _work_out_again(connection, deriving, tell)
    await connection.execute("UPDATE schema_version SET number = $1", SCHEMA_VERSION)


async def _add_forms(connection: Any) -> None:
    """From schema 1: there is a place for forms beside each version."""
    sql = files("openroots.storage").joinpath("postgres.sql").read_text("utf-8")
    await connection.execute("ALTER TABLE version ADD COLUMN forms bytea NOT NULL DEFAULT ''")
    await connection.execute("DROP FUNCTION write_version(jsonb, bytea, bigint)")
    await connection.execute(sql[sql.index("CREATE OR REPLACE FUNCTION") :])


async def _work_out_again(connection: Any, deriving: tuple[Terms, Forms], tell: Tell) -> None:
    """Of all versions, so that what was so before is found and shown as well."""
    # Not DELETE: of millions it takes longer than any statement may.
    await connection.execute("TRUNCATE term")
    done, of = 0, await connection.fetchval("SELECT count(*) FROM version")
    tell(done, of)
    forever = await connection.fetchval("SELECT forever()")
    key: tuple[str, str] = ("", "")
    versions: list[Version] = []
    rows: list[tuple[Any, ...]] = []
    async for found in connection.cursor(ALL):
        if (found["type"], found["id"]) != key:
            rows += _rows(key, versions, forever)
            key, versions = (found["type"], found["id"]), []
        if len(rows) >= AT_ONCE:
            await connection.copy_records_to_table("term", records=rows)
            rows = []
        pairs, kept = _worked_out(found, deriving)
        if kept != found["forms"]:
            await connection.execute(KEEP_FORMS, *key, found["version"], kept)
        marks = found["subject"], found["holder"], found["labels"]
        versions.append((found["t"], pairs, marks))
        done += 1
        if done == of or not done % TOLD_EVERY:
            tell(done, of)
    rows += _rows(key, versions, forever)
    await connection.copy_records_to_table("term", records=rows)


def _worked_out(
    found: Any, deriving: tuple[Terms, Forms]
) -> tuple[frozenset[tuple[str, str]], bytes]:
    """The terms and the packed forms of a version; a removed one has none."""
    if not found["raw"]:
        return frozenset(), b""
    (terms, forms), type, body = deriving, found["type"], orjson.loads(found["raw"])
    pairs = frozenset({(EXISTS, ""), *terms(type, body)})
    return pairs, packed(forms(type, body, frozenset(found["labels"])))


def _rows(key: tuple[str, str], versions: list[Version], forever: int) -> Iterator[tuple[Any, ...]]:
    """The terms of one resource through time, as they stand in their table."""
    for pair, since, until, marks in spans(versions, forever):
        yield (key[0], *pair, key[1], since, until, *marks)
