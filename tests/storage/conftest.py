"""The stores on which the tests of what every store promises are run."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest

from openroots.storage.postgres import open_postgres
from openroots.storage.sqlite import open_sqlite
from tests.conftest import execute
from tests.storage.desk import Desk, Opening, desk_for, forms, terms

STORES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture
def database(new_database: Callable[[], str]) -> str:
    """The URL of an empty database."""
    return new_database()


@pytest.fixture(params=STORES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Opening, Callable[[], None]]:
    """How to open a store, and how to make it look as if a later version had written it."""
    if request.param == "sqlite":
        path = tmp_path / "store.db"
        return lambda: open_sqlite(path, terms, forms), lambda: age_file(path)
    url: str = request.getfixturevalue("database")
    return lambda: open_postgres(url, terms, forms), lambda: age_database(url)


@pytest.fixture
def desk(engine: tuple[Opening, Callable[[], None]]) -> Iterator[Desk]:
    """An open store."""
    with desk_for(engine[0]) as desk:
        yield desk


@pytest.fixture
def postgres(database: str) -> Iterator[Desk]:
    """An open store in PostgreSQL."""
    with desk_for(lambda: open_postgres(database, terms, forms)) as desk:
        yield desk


def age_file(path: Path) -> None:
    db = apsw.Connection(str(path))
    db.pragma("user_version", 99)
    db.close()


def age_database(url: str) -> None:
    asyncio.run(execute(url, "UPDATE openroots.schema_version SET number = 99"))
