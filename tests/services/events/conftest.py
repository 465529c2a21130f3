"""A world for tests of refusals, which leave nothing behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from openroots.testing import Nation, openroots_nation


@pytest.fixture(scope="module")
def shared(openroots_seeded: Path) -> Iterator[Nation]:
    """One world for the refusals of a module."""
    with openroots_nation(openroots_seeded) as nation:
        yield nation
