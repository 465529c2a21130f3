"""More people than may be told of: how many that is, and that nobody is told then."""

import pytest

from openroots.service import Access
from openroots.storage import Change
from tests.services.demographics.searches import FUZZY, PAST, found, name, person, search


@pytest.mark.parametrize("how", [{}, PAST, FUZZY | {"given": "Louisa"}, {"family": "McMatch-M*"}])
@pytest.mark.parametrize(
    ("access", "most"), [(Access.HEALTHCARE_WORKER, {"_max-results": 1}), (Access.APPLICATION, {})]
)
def test_more_than_may_be_told_are_not_told(openroots, how, access, most):
    """Where more people fit than may be found, none is shown, and the answer says so."""
    asked = {"family": "McMatch-Multiple", "birthdate": "1982-07-10"} | how
    assert len(found(openroots, asked)) == 2
    told = search(openroots, asked | most, access)
    assert (told.status, told.code) == (200, "TOO_MANY_MATCHES")
    issue = told.body["issue"][0]
    assert (issue["severity"], issue["code"]) == ("information", "multiple-matches")
    assert "diagnostics" not in issue


def test_fifty_are_found_and_one_more_is_too_many(openroots):
    """Fifty people of one name and birth date are told of, in the order of their numbers."""
    people = [person(str(9999900003 + one), name("Legion", "Max")) for one in range(50)]
    openroots.holds(*people)
    asked = {"family": "Legion", "birthdate": "1931-04-05"}
    for how in ({}, {"family": "Leg*"}, PAST, FUZZY | {"given": "Max"}):
        numbers = list(found(openroots, asked | how))
        assert numbers == sorted(person.id for person in people)
    openroots.holds(person("9999990001", name("Legion", "Max")))
    for how in ({}, {"family": "Leg*"}, PAST, FUZZY | {"given": "Max"}):
        assert search(openroots, asked | how).code == "TOO_MANY_MATCHES"


def test_what_would_take_too_long_is_too_many(openroots):
    """A search that would have to look at hundreds of records is answered without them."""
    people = [person(str(9999900003 + one), name(f"Legion{one}", "Max")) for one in range(260)]
    openroots.holds(*people)
    asked = {"family": "Le*0", "birthdate": ["ge1930-01-01", "le1935-01-01"]}
    assert search(openroots, asked).code == "TOO_MANY_MATCHES"


def test_those_of_today_and_of_the_past_are_counted_apart(openroots):
    """A fuzzy search is not too wide where those who are called somewhat so, and those who once
    were, are too many together but few enough each."""
    now = [person(str(9999900003 + one), name("Zebra", "Max")) for one in range(200)]
    once = [person(str(9999910003 + one), name("Carter", "Ruby")) for one in range(200)]
    was = {"birthDate": "1931-04-05", "name": [name("Quill", "Max")]}
    past = [Change("FormerPart", each.id, was, 0, each.subject) for each in once]
    openroots.holds(*now, *once, *past, person("9999990001", name("Legion", "Max")))
    asked = {"family": "Legion", "given": "Max", "birthdate": "1931-04-05"} | FUZZY
    assert found(openroots, asked) == {"9999990001": 1.0}
    openroots.holds(*(person(str(9999920003 + one), name("Zebra", "Max")) for one in range(60)))
    assert search(openroots, asked).code == "TOO_MANY_MATCHES"


@pytest.mark.parametrize(
    "more",
    [
        {"family": "Leg*", "given": "Eve"},
        {"family": "Leg*n", "given": "Eve"},
        {"family": "Leg*e"},
        {"given": "Ev*"},
        {"given": ["Ev*", "Lea"]},
        {"given": "Ev*", "address-postcode": "LS*Z"},
    ],
)
def test_those_who_do_not_fit_do_not_count(openroots, more):
    """A search that may find one is not too wide because the index has more to look at."""
    people = [person(str(9999900003 + one), name("Legion", "Max", "Leo")) for one in range(60)]
    home = [{"use": "home", "postalCode": "LS1 6AZ"}]
    eve = person("9999990001", name("Legione", "Eve", "Lea"), address=home)
    twin = person("9999990002", name("Legion", "Eve", "Lea"), address=home)
    openroots.holds(*people, twin if more.get("family", "Leg*n") == "Leg*n" else eve)
    asked = {"family": "Legion", "birthdate": "1931-04-05", "_max-results": 1} | more
    assert len(found(openroots, asked)) == 1


def test_those_who_fit_in_part_do_not_count_where_all_must_fit(openroots):
    """Asked for exact matches alone, a search by the beginning of a name finds nobody, however
    many would fit in part and however few may be told of."""
    asked = {"family": "McMatch-M*", "birthdate": "1982-07-10", "_max-results": 1}
    assert search(openroots, asked).code == "TOO_MANY_MATCHES"
    assert found(openroots, asked | {"_exact-match": "true"}) == {}
