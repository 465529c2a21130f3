"""Towns, streets and names of a made-up nation are well formed, and nobody's telephone rings."""

import re
from random import Random

import pytest

from openroots.population import names, places
from openroots.population.places import Town

POSTCODE = re.compile(r"[A-Z]{2}[1-9]\d \d[ABD-HJLNP-UW-Z]{2}")


@pytest.fixture(scope="module")
def cultures() -> dict[str, names.Culture]:
    return names.load()[0]


@pytest.fixture(scope="module")
def towns(cultures: dict[str, names.Culture]) -> tuple[Town, ...]:
    return places.load(cultures)


def test_each_town_has_districts_of_its_own(towns: tuple[Town, ...]) -> None:
    """No two towns share a name or a postcode district."""
    districts = [district for town in towns for district in town.districts]
    assert len(towns) >= 60
    assert len(set(districts)) == len(districts)
    assert len({town.name for town in towns}) == len(towns)


def test_addresses_are_well_formed(towns: tuple[Town, ...]) -> None:
    """A postcode has its form and the town's district; an address has at most five lines."""
    chance = Random(1)
    for town in towns:
        for make in (town.house, town.flat, town.hall, town.care_home):
            for _ in range(20):
                address = make(chance)
                assert POSTCODE.fullmatch(address.postcode)
                assert address.postcode.split()[0] in town.districts
                assert len(address.lines) <= 5
                assert re.fullmatch(r"\d{12}", address.uprn)


def test_a_street_and_number_have_one_postcode(towns: tuple[Town, ...]) -> None:
    """The same place is drawn with the same postcode and property number each time."""
    chance = Random(1)
    town = min(towns, key=lambda town: town.size)
    seen: dict[str, str] = {}
    for _ in range(3000):
        address = town.house(chance)
        place = next(line for line in address.lines if line[0].isdigit())
        assert seen.setdefault(place, address.postcode + address.uprn) == (
            address.postcode + address.uprn
        )


def test_telephones_are_those_of_drama(towns: tuple[Town, ...]) -> None:
    """All numbers are of the ranges that are kept for drama."""
    chance = Random(1)
    for town in towns:
        assert re.fullmatch(r"01632960\d{3}|02079460\d{3}", town.landline(chance))
    assert re.fullmatch(r"07700900\d{3}", places.mobile(chance))


def test_an_ending_goes_by_sex_and_marriage(cultures: dict[str, names.Culture]) -> None:
    """Polish and Lithuanian family names have the form that the person bears."""
    polish, lithuanian = cultures["polish"], cultures["lithuanian"]
    assert polish.borne("Kowalski", "female") == "Kowalska"
    assert polish.borne("Kowalski", "female", as_wife=True) == "Kowalska"
    assert polish.borne("Kowalski", "male") == "Kowalski"
    assert lithuanian.borne("Kazlauskas", "female") == "Kazlauskaitė"
    assert lithuanian.borne("Kazlauskas", "female", as_wife=True) == "Kazlauskienė"


def test_a_name_without_accents_keeps_its_letters() -> None:
    """Taking accents off leaves a letter for each letter."""
    assert names.unaccented("Łukasz Wójcik") == "Lukasz Wojcik"
    assert names.unaccented("Weiß") == "Weiss"
    assert names.unaccented("Yılmaz Çelik") == "Yilmaz Celik"
    assert names.unaccented("O'Brien") == "O'Brien"


def test_given_names_are_up_to_five_and_differ(cultures: dict[str, names.Culture]) -> None:
    """Nobody has more given names than a record holds, nor the same one twice."""
    chance = Random(1)
    for culture in cultures.values():
        for sex in ("female", "male"):
            for year in range(1915, 2026, 5):
                given = culture.given_names(chance, sex, year)
                assert 1 <= len(given) <= 5
                assert len(set(given)) == len(given)
