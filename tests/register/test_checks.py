"""Named checks: what a condition cannot say."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openroots.register.checks import CHECKS
from openroots.register.checks.names import written_in_letters


@pytest.mark.parametrize(
    "name",
    [
        "Smith",
        "O'Neill",
        "O\u2019Neill",
        "Smith-Jones",
        "van der Berg",
        "St. John",
        "Nuñez",
        "Þórsdóttir",
        "Ade\u0323\u0301",
        "Nguyễn",
        "শেখ",
        "王",
        "Łukasik",
        "बहुगुणा",
    ],
)
def test_names_of_people_are_written_in_letters(name):
    """A name in any script, with its marks and the signs between its parts, is permitted."""
    assert written_in_letters(name)


@pytest.mark.parametrize(
    "name", ["Sm1th", "", " ", "-", "'", "XX (TEST)", "Smith/Jones", "?", "a_b"]
)
def test_what_is_no_name(name):
    """Digits, notes and placeholders are no part of a name, and signs alone are none."""
    assert not written_in_letters(name)


def patient(*families):
    return {"name": [{"use": "usual", "family": family} for family in families]}


@pytest.mark.parametrize(
    ("record", "met"),
    [
        (patient("Smith"), True),
        (patient("Smith", "Jones2"), False),
        (patient(7), False),
        ({"name": [{"use": "usual"}]}, True),
        ({"name": [{"use": "old", "family": "7"}]}, True),
        ({}, True),
    ],
)
def test_only_usual_family_names_are_looked_at(record, met):
    """The check is about the characters of usual family names, where there are any."""
    assert CHECKS["usual-family-name-characters"](record) is met


@settings(deadline=None)
@given(st.text())
def test_every_text_is_answered(name):
    """Whatever a name holds, the check says whether it is permitted, and no digit ever is."""
    assert not (written_in_letters(name) and any(sign.isdigit() for sign in name))
