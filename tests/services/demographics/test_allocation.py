"""Allocating NHS numbers: the next ones, each to one person, none that was anybody's."""

from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import pytest

from openroots.identifiers import NHSNumber
from openroots.population.numbers import HIGHEST, PUBLISHED, nhs_numbers
from openroots.problem import Problem
from openroots.services.demographics.allocation import AT_ONCE, GIVEN, LEAPS, allocated
from openroots.services.demographics.reading import NUMBER_STATUS
from openroots.storage import Change, Mark, Query
from openroots.testing import PEOPLE
from tests.services.demographics.desk import BY
from tests.services.demographics.newcomers import create, person

JANE = {"name": [{"use": "usual", "given": ["Jane"], "family": "Edwards"}]}


def named(number):
    """Somebody of a name that nobody has, who differs from number to number."""
    ten, one = divmod(number, 26)
    return person(**{"name/0/family": f"Edwards-{chr(65 + ten)}{chr(97 + one)}"})


def numbers_in_use(nation):
    """Every NHS number from the unissued ranges that is, or was, somebody's."""
    db = nation.house.world.store.snapshot()
    pages = [db.search(Query(type, limit=1000)).rows for type in ("Patient", NUMBER_STATUS)]
    return sorted(row.id for rows in pages for row in rows if row.id.startswith("999"))


def taken(*numbers, type="Patient"):
    """What records that these numbers are somebody's who came from elsewhere."""
    return [
        Change(type, number, {"resourceType": type, "id": number}, 0, f"p{number}")
        for number in numbers
    ]


def test_the_next_numbers_are_those_below_the_made_up_people(openroots):
    """The first to be created is given a number just below the last of the made-up people's."""
    used = numbers_in_use(openroots)
    number = create(openroots, named(0)).body["id"]
    assert len(used) > PEOPLE
    assert number not in used
    assert 0 < int(used[1]) - int(number) < 20 * AT_ONCE  # the lowest is of a published person


def test_the_same_person_is_given_the_same_number(desk):
    """The first to be created in a world is given a number that follows from who they are."""
    db = desk.store.snapshot()
    number = allocated(JANE, db).number
    assert allocated(JANE, db).number == number
    assert number in list(islice(nhs_numbers(), AT_ONCE))


def test_numbers_are_used_up_one_after_the_other(openroots):
    """Of two hundred people each is given a number of their own; they are all near together, and
    none is one that documents name."""
    given = [create(openroots, named(each)).body["id"] for each in range(200)]
    assert len(set(given)) == 200
    assert all(NHSNumber(number) not in PUBLISHED for number in given)
    spread = list(islice(nhs_numbers(int(max(given)[:8])), 200 + 2 * AT_ONCE))
    assert set(given) <= set(spread)


def test_many_who_are_created_at_once_are_all_given_numbers(openroots):
    """Thirty requests at the same moment are all answered, each with a number of its own."""
    with ThreadPoolExecutor(30) as threads:
        told = list(threads.map(lambda each: create(openroots, named(each)), range(30)))
    assert {each.status for each in told} == {201}
    assert len({each.body["id"] for each in told}) == 30


@pytest.mark.parametrize("type", ["Patient", NUMBER_STATUS])
def test_a_number_that_is_somebodys_is_not_given(desk, type):
    """Numbers of people who were brought in from elsewhere, and those that are nobody's any more,
    are passed over, however many there are."""
    some = list(islice(nhs_numbers(), 20 * AT_ONCE))
    desk.keep(taken(*some, type=type))
    assert allocated(JANE, desk.store.snapshot()).number not in some


def test_who_was_passed_over_is_not_looked_at_again(desk):
    """Where the next free numbers are found, the search for the one after begins."""
    desk.keep(taken(*islice(nhs_numbers(), 20 * AT_ONCE)))
    first = desk.store.snapshot()
    desk.run(desk.store.commit(marks=allocated(JANE, first).marks, by=BY))
    second = desk.store.snapshot()
    allocated(JANE, second)
    assert len(first.seen) > len(second.seen) == 0


def test_where_no_number_can_be_found_the_service_is_unavailable(desk):
    """Nobody is created under a number that is another's, whatever happens."""
    places = [number for leap in LEAPS for number in islice(nhs_numbers(HIGHEST - leap), AT_ONCE)]
    marks = [Mark(GIVEN + number, b"") for number in dict.fromkeys(places)]
    desk.run(desk.store.commit(marks=marks, by=BY))
    with pytest.raises(Problem, match="unavailable"):
        allocated(JANE, desk.store.snapshot())
