"""Who is related to whom in a made-up nation, and who holds an insurance card."""

from collections import Counter
from datetime import date

import pytest

from openroots import population
from openroots.population import Household, Person
from openroots.services.demographics.card import card_in
from openroots.storage import Json

TODAY = date(2026, 7, 1)
GUARDIAN, PERSONAL = "Guardian", "Personal"


@pytest.fixture(scope="module")
def households() -> list[Household]:
    return list(population.make(6000, 7, TODAY))


def related(person: Person) -> list[Json]:
    """The people recorded as related to somebody."""
    return [each.body or {} for each in person.besides if each.type == "RelatedPerson"]


def cards(household: Household) -> list[Json]:
    """The insurance cards of a household."""
    return [change.body or {} for change in household.changes if change.type == "Coverage"]


def codes(body: Json) -> list[str]:
    """The codes of a relationship, the role first."""
    [concept] = body["relationship"]
    return [coding["code"] for coding in concept["coding"]]


def test_some_have_related_people(households: list[Household]) -> None:
    """Of some people, and not of most, it is recorded who is related to them."""
    people = [person for household in households for person in household.people]
    share = sum(bool(related(person)) for person in people) / len(people)
    assert 0.06 < share < 0.2


def test_relatives_of_a_household_are_in_it(households: list[Household]) -> None:
    """A relative told by number lives in the same household, is alive, and is somebody else."""
    for household in households:
        living = {p.number for p in household.people if "deceasedDateTime" not in p.patient}
        for person in household.people:
            for body in related(person):
                told = body["patient"].get("identifier", {}).get("value")
                assert told is None or told in living - {person.number}
                assert (told is None) == ("name" in body) == ("address" in body)


def test_the_parents_of_children_are_their_guardians(households: list[Household]) -> None:
    """Whoever is related to a child is grown up, its guardian, and its mother or father."""
    ages = {p.number: p.life.age(TODAY.toordinal()) for h in households for p in h.people}
    kinds = Counter[str]()
    for person in (person for household in households for person in household.people):
        for body in related(person):
            role, type, *_ = codes(body)
            if role == GUARDIAN:
                kinds[type] += 1
                assert ages[body["patient"]["identifier"]["value"]] >= ages[person.number] + 15
            assert (role == GUARDIAN) == (person.life.born > TODAY.toordinal() - 18 * 365.25 + 1)
    assert kinds.keys() == {"MTH", "FTH"}


def test_the_first_is_the_next_of_kin(households: list[Household]) -> None:
    """Related people are ranked from one, and the first of them is the next of kin."""
    for person in (person for household in households for person in household.people):
        for rank, body in enumerate(related(person), 1):
            assert body["extension"][-1]["valuePositiveInt"] == rank
            assert ("N" in codes(body)) == (rank == 1)
            assert body["of"] == person.number


def test_every_relationship_occurs(households: list[Household]) -> None:
    """There are spouses and partners, and children, sisters, brothers and carers elsewhere."""
    bodies = [body for household in households for p in household.people for body in related(p)]
    found = {codes(body)[1] for body in bodies}
    assert found == {*("MTH", "FTH", "SPS", "DOMPART"), *("CHILD", "SIS", "BRO", "Carer")}


def test_what_hangs_on_somebody_is_labelled_as_they_are(households: list[Household]) -> None:
    """Related people and cards bear the key and the labels of the person they hang on, and each
    has an id of its own."""
    ids = set()
    for person in (person for household in households for person in household.people):
        for change in person.besides:
            assert (change.subject, change.labels) == (person.subject, person.changes[0].labels)
            assert change.expect == 0
            ids.add((change.type, change.id))
    assert len(ids) == sum(len(p.besides) for h in households for p in h.people)


def test_cards_could_have_been_sent(households: list[Household]) -> None:
    """Each made-up card is one that the service would take, word by word."""
    made = [card for household in households for card in cards(household)]
    assert 10 < len(made) < 100
    for body in made:
        kept = card_in(body, TODAY)
        assert kept == {name: value for name, value in body.items() if name != "meta"}


def test_people_with_relatives_and_cards_are_found() -> None:
    """Whoever looks for a test person with a relative, or with a card, finds one."""
    for kind, type in (("related", "RelatedPerson"), ("health-card", "Coverage")):
        person = next(population.find(kind, 2000, 1, TODAY))
        assert type in {change.type for change in person.besides}
