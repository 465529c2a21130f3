"""A list of NHS numbers is read as people send it, and whoever cannot be read is told of."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openroots.service import Problem
from openroots.services.events.numbers import MOST, numbers_in

JANE, JAYNE, JANET = "9000000009", "9000000017", "9000000025"


def refused(body: Any) -> tuple[str, str]:
    """The row by which a list is refused, and the places that it names."""
    with pytest.raises(Problem) as raised:
        numbers_in(body)
    return raised.value.row, str(raised.value.fields.get("places", ""))


@pytest.mark.parametrize(
    "text",
    [
        f"{JANE}\n{JAYNE}",
        f"{JANE}, {JAYNE}",
        f"{JANE};{JAYNE}\n",
        f"{JANE}\t{JAYNE}\n\n",
        "900 000 0009\r\n900-000-0017\r\n",
        "900\u00a0000\u00a00009\n900\u2011000\u20110017\u200b",
        f'"{JANE}","Smith, J"\n"{JAYNE}",""',
        f"{JANE},12\n{JAYNE},13\n{JANE},14",
        f"Room,Resident,NHS Number\n1,Smith,{JANE}\n2,Jones,900 000 0017",
        f"nhs_number (10 digits);telephone\n{JANE};0113496000\n{JAYNE};0113496001",
        f"My people\n{JANE}, {JAYNE}",
        f"\ufeff\n{JANE}\n  {JAYNE}  \n,,\n",
    ],
)
def test_nobody_on_a_pasted_list_is_left_out(text: str) -> None:
    """However they stand there: one to a line, several, in a column of a table."""
    assert numbers_in(text.encode()) == [JANE, JAYNE]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (f"{JANE}\n9000000008\n{JAYNE}", "line 2"),
        (f"{JANE}\nSmith\n{JAYNE}\n\nJones", "lines 2 and 5"),
        (f"{JANE} {JAYNE}", "line 1"),
        (f"NHS number,Name\n{JANE},Smith\n,Jones\nBrown", "lines 3 and 4"),
        (f"{JANE},\"Smith\n9000000008,O'Neil\n{JAYNE}", "line 2"),
        (f"{JANE}, 9000000008", "line 1"),
        ("90000000\n" * 9, "lines 1, 2, 3, 4, 5 and 4 more"),
        (f"\uff19000000009\n{JANE}", "line 1"),
        ("x" * 200_000 + "1", "line 1"),
    ],
)
def test_a_refusal_says_in_which_lines_there_is_no_number(text: str, places: str) -> None:
    """And never what stands there: it may be somebody's number all the same."""
    assert refused(text.encode()) == ("number-invalid", places)


def test_a_refusal_of_json_says_at_which_places_there_is_no_number() -> None:
    """Counted from one."""
    assert refused({"numbers": [JANE, 9000000017, None, ""]}) == (
        "number-invalid",
        "places 2, 3 and 4",
    )


@pytest.mark.parametrize("body", [b"", b"\n,,\n", b"NHS number", {}, [], {"numbers": JANE}])
def test_nothing_is_no_list(body: Any) -> None:
    """A list holds somebody."""
    assert refused(body) == ("numbers-invalid", "")


def test_a_list_has_an_end() -> None:
    """Ten thousand lines, and none more."""
    assert numbers_in(f"{JANE}\n".encode() * MOST) == [JANE]
    assert refused(f"{JANE}\n".encode() * (MOST + 1)) == ("numbers-invalid", "")


@given(st.binary(max_size=60) | st.text(",;\"\t \n0123456789'x").map(str.encode))
def test_nothing_is_too_odd_to_be_read_or_refused(text: bytes) -> None:
    """Whatever is sent, it is a list or a refusal of ours."""
    with suppress(Problem):
        assert numbers_in(text)
