"""A world on the machine's own time, since clients of MESH prove themselves by theirs."""

import pytest

from openroots.clock import Wall
from openroots.testing import openroots_nation


@pytest.fixture
def nation(openroots_seeded):
    """A nation of its own."""
    with openroots_nation(openroots_seeded, wall=Wall()) as nation:
        yield nation
