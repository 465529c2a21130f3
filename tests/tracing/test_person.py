"""Who is sought, and what is held of whoever may be them."""

from datetime import date
from typing import Any

import pytest

from openroots.tracing import Address, Name, Wanted


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"given": "Jane"}, "stand in a tuple"),
        ({"lines": "1 Mill Lane"}, "stand in a tuple"),
        ({"names": (Name("Smith", "Jane"),)}, "stand in a tuple"),  # type: ignore[arg-type]
        ({"addresses": (Address("", "1 Lane"),)}, "stand in a tuple"),  # type: ignore[arg-type]
        ({"born": date(2010, 10, 22)}, "a birth date is a text"),
    ],
)
def test_who_is_sought_is_told_as_it_is_compared(parts: dict[str, Any], words: str) -> None:
    """One text in the place of several would be taken for its letters, and a date never fits."""
    with pytest.raises(TypeError, match=words):
        Wanted(**{"family": "Smith", "born": "2010-10-22", **parts})


def test_what_nobody_told_may_be_left_out() -> None:
    """And a list does as well as a tuple."""
    assert Wanted("Smith", born="") == Wanted("Smith")
    several: Any = ["Jane ", "", "ANNE"]
    assert Wanted("Smith", several).given == ("jane", "anne")
