"""Criteria: what a subscription is about, in the grammar of the published examples."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openroots.services.events.criteria import Criteria, parse, text_of

GP = ("generalpractitioner", "XY11")


@pytest.mark.parametrize(
    ("text", "criteria"),
    [
        ("eventType=pds-record-change-2", Criteria("pds-record-change-2")),
        ("eventType='gpreg-change-gp-req-1'", Criteria("gpreg-change-gp-req-1")),
        ("eventType='a-1' AND generalpractitioner='XY11'", Criteria("a-1", (GP,))),
        ("eventType=a-1 AND generalpractitioner=XY11 ", Criteria("a-1", (GP,))),
        ("eventType='a-1'  AND  x = 'AND y'", Criteria("a-1", (("x", "AND y"),))),
        (
            "eventType='a-1' AND generalpractitioner='XY11' AND registrationencountercode=''",
            Criteria("a-1", (GP, ("registrationencountercode", ""))),
        ),
    ],
)
def test_criteria_that_say_something(text: str, criteria: Criteria) -> None:
    """Values with and without quotes, and any number of parts that must all hold."""
    assert parse(text) == criteria


@pytest.mark.parametrize(
    "text",
    [
        "",
        "eventType=",
        "eventType=''",
        "type=a-1",
        " eventType=a-1",
        "eventType=a-1 AND",
        "eventType=a-1 AND x",
        "eventType=a-1 OR x=1",
        "eventType=a-1 and x=1",
        "eventType=a-1 ANDx=1",
        "eventType=a-1AND x=1",
        "eventType=a-1 x=1",
        "eventType='a-1",
        "eventType=a-1 AND eventType=b-1",
        "eventType=a-1 AND x='it''s'",
        "eventType=a-1" + " AND x=1" * 20,
        "eventType=" + "a" * 5_000,
        None,
        ["eventType=a-1"],
    ],
)
def test_criteria_that_say_nothing(text: object) -> None:
    """What cannot be understood is nothing: nobody is told of less or more than they meant."""
    assert parse(text) is None


KEYS = st.sampled_from(["a", "B_2", "generalpractitioner", "x_manufacturer_org"])
VALUES = st.text("aZ09 =.-_é\t\nAND", max_size=30)


@given(VALUES.filter(bool), st.lists(st.tuples(KEYS, VALUES), max_size=10))
def test_criteria_are_read_as_they_are_written(type: str, filters: list[tuple[str, str]]) -> None:
    """Writing criteria and reading them gives the same."""
    criteria = Criteria(type, tuple(filters))
    assert parse(text_of(criteria)) == criteria


@given(st.text(max_size=100))
def test_no_text_is_too_odd(text: str) -> None:
    """Any text is read or refused."""
    parse(f"eventType={text}")
