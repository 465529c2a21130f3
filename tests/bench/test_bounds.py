"""How sure a counted share is."""

import pytest

from bench.bounds import lower, upper


def test_of_none_the_bound_is_three_in_as_many() -> None:
    """The rule of three: none of three million is at most one in a million."""
    assert upper(0, 3_000_000) == pytest.approx(2.9957e-6 / 3, rel=1e-4)
    assert upper(0, 3_000_000) <= 1e-6


@pytest.mark.parametrize(
    ("count", "of", "bound"),
    [
        (0, 10, 0.25887),  # 1 - 0.05 ** (1 / 10)
        (1, 10, 0.39416),
        (5, 10, 0.77756),
        (10, 10, 1.0),
        (9, 10, 0.99488),  # 0.95 ** (1 / 10)
    ],
)
def test_bounds_are_those_of_clopper_and_pearson(count: int, of: int, bound: float) -> None:
    """They agree with the published tables."""
    assert upper(count, of) == pytest.approx(bound, abs=1e-5)
    assert lower(of - count, of) == pytest.approx(1 - bound, abs=1e-5)


def test_many_are_counted_as_exactly_as_few() -> None:
    """With a great many the bound comes near the share, and stays on its side."""
    assert 0.98 < upper(980_000, 1_000_000) < 0.9804
    assert 0.9796 < lower(980_000, 1_000_000) < 0.98
    assert lower(0, 0) == 0.0
