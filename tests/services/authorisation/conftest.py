"""The world that tests share in which nothing comes of what they ask."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from openroots.testing import Nation, open_nation


@pytest.fixture(scope="package")
def shared(openroots_seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nation]:
    """One world for all tests that are refused: nothing is changed in it."""
    state = tmp_path_factory.mktemp("authorisation") / "state"
    shutil.copytree(openroots_seeded, state)
    nation = open_nation(state)
    yield nation
    nation.close()
