"""One nation for all tests of it: to make it takes longer than to look at it."""

import pytest

from openroots import population
from openroots.population import Household, Person
from tests.population.nation import PEOPLE, TODAY


@pytest.fixture(scope="session")
def households() -> list[Household]:
    return list(population.make(PEOPLE, 7, TODAY))


@pytest.fixture(scope="session")
def people(households: list[Household]) -> list[Person]:
    return [person for household in households for person in household.people]
