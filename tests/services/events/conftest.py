"""A world for tests of refusals, which leave nothing behind."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from openroots.testing import Nation, open_nation


@pytest.fixture(scope="module")
def shared(openroots_seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nation]:
    """One world for the refusals of a module."""
    state = tmp_path_factory.mktemp("shared") / "state"
    shutil.copytree(openroots_seeded, state)
    nation = open_nation(state)
    yield nation
    nation.close()
