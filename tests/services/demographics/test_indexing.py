"""What people are found by, and when it is known to be as it was."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from openroots.population import make
from openroots.problem import Json
from openroots.services.demographics.indexing import found_alike, terms

PEOPLE = [
    change.body
    for household in make(60, 7, date(2026, 7, 1))
    for change in household.changes
    if change.type == "Patient" and change.body
]
OTHERS = st.sampled_from(["", "Ash", "1980-03-04", "LS1 6AE", "R", "V", "old", "phone", "email"])


def altered(value: Any, at: Iterator[int], other: str) -> Any:
    """The same with another text in the place of the one that the number comes down to."""
    if isinstance(value, dict):
        return {name: altered(member, at, other) for name, member in value.items()}
    if isinstance(value, list):
        return [altered(member, at, other) for member in value]
    return other if isinstance(value, str) and next(at) == 0 else value


@given(st.sampled_from(PEOPLE), st.integers(0, 120), OTHERS)
def test_records_of_which_all_that_is_indexed_is_alike_have_the_same_terms(
    person: Json, place: int, other: str
) -> None:
    """Whatever text of a record becomes another."""
    new = altered(person, iter(range(place, -1000, -1)), other)
    if found_alike(person, new):
        assert set(terms(person)) == set(terms(new))


@given(st.sampled_from(PEOPLE), st.data())
def test_records_without_a_part_have_the_same_terms_where_they_are_found_alike(
    person: Json, data: st.DataObject
) -> None:
    """Also the other way about: where there was no such part before."""
    part = data.draw(st.sampled_from(sorted(person)))
    new = {name: value for name, value in person.items() if name != part}
    assert found_alike(person, new) == found_alike(new, person)
    if found_alike(person, new):
        assert set(terms(person)) == set(terms(new))


def test_another_line_of_an_address_is_found_as_before() -> None:
    """And another postcode is not."""
    person = next(each for each in PEOPLE if each.get("address", [{}])[0].get("line"))
    [first, *others] = person["address"]
    line = {**person, "address": [first | {"line": ["1 Meadow View"]}, *others]}
    postcode = {**person, "address": [first | {"postalCode": "ZE2 9ZZ"}, *others]}
    assert found_alike(person, line)
    assert not found_alike(person, postcode)
