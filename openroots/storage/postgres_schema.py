"""The tables of a PostgreSQL store, and how those of an earlier version are brought up to date.

What a store holds besides versions follows from them, as in `sqlite_schema`; all of it is done in
one transaction, under a lock, as several nodes may start at once.

Source: PostgreSQL's documentation on advisory locks and transactional DDL.
"""

from importlib.resources import files
from typing import Any

import orjson

from openroots.storage.forms import Forms, packed
from openroots.storage.search import EXISTS
from openroots.storage.spans import TOLD_EVERY, Tell, spans, tell_nobody
from openroots.storage.types import Terms, TooNew

SCHEMA_VERSION = 4
Version = tuple[int, frozenset[tuple[str, str]], tuple[str, str, list[str]]]
LATEST = "SELECT coalesce(max(t), 0) FROM committed"


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
    terms, forms = deriving
    if found < 2:
        await _add_forms(connection, forms)
    await _work_out_terms(connection, terms, tell)
    await connection.execute("UPDATE schema_version SET number = $1", SCHEMA_VERSION)


async def _add_forms(connection: Any, forms: Forms) -> None:
    """From schema 1: forms stand beside each version."""
    sql = files("openroots.storage").joinpath("postgres.sql").read_text("utf-8")
    await connection.execute("ALTER TABLE version ADD COLUMN forms bytea NOT NULL DEFAULT ''")
    await connection.execute("DROP FUNCTION write_version(jsonb, bytea, bigint)")
    await connection.execute(sql[sql.index("CREATE OR REPLACE FUNCTION") :])
    async for record in connection.cursor("SELECT * FROM version WHERE raw <> ''"):
        kept = packed(
            forms(record["type"], orjson.loads(record["raw"]), frozenset(record["labels"]))
        )
        key = record["type"], record["id"], record["version"]
        if kept:
            await connection.execute(
                "UPDATE version SET forms = $4 WHERE type = $1 AND id = $2 AND version = $3",
                *key,
                kept,
            )


async def _work_out_terms(connection: Any, terms: Terms, tell: Tell) -> None:
    """From all versions, so that what was so before is found as well."""
    # Not DELETE: of millions it takes longer than any statement may.
    await connection.execute("TRUNCATE term")
    done, of = 0, await connection.fetchval("SELECT count(*) FROM version")
    tell(done, of)
    forever = await connection.fetchval("SELECT forever()")
    key: tuple[str, str] = ("", "")
    versions: list[Version] = []
    async for found in connection.cursor("SELECT * FROM version ORDER BY type, id, version"):
        if (found["type"], found["id"]) != key:
            await _keep_terms(connection, key, versions, forever)
            key, versions = (found["type"], found["id"]), []
        versions.append(_told(found, terms))
        done += 1
        if done == of or not done % TOLD_EVERY:
            tell(done, of)
    await _keep_terms(connection, key, versions, forever)


def _told(found: Any, terms: Terms) -> Version:
    """The commit, the terms and the marks of a version."""
    pairs: set[tuple[str, str]] = set()
    if found["raw"]:
        pairs = {(EXISTS, ""), *terms(found["type"], orjson.loads(found["raw"]))}
    return found["t"], frozenset(pairs), (found["subject"], found["holder"], found["labels"])


async def _keep_terms(
    connection: Any, key: tuple[str, str], versions: list[Version], forever: int
) -> None:
    """Write the terms of one resource through time."""
    rows = [
        (key[0], *pair, key[1], since, until, *marks)
        for pair, since, until, marks in spans(versions, forever)
    ]
    insert = "INSERT INTO term VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    await connection.executemany(insert, rows)
