"""A row of the table says what was to be reached, and honestly whether it was."""

import pytest

from bench.row import Row


@pytest.mark.parametrize(
    ("reached", "told"),
    [(True, "reached: 2 ms"), (False, "**not reached**: 2 ms"), (None, "2 ms")],
)
def test_a_row_tells_whether_its_goal_was_reached(reached: bool | None, told: str) -> None:
    row = Row("read", "< 1 ms", "2 ms", reached=reached)
    assert row.line("make bench") == f"| read | < 1 ms | {told} | `make bench` |"
