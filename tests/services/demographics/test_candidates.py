"""Which questions a search puts to the index, and that the index answers them without a scan."""

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import Any

import apsw
import asyncpg
import pytest

from openroots.services.demographics.candidates import (
    is_plain,
    plain_query,
    queries,
    sought,
    together,
)
from openroots.services.demographics.criteria import Criteria
from openroots.services.demographics.days import Days
from openroots.storage import EVERYTHING, Query
from openroots.storage.postgres import open_postgres
from openroots.storage.postgres_search import compile_query
from openroots.storage.sqlite_schema import SCHEMA
from openroots.storage.sqlite_search import compiled

DAY, YEARS = Days("1980-03-04", "1980-03-04"), Days("1970-02-03", "1980-12-31")
JOHN: dict[str, Any] = {"family": "smith", "given": ("john",)}
PLACE: dict[str, Any] = {"gender": "male", "postcode": "LS16AE", "practice": "Y12345"}
REACHED: dict[str, Any] = {"phone": "01134960000", "email": "j@example.com"}
ASKED = [
    Criteria(DAY, family="smith"),
    Criteria(DAY, **JOHN, **PLACE, **REACHED),
    Criteria(YEARS, **JOHN, **PLACE, died=YEARS),
    Criteria(DAY, family="sm*", given=("jo*",), postcode="LS1*"),
    Criteria(YEARS, family="sm*h"),
    Criteria(DAY, **JOHN, history=True),
    Criteria(YEARS, **JOHN, history=True),
    Criteria(DAY, **JOHN, fuzzy=True),
    Criteria(YEARS, **JOHN, **PLACE, fuzzy=True),
    Criteria(DAY, given=("john",), fuzzy=True, **PLACE),
]

# A look-up of what one person's record is found by: as a term, or among those beside a version.
ONE = re.compile(
    r"SEARCH b .*USING PRIMARY KEY \(type=\? AND name=\? AND value=\? AND id=\?"
    r"|SEARCH [vo] .*INDEX .*version.* \(type=\? AND id=\?|SCAN b VIRTUAL TABLE"
)


def questions(criteria: Criteria) -> list[Query]:
    """All that a search asks the index."""
    if is_plain(criteria):
        return [plain_query(criteria, "")]
    at_once = [together(sought(criteria))] if criteria.fuzzy and criteria.born.one else []
    return [*at_once, *queries(criteria)]


@pytest.fixture(scope="module")
def empty() -> apsw.Connection:
    """The tables of a store in which there is nobody, so that no statistics sway the planner."""
    db = apsw.Connection(":memory:")
    for statement in SCHEMA.split(";\n"):
        db.execute(statement)
    return db


@pytest.mark.parametrize("criteria", ASKED)
def test_every_search_is_answered_by_the_index(empty: apsw.Connection, criteria: Criteria) -> None:
    """Whatever is asked, people are found by value, and what else must hold by their id."""
    for question in questions(criteria):
        sql, values = compiled(question, EVERYTHING, 1)
        plan = [step for *_, step in empty.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
        lead, *others = [step for step in plan if step.startswith(("SEARCH", "SCAN"))]
        if lead.endswith("VALUES CLAUSE"):  # the ranges of a stretch of days, a row for each
            lead, *others = others
        assert lead.startswith("SEARCH a USING PRIMARY KEY (type=? AND name=? AND value")
        assert not [step for step in others if not ONE.match(step)]


@pytest.mark.parametrize("criteria", ASKED)
def test_a_narrow_term_leads(criteria: Criteria) -> None:
    """The first term of each question names a birth date beside a name or a place."""
    for question in questions(criteria):
        lead = question.where[0]
        assert lead.name.removeprefix("was-") in ("family", "start", "trace")
        assert all("\t" in value for value in lead.values)


@pytest.mark.postgres
def test_every_search_is_answered_by_the_index_of_postgresql(
    new_database: Callable[[], str],
) -> None:
    """Where its planner may choose, PostgreSQL reads no table from end to end for any search."""
    asked = [compile_query(each, EVERYTHING) for one in ASKED for each in questions(one)]
    for plan in asyncio.run(plans(new_database(), asked)):
        assert "Index" in plan
        assert "Seq Scan" not in plan


async def plans(url: str, asked: Sequence[tuple[str, list[str]]]) -> list[str]:
    """How PostgreSQL would answer each of these. The tables are empty, so that without being told
    it would read all of them."""
    await (await open_postgres(url, lambda *_: ())).close()
    db = await asyncpg.connect(url)
    await db.execute("SET search_path = openroots; SET enable_seqscan = off")
    told = []
    for number, (sql, texts) in enumerate(asked):
        array = ", ".join("'{}'".format(text.replace("'", "''")) for text in texts)
        await db.execute(f"PREPARE q{number} (text[], bigint) AS {sql}")
        rows = await db.fetch(f"EXPLAIN EXECUTE q{number} (ARRAY[{array}], 1)")
        told.append("\n".join(row[0] for row in rows))
    await db.close()
    return told
