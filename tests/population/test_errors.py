"""What is told of people can be spoilt in known ways, and almost-same people be planted."""

from datetime import date
from random import Random

import pytest

from openroots.population import Person, make, names, places
from openroots.population.errors import BIRTH, Error, errors, spoilt
from openroots.population.near import ELSEWHERE, NEAR, near_twin
from openroots.population.told import FORMER_USES, Past, Told, past_of, tell

TODAY = date(2026, 7, 1)
MARY = Told("Pritchard-Ellis", ("Mary", "Ann"), "1984-03-02", "female", "LS1 4AP", ("4 Mill Lane",))
PAST = Past(("Moss",), ("YO71 1UR",))
CULTURES, NICKNAMES = names.load()
EVERY = errors({"Mary": "Molly"})


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return [person for household in make(400, 7, TODAY) for person in household.people]


@pytest.mark.parametrize("error", EVERY.values(), ids=lambda error: error.name)
def test_an_error_touches_its_own_field_and_no_other(error: Error) -> None:
    """Each error changes what it says it does, and says so in words."""
    told = MARY if error.name != "accents-lost" else Told("Siöberg", ("Zoë",), "1984-03-02")
    wrong = spoilt(told, PAST, (error,), Random(1))
    assert wrong is not None
    fields = {
        "family": (wrong.family, told.family),
        "given": (wrong.given, told.given),
        "birth": (wrong.born, told.born),
        "gender": (wrong.gender, told.gender),
        "postcode": ((wrong.postcode, wrong.lines), (told.postcode, told.lines)),
    }
    changed = {name for name, (one, other) in fields.items() if one != other}
    assert changed == ({"family", "given"} if error.field == "names" else {error.field})
    assert error.words
    date.fromisoformat(wrong.born)


def test_the_same_chance_makes_the_same_error() -> None:
    """A harness that is run again asks the same."""
    for error in EVERY.values():
        once, again = (spoilt(MARY, PAST, (error,), Random(3)) for _ in range(2))
        assert once == again


def test_an_error_without_room_is_not_made() -> None:
    """Nobody without a past has an old name; nobody born on the 20th a day that is a month."""
    bare = Told("Li", ("Bo",), "1984-03-20")
    for name in ("old-family", "old-postcode", "birth-swapped", "nickname", "half-family"):
        assert spoilt(bare, Past(), (EVERY[name],), Random(1)) is None


def test_errors_come_together() -> None:
    """Two errors in two fields are both there."""
    both = spoilt(MARY, PAST, (EVERY["old-family"], EVERY["gender-wrong"]), Random(1))
    assert both is not None
    assert (both.family, both.gender) == ("Moss", "male")


def test_what_is_told_is_what_the_record_says(people: list[Person]) -> None:
    """Of everybody the usual name, the home and the birth date are told; the past is the past."""
    for person in people:
        told, past = tell(person.patient), past_of(person.patient)
        assert told.family == person.patient["name"][0]["family"]
        assert (told.born, told.gender) == (person.patient["birthDate"], person.patient["gender"])
        assert told.postcode == person.patient["address"][0]["postalCode"]
        uses = {name["use"] for name in person.patient["name"]}
        assert not past.families or uses & FORMER_USES


def test_a_near_twin_is_near_and_is_somebody_else(people: list[Person]) -> None:
    """Each kind shares what it says, and everything but the sex only who is not named yet."""
    towns = places.load(CULTURES)
    seen = set()
    for at, person in enumerate(people[:150]):
        told = tell(person.patient)
        for kind in NEAR:
            own = (person.life.culture, towns[0], "9000000000", Random(at))
            twin = near_twin(kind, person.patient, *own)
            if twin is None:
                continue
            seen.add(kind)
            other = tell(twin)
            assert other.family == told.family
            assert (other.born == told.born) == (
                kind not in ("sibling", "parent", "parent-same-day")
            )
            assert (other.postcode == told.postcode) == (kind not in ELSEWHERE)
            same = (other.given, other.born, other.postcode)
            assert (same == (told.given, told.born, told.postcode)) == (kind == "twin-unnamed")
            if kind == "twin-first-name":
                assert other.given[0] == told.given[0]
            if kind in ("twin", "twin-other-sex", "twin-alike", "sibling", "cousin"):
                borne = {name["given"][0] for name in person.patient["name"]}
                assert other.given[0] not in borne
    assert seen == set(NEAR)


def test_a_twin_who_is_called_almost_the_same_bears_no_name_twice(people: list[Person]) -> None:
    """The first name is chosen among many, of which the second may be one."""
    town = places.load(CULTURES)[0]
    for at, person in enumerate(people[:400]):
        own = (person.life.culture, town, "9000000000", Random(at))
        if twin := near_twin("twin-alike", person.patient, *own):
            given = twin["name"][0]["given"]
            assert len(set(given)) == len(given)


def test_a_namesake_lives_at_another_postcode() -> None:
    """However small the town is: elsewhere in one street nothing that is told would be another."""
    town = places.load(CULTURES)[0]
    house = town.house(Random(3))
    home = {"use": "home", "line": list(house.lines), "postalCode": house.postcode}
    patient = {
        **{"resourceType": "Patient", "meta": {}, "identifier": [{}], "address": [home]},
        **{"gender": "female", "birthDate": "1984-03-02"},
        "name": [{"use": "usual", "given": ["Yuting"], "family": "Chen"}],
    }
    for kind in ELSEWHERE:
        twin = near_twin(kind, patient, CULTURES["chinese"], town, "9000000000", Random(3))
        assert twin is not None
        assert tell(twin).postcode != house.postcode


def test_no_error_is_of_two_kinds_of_field() -> None:
    """Errors of the birth date are told apart from the others, as those never match."""
    assert {name for name, error in EVERY.items() if error.field == BIRTH} == {
        *("birth-swapped", "birth-digit", "birth-day-off")
    }
