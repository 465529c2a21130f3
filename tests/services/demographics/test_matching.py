"""How well people fit a search: homophones, wildcards, and who is left out beside another."""

import pytest

from tests.services.demographics.desk import JANE
from tests.services.demographics.searches import (
    EXACT,
    FUZZY,
    LENA,
    PAST,
    SMITH,
    found,
    name,
    person,
)

FUZZY_CASES = [
    # held as; asked as; the score
    (("Smith", "John"), ("Smith", "John"), 1.0),
    (("Smith", "John"), ("Smyth", "John"), 0.85),
    (("Smith", "John"), ("Smyth", "Jon"), 0.7225),
    (("Thomas", "Adam"), ("Adam", "Thomas"), 0.8),
    (("Bloggs", "Joseph"), ("Bloggs", "Joe"), 0.9),
    (("Bloggs", "Joe"), ("Bloggs", "Joseph"), 0.9),
    (("Attison", "Pauline"), ("ATTSÖN", "PÀULINÉ"), 0.85),
    (("Smith-Jones", "Mary"), ("Smith", "Mary"), 0.85),
    (("Ryan", "Mary"), ("Smith-Ryan", "Mary"), 0.85),
    (("Bloggs", "Joseph"), ("Bloggs", "Peter"), None),
    (("Bloggs", "Joseph"), ("Grant", "Joseph"), None),
    (("Łukasz", "Ewa"), ("Lucas", "Ewa"), 0.85),
    (("Ó", "李"), ("Ó", "李"), 1.0),
    (("王", "李"), ("王", "李"), 1.0),
    (("van der Berg", "Jan"), ("Berg", "Jan"), 0.95),
    (("Smith-Jones", "Mary"), ("Smith Jones", "Mary"), 0.98),
    (("Nováková", "Jana"), ("Novák", "Jana"), 0.85),
    (("Xiaoming", "Wang"), ("Wang", "Xiaoming"), 0.8),
    (("Gill", "Harpreet"), ("Kaur", "Harpreet"), None),
    (("Johnson", "Amy"), ("Johson", "Amy"), 0.75),
    (("Johnson", "Amy"), ("Kohnson", "Amy"), 0.75),
    (("Smith", "Mary"), ("Smith", "Mark"), None),
    (("Johnson", "Emily"), ("Kohnson", "Emilx"), None),
]


@pytest.mark.parametrize(("held", "asked", "score"), FUZZY_CASES)
def test_fuzzy_searches(openroots, held, asked, score):
    """Homophones, transposed and short names and other accents are found, each at a lower score."""
    openroots.holds(person("9999900003", name(*held)))
    criteria = {"family": asked[0], "given": asked[1], "birthdate": "1931-04-05"}
    wanted = {} if score is None else {"9999900003": score}
    assert found(openroots, criteria | FUZZY) == wanted


@pytest.mark.parametrize(
    ("asked", "is_found"),
    [
        ({"family": "Vogell", "gender": "female", "address-postcode": "LS16AE"}, True),
        ({"given": "Leena", "gender": "female", "address-postcode": "LS16AE"}, True),
        ({"given": "Vogel", "gender": "female", "address-postcode": "LS16AE"}, True),
        ({"family": "Vogel", "gender": "female", "address-postcode": "LS16AB"}, False),
        ({"family": "Vogel", "gender": "male", "address-postcode": "LS16AE"}, False),
        ({"family": "Vogel", "given": "Lena", "birthdate": "1989-05-15"}, False),
        ({"family": "Vogel", "given": "Lena", "birthdate": "ge1989-05-15"}, False),
        ({"family": "Vogel", "given": "Lena", "birthdate": "ge1989-05-14"}, True),
        ({"family": "Vogel", "given": "Lena", "phone": "1"}, False),
        ({"family": "Vogel", "given": ["Lena", "Marie"]}, True),
    ],
)
def test_the_least_of_a_fuzzy_search(openroots, asked, is_found):
    """One name does with gender and postcode; a wrong birth date never matches."""
    numbers = found(openroots, {"birthdate": "1989-05-14"} | FUZZY | asked)
    assert ("9733162868" in numbers) == is_found


def test_practice_and_death_only_lower_the_score_of_a_fuzzy_search(openroots):
    """Another practice or date of death than is held is no reason not to be found."""
    asked = LENA | FUZZY | {"given": "Lena"}
    assert found(openroots, asked | {"general-practitioner": "Y12345"}) == {"9733162868": 1.0}
    assert found(openroots, asked | {"general-practitioner": "A1"}) == {"9733162868": 0.9}
    assert found(openroots, asked | {"death-date": "2020-01-01"}) == {"9733162868": 0.9}


def test_the_managing_organisation_only_lowers_the_score_of_a_fuzzy_search(openroots):
    """Of who keeps a record a fuzzy search asks as of the practice: it leaves nobody out."""
    asked = LENA | FUZZY | {"given": "Lena", "managing-organization": "Z99999"}
    assert found(openroots, asked) == {"9733162868": 0.9}
    assert found(openroots, LENA | {"managing-organization": "Z99999"}) == {}


def test_a_fuzzy_search_leaves_out_those_who_fit_far_worse(openroots):
    """Where somebody fits exactly, who differs in both names is left out, in one is not."""
    openroots.holds(
        person("9999900003", name("Bloggs", "Jane")),
        person("9999900011", name("Blogs", "Jane")),
        person("9999900038", name("Blogs", "Jayne")),
    )
    asked = {"family": "Bloggs", "given": "Jane", "birthdate": "1931-04-05"} | FUZZY
    assert found(openroots, asked) == {"9999900003": 1.0, "9999900011": 0.85}
    assert found(openroots, asked | EXACT) == {"9999900003": 1.0}


def test_a_guess_is_told_where_nobody_fits_without(openroots):
    """Who fits only where a name was mistyped is found if nobody else is, and not beside others."""
    asked = {"family": "Kohnson", "given": "Amy", "birthdate": "1931-04-05"} | FUZZY
    openroots.holds(person("9999900003", name("Johnson", "Amy")))
    assert found(openroots, asked) == {"9999900003": 0.75}
    openroots.holds(person("9999900011", name("Konson", "Amy")))
    assert found(openroots, asked) == {"9999900011": 0.85}


def test_a_swapped_birth_date_finds_nobody(openroots):
    """Day and month in each other's place are another birth date, for every kind of search."""
    openroots.holds(person("9999900003", name("Johnson", "Amy")))
    asked = {"family": "Johnson", "given": "Amy", "birthdate": "1931-05-04"}
    for how in ({}, PAST, FUZZY, {"family": "Jo*"}):
        assert found(openroots, asked | how) == {}


def test_wildcards_stand_for_the_end_of_a_first_given_name_only(openroots):
    """As published: Alan Michael is found by Ala*, also before his middle name, and not by Mic*,
    whether that is asked of his first name or of a further one."""
    openroots.holds(person("9999900003", name("Able", "Alan", "Michael")))
    asked = {"family": "Able", "birthdate": "1931-04-05"}
    for fits in (["Ala*"], ["Ala*", "Michael"], ["Alan", "Michael"]):
        assert list(found(openroots, asked | {"given": fits})) == ["9999900003"]
    for how in ({}, PAST, {"family": "Ab*"}):
        for names in (["Mic*"], ["Alan", "Mic*"], ["Ala*", "Mic*"], ["Ala*", "Mary"]):
            assert found(openroots, asked | how | {"given": names}) == {}


def test_the_best_match_comes_first(openroots):
    """Scores fall from the first to the last; equals stand in the order of their numbers."""
    openroots.holds(
        person("9999900003", name("Smythson", "Ada")),
        person("9999900011", name("Smy", "Ada")),
        person("9999900038", name("Smy", "Ida")),
    )
    scores = found(openroots, {"family": "Sm*", "birthdate": "1931-04-05"})
    assert list(scores) == ["9999900011", "9999900038", "9999900003"]
    assert list(scores.values()) == [0.8833, 0.8833, 0.8]


def test_wildcards_never_match_exactly(openroots):
    """With a wildcard nobody scores 1.0, so an exact match finds nobody."""
    assert found(openroots, SMITH | {"family": "Smith*"} | EXACT) == {}
    assert found(openroots, SMITH | EXACT) == {JANE: 1.0}
