"""What people are called for short."""

from openroots.tracing.nicknames import called


def test_short_names() -> None:
    """A short name stands for each name that it is short for, and is not another short name."""
    assert {"joe", "joey"} <= called("joseph")
    assert called("joe") == {"joseph"}
    assert {"alexander", "alan", "albert"} & called("al") == {"alan", "albert"}
    assert called("nobody") == frozenset()
