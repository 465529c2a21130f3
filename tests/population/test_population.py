"""A made-up nation is the same each time, and meets nobody who is published."""

import re
from collections import Counter
from datetime import date
from itertools import islice

import orjson
import pytest

from openroots import population
from openroots.identifiers import NHSNumber
from openroots.population import Household, Person
from openroots.population.numbers import PUBLISHED, nhs_numbers, person_key
from openroots.storage import Change
from tests.population.nation import PEOPLE, TODAY

PUBLISHED_BIRTHS = {"2010-10-22", "2005-06-16", "1982-07-10"}


def written(changes: tuple[Change, ...]) -> list[tuple[object, ...]]:
    return [
        (c.type, c.id, orjson.dumps(c.body), c.expect, c.subject, c.holder, c.labels)
        for c in changes
    ]


# The same each time


def test_the_same_seed_and_day_make_the_same_bytes(households: list[Household]) -> None:
    """The same number of people, seed and day make the same changes, byte by byte."""
    again = population.make(500, 7, TODAY)
    for first, second in zip(households, again, strict=False):
        assert written(second.changes) == written(first.changes[: len(second.changes)])


def test_a_small_nation_is_the_beginning_of_a_large_one(people: list[Person]) -> None:
    """The first people of a large nation are those of a small one, wherever it is cut."""
    for count in (1, 2, 51, 300):
        few = [
            person for household in population.make(count, 7, TODAY) for person in household.people
        ]
        assert len(few) == count
        assert [p.changes for p in few] == [p.changes for p in people[:count]]


def test_another_seed_makes_other_people(people: list[Person]) -> None:
    """Another seed makes other people with other keys, who have the same numbers."""
    others = [p for household in population.make(200, 8, TODAY) for p in household.people]
    assert not {p.subject for p in others} & {p.subject for p in people}
    assert [p.number for p in others][:5] == [p.number for p in people][:5]
    assert [p.patient["name"] for p in others] != [p.patient["name"] for p in people[:200]]


def test_no_people_are_an_empty_stream() -> None:
    """A nation of nobody has no households."""
    assert list(population.make(0, 7, TODAY)) == []


def test_a_large_nation_is_not_made_before_it_is_asked_for() -> None:
    """The first household of millions is there at once."""
    assert next(population.make(8_000_000, 7, TODAY)).people


# Numbers and keys


def test_numbers_are_valid_unique_and_from_999(households: list[Household]) -> None:
    """Every number, old ones too, is an NHS number from 999 that nobody else has."""
    ids = [c.id for h in households for c in h.changes if c.type in ("Patient", "NHSNumber")]
    assert len(set(ids)) == len(ids) > PEOPLE
    assert all(NHSNumber(id).startswith("999") for id in ids)


def test_numbers_go_downwards_from_the_highest() -> None:
    """The numbers go downwards from the highest that is not published."""
    numbers = list(islice(nhs_numbers(), 5000))
    assert numbers[0] == "9999999980"
    assert all(one > other for one, other in zip(numbers, numbers[1:], strict=False))


@pytest.mark.parametrize("published", sorted(PUBLISHED))
def test_no_published_number_is_given_out(published: str) -> None:
    """Where a published number would stand, its neighbours are given out and it is not."""
    near = list(islice(nhs_numbers(int(published[:8])), 12))
    assert any(number[:8] == published[:8] for number in near)
    assert published not in near


def test_published_numbers_are_numbers() -> None:
    """What is left out could have been given out: a slip of the pen in the list would show."""
    assert all(NHSNumber(number) for number in PUBLISHED)


def test_a_key_is_no_number_and_unique(people: list[Person]) -> None:
    """A person's key is the letter p and eleven hexadecimal digits, and each has another."""
    keys = {person.subject for person in people}
    assert len(keys) == len(people)
    assert all(re.fullmatch("p[0-9a-f]{11}", key) for key in keys)
    assert person_key(7, 0) != person_key(8, 0)


def test_a_change_is_about_its_person(people: list[Person]) -> None:
    """All that is written of a person bears their key, names no holder, and must be new."""
    for person in people:
        assert {change.subject for change in person.changes} == {person.subject}
        assert {(change.expect, change.holder) for change in person.changes} == {(0, "")}
        assert person.changes[0].id == person.number == person.patient["identifier"][0]["value"]


def test_old_numbers_lead_to_the_person(people: list[Person]) -> None:
    """A superseded number names the present one; an invalidated one names none."""
    seen = Counter()
    for person in people:
        for change in person.changes:
            if change.type != "NHSNumber":
                continue
            assert change.body in (
                {"status": "superseded", "by": person.number},
                {"status": "invalidated"},
            )
            seen[change.body["status"]] += 1
    assert seen["superseded"] > seen["invalidated"] > 2


# Nobody who is published


def test_nobody_answers_to_a_published_search(people: list[Person]) -> None:
    """Nobody is born when the published people are; no name and no address is one of theirs."""
    for person in people:
        body = person.patient
        assert body["birthDate"] not in PUBLISHED_BIRTHS
        assert not any(name["family"].startswith("McMatch") for name in body["name"])
        values = {part["value"] for part in body.get("telecom", ())}
        assert not values & {"01632960587", "jane.smith@example.com", "johnp.smith@example.com"}


@pytest.mark.parametrize("day", sorted(PUBLISHED_BIRTHS))
def test_nobody_is_born_on_a_published_day_even_today(day: str) -> None:
    """On the very day, the newborn are not born on it, and nobody is born later."""
    today = date.fromisoformat(day)
    for household in population.make(3000, 1, today):
        births = {person.patient["birthDate"] for person in household.people}
        assert day not in births
        assert max(births) < day


def test_every_kind_is_found_in_a_small_nation() -> None:
    """Two thousand people are enough to find one of each kind."""
    kinds = Counter(
        kind
        for household in population.make(2000, 1, TODAY)
        for person in household.people
        for kind in person.kinds
    )
    assert kinds.keys() == population.KINDS.keys()


def test_find_gives_only_the_kind_that_was_asked_for() -> None:
    """Whoever is found is of the kind, and an unknown kind is refused with the known ones."""
    twins = list(islice(population.find("twin", 2000, 1, TODAY), 4))
    assert len(twins) == 4
    assert all(twin.patient["multipleBirthInteger"] for twin in twins)
    with pytest.raises(ValueError, match="care-home"):
        population.find("unicorn", 10, 1, TODAY)
