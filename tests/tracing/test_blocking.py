"""By what somebody is looked up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openroots.tracing import Wanted, keys, keys_of, score
from openroots.tracing.naming import UNFIT
from tests.tracing.people import AWAY, BORN, held, sought


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        (Wanted("Smyth", ("Jon",), BORN), ("Smith", "John")),
        (Wanted("John", ("Smith",), BORN), ("Smith", "John")),
        (Wanted("Kohnson", ("Amy",), BORN), ("Johnson", "Amy")),
        (Wanted("Johnson", ("Bmy",), BORN), ("Johnson", "Amy")),
        (Wanted("Jones", (), BORN), ("Smith-Jones", "Amy")),
        (Wanted("", ("Bob",), BORN), ("Smith", "Robert")),
        (Wanted("李", ("王",), BORN), ("李", "王")),
        (Wanted("X", ("Y",), BORN, postcode="ls16ae"), ("Smith", "John")),
    ],
)
def test_who_may_be_the_same_has_a_key_in_common(wanted: Wanted, kept: tuple[str, ...]) -> None:
    """One name that sounds alike will do, wherever it stands, or the postcode; with the date."""
    assert set(keys(wanted)) & set(keys_of(held(*kept)))
    another = Wanted(wanted.family, wanted.given, "1970-03-05", postcode=wanted.postcode)
    assert not set(keys(another)) & set(keys_of(held(*kept)))


def test_a_day_and_a_month_may_be_swapped_where_a_doubt_will_do() -> None:
    """A swapped date is looked up for those who can take a doubt, and by nobody else."""
    jane, wanted = keys_of(held("Smith", "Jane")), sought("Smith", "Jane", born="1970-04-03")
    assert set(keys(wanted)) & set(jane)
    assert not set(keys(wanted, doubt=False)) & set(jane)
    assert keys(Wanted("Smith", (), "1970-12-31")) == ("S530\t1970-12-31",)
    assert keys(Wanted("Smith", (), "1970-04-04")) == ("S530\t1970-04-04",)
    assert keys(Wanted("Smith", (), "1970-04-²")) == ("S530\t1970-04-²",)


def test_names_and_addresses_of_the_past_have_keys() -> None:
    """Somebody is found by a former name, and by where they once lived."""
    name = {"use": "usual", "family": "Able", "given": ["Ruth"]}
    jane = keys_of(held("Smith", "Jane", former={"name": [name], "address": [AWAY]}))
    assert {f"A140\t{BORN}", f"R300\t{BORN}", f"@YO92DJ\t{BORN}"} <= set(jane)


def test_where_the_restricted_live_is_no_key() -> None:
    """Nobody who is restricted is found by a postcode."""
    jane = held("Smith", "Jane", meta={"security": [{"code": "R"}]})
    assert keys_of(jane) == (f"S530\t{BORN}", f"J500\t{BORN}")


def test_without_a_birth_date_there_is_no_key() -> None:
    """Everybody is looked up by a birth date."""
    assert keys(Wanted("Smith", ("Jane",))) == ()
    assert keys_of(held("Smith", "Jane", birthDate="")) == ()


NAMES = st.text(st.characters(codec="latin-1", categories=["L"]), min_size=1, max_size=10)


@given(NAMES, NAMES, NAMES, NAMES)
def test_whoever_fits_is_looked_at(family: str, given: str, other: str, another: str) -> None:
    """Where either name fits, the two have a key in common: a search misses nobody who scores."""
    for asked, kept in (((family, given), (other, given)), ((family, given), (family, another))):
        wanted, jane = Wanted(asked[0], asked[1:], BORN), held(*kept)
        parts = score(wanted, jane).parts
        if UNFIT.isdisjoint((parts.get("family"), parts.get("given"))):
            assert set(keys(wanted)) & set(keys_of(jane))
