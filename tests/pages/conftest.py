"""One browser, and one world that has been lived in, for all tests of pages that only look."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from openroots.testing import Nation, open_nation
from tests.pages.browser import open_browser, why_not
from tests.pages.lived_in import live_in


@pytest.fixture(scope="session")
def lived_in(openroots_seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nation]:
    """A world in which something has happened."""
    state = tmp_path_factory.mktemp("lived-in") / "state"
    shutil.copytree(openroots_seeded, state)
    nation = open_nation(state, seeded=openroots_seeded)
    yield live_in(nation)
    nation.close()


@pytest.fixture(scope="module")
def nation(openroots_seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nation]:
    """A fresh world, for all tests of a module that only look."""
    state = tmp_path_factory.mktemp("pages") / "state"
    shutil.copytree(openroots_seeded, state)
    nation = open_nation(state, seeded=openroots_seeded)
    yield nation
    nation.close()


@pytest.fixture
def visitor(nation: Nation) -> Iterator[httpx.Client]:
    """A client of its pages."""
    with httpx.Client(base_url=nation.url, timeout=60) as client:
        yield client


@pytest.fixture
def reader(lived_in: Nation) -> Iterator[httpx.Client]:
    """A client of its pages."""
    with httpx.Client(base_url=lived_in.url, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests of a module; while it is open, its loop runs in this thread."""
    if reason := why_not():
        pytest.skip(reason)
    with open_browser() as browser:
        yield browser
