"""A world on the machine's own time, since clients of MESH prove themselves by theirs."""

import shutil

import pytest

from openroots.clock import Wall
from openroots.testing import open_nation


@pytest.fixture
def nation(openroots_seeded, tmp_path):
    """A nation of its own."""
    shutil.copytree(openroots_seeded, tmp_path / "state")
    nation = open_nation(tmp_path / "state", wall=Wall())
    yield nation
    nation.close()
