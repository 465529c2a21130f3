"""The world that tests share in which nothing comes of what they ask."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from openroots.testing import Nation, openroots_nation


@pytest.fixture(scope="package")
def shared(openroots_seeded: Path) -> Iterator[Nation]:
    """One world for all tests that are refused: nothing is changed in it."""
    with openroots_nation(openroots_seeded) as nation:
        yield nation
