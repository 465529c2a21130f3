"""How far spellings are apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openroots.tracing.spelling import FAR, distance, is_slip

WORDS = st.text("abc", max_size=6)


@pytest.mark.parametrize(
    ("one", "other", "slips"),
    [
        ("jane", "jane", 0),
        ("jane", "jnae", 1),
        ("jane", "jan", 1),
        ("jane", "janne", 1),
        ("jane", "jone", 1),
        ("jane", "enaj", FAR),
        ("ca", "abc", FAR),
        ("ab", "xy", 2),
        ("abz", "xyz", 2),
        ("abcz", "wxyz", FAR),
        ("abc", "", FAR),
        ("johnson", "jhonsn", 2),
        ("", "ab", 2),
        ("", "abcd", FAR),
    ],
)
def test_slips_are_counted(one: str, other: str, slips: int) -> None:
    """A letter dropped, added or changed is one slip, and so are two in the other order."""
    assert distance(one, other) == slips


@given(WORDS, WORDS, WORDS)
def test_a_distance_is_the_same_both_ways(one: str, other: str, more: str) -> None:
    """It does not matter which text is taken first, nor what both begin and end with."""
    assert distance(one, other) == distance(other, one)
    assert (distance(one, other) == 0) == (one == other)
    assert distance(more + one + more, more + other + more) <= distance(one, other)


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("johnson", "johson", True),
        ("jane", "jnae", True),
        ("mark", "mary", False),
        ("ali", "ari", False),
        ("amy", "may", True),
        ("thompson", "tompsen", True),
        ("emily", "emilie", False),
        ("", "a", False),
    ],
)
def test_a_short_name_is_soon_another(one: str, other: str, near: bool) -> None:
    """In a short name only two letters in the other order are a slip, in a long one two slips."""
    apart = distance(one, other)
    assert is_slip(one, other, apart) == is_slip(other, one, apart) == near
