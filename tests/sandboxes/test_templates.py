"""The seeded worlds of which sandboxes are copies."""

import asyncio

import pytest

from openroots.problem import Problem
from openroots.sandboxes.templates import Kind, _seed


def test_why_no_world_could_be_made_is_told_once(tmp_path):
    """The one that made it says what was wrong, as a command does; how to mend that is told of the
    server that was asked."""
    (tmp_path / "lock").mkdir()
    with pytest.raises(Problem) as refused:
        asyncio.run(_seed(Kind(1, 1948), tmp_path))
    assert refused.value.row == "seeding-failed"
    assert refused.value.fields["cause"] == "the state folder . cannot be written: Is a directory"
