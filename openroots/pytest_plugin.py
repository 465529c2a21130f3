"""The fixture `openroots`: a fresh world for each test. Pytest knows it wherever this is installed.

For suppliers' test suites and for ours. It imports the product only when a test asks for a world,
so that a suite which does not use it starts as fast as before.

Source: none.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from openroots.testing import Nation


@pytest.fixture(scope="session")
def openroots_seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a seeded world, of which each test gets a copy."""
    from openroots.testing import open_nation

    state = tmp_path_factory.mktemp("openroots-seeded") / "state"
    open_nation(state).close()
    return state


@pytest.fixture
def openroots(openroots_seeded: Path) -> Iterator["Nation"]:
    """A fresh world: the published people and a hundred more, at noon on 21 November 2026."""
    from openroots.testing import openroots_nation

    with openroots_nation(openroots_seeded) as nation:
        yield nation
