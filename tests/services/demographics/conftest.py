"""The desk at which these tests ask."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.demographics.desk import Desk, open_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """The service over a store of its own, in which the published people are."""
    desk = open_desk(tmp_path)
    yield desk
    desk.run(desk.store.close())
    desk.runner.close()
