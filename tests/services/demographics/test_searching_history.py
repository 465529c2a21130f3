"""Searching the past: names, places and numbers that are no longer somebody's."""

from dataclasses import replace

import pytest

from openroots.services.demographics.former import left_behind
from openroots.storage import Change
from tests.services.demographics.searches import (
    EXACT,
    FUZZY,
    HISTORY,
    PAST,
    found,
    name,
    person,
    search,
)

NUMBER = "9999900003"


@pytest.mark.parametrize(
    ("part", "old", "asked"),
    [
        ("name", name("Able", "Ann"), {"family": "Able"}),
        ("name", name("Able", "Ann"), {"family": "Ab*", "given": "A*"}),
        ("gender", "male", {"gender": "male"}),
        ("address", {"postalCode": "AB3 3AA"}, {"address-postcode": "AB33AA"}),
        ("telecom", {"system": "phone", "value": "0113 1"}, {"phone": "01131"}),
        ("telecom", {"system": "email", "value": "a@b.example"}, {"email": "A@b.example"}),
    ],
)
def test_what_a_change_took_away(openroots, part, old, asked):
    """What a change of a record took away is found by a search of history, and by no other."""
    if "given" in asked:
        asked = asked | {"given": "Ann"}
    now = person(NUMBER, name("Carter", "Ann")).body
    was = now | {part: old if part == "gender" else [*now.get(part, ()), old]}
    openroots.holds(replace(person(NUMBER, name("Carter", "Ann")), body=was))
    change(openroots, {part}, now)
    asked = {"family": "Carter", "given": "Ann", "birthdate": "1931-04-05"} | asked
    assert found(openroots, asked) == {}
    assert list(found(openroots, asked | PAST)) == [NUMBER]
    if "*" not in asked["family"]:
        assert list(found(openroots, asked | FUZZY)) == [NUMBER]


def test_what_a_change_took_away_is_added_up(openroots):
    """Each change adds to what is known of the past; the birth date is always that of today."""
    openroots.holds(person(NUMBER, name("Able", "Ann")))
    for family in ("Baker", "Carter"):
        change(openroots, {"name"}, person(NUMBER, name(family, "Ann")).body)
    corrected = person(NUMBER, name("Carter", "Ann"), born="1931-04-06").body
    change(openroots, {"birthDate"}, corrected)
    for family in ("Able", "Baker"):
        asked = {"family": family, "birthdate": "1931-04-06"} | PAST
        assert list(found(openroots, asked)) == [NUMBER]
        assert found(openroots, asked | {"birthdate": "1931-04-05"}) == {}


@pytest.mark.parametrize(
    "parts",
    [
        {"name": [name("Able", "Ann"), name("Baker", "Ann", use="nickname")]},
        {"name": [name("Able", "Ann", id="N2")]},
        {"extension": []},
        {"birthDate": "1931-04-06"},
    ],
)
def test_a_change_that_takes_nothing_away(openroots, parts):
    """A change that adds, or says the same again, leaves nothing behind."""
    openroots.holds(person(NUMBER, name("Able", "Ann"), extension=[{"url": "x"}]))
    db = openroots.house.world.store.snapshot()
    row = db.read([("Patient", NUMBER)])["Patient", NUMBER]
    assert left_behind(parts.keys(), row.body | parts, row, db) == ()


def change(nation, parts, body):
    """Make this of the record, in which these parts have changed."""
    db = nation.house.world.store.snapshot()
    row = db.read([("Patient", NUMBER)])["Patient", NUMBER]
    made = Change("Patient", NUMBER, body, row.version, row.subject)
    nation.holds(made, *left_behind(parts, body, row, db))


@pytest.mark.parametrize(
    ("asked", "now", "before"),
    [
        ({"family": "Carter", "given": "Ann"}, 1.0, 1.0),
        ({"family": "Carter", "given": "Nancy"}, 1.0, 1.0),
        ({"family": "Carter", "given": "Ruby"}, 1.0, 1.0),
        ({"family": "Able"}, None, 0.95),
        ({"family": "Able", "given": "Ann"}, None, 0.95),
        ({"family": "Able", "given": "Nancy"}, None, None),
        ({"family": "Ab*"}, None, 0.8075),
        ({"family": "Carter", "address-postcode": "AB1 1AA"}, 1.0, 1.0),
        ({"family": "Carter", "address-postcode": "AB2 2AA"}, 1.0, 1.0),
        ({"family": "Carter", "address-postcode": "AB3 3AA"}, None, 0.95),
        ({"family": "Able", "address-postcode": "AB3*"}, None, 0.7671),
        ({"family": "Able", "birthdate": "1931-04-06"}, None, None),
    ],
)
def test_history(openroots, asked, now, before):
    """Names and addresses of the past are found where history is asked for, at a lower score."""
    number = "9999900003"
    addresses = [
        {"use": "home", "postalCode": "AB1 1AA"},
        {"use": "temp", "postalCode": "AB2 2AA"},
    ]
    openroots.holds(
        person(number, HISTORY, address=addresses),
        Change("FormerPart", number, {"address": [{"postalCode": "AB3 3AA"}]}, 0, "x"),
    )
    asked = {"birthdate": "1931-04-05"} | asked
    assert found(openroots, asked).get(number) == now
    assert found(openroots, asked | PAST).get(number) == before
    assert found(openroots, asked | PAST | EXACT).get(number) == (1.0 if before == 1.0 else None)


def test_a_search_of_history_shows_the_present(openroots):
    """Whoever is found by a former name is shown under the names and at the home of today."""
    home = {"use": "home", "postalCode": "AB1 1AA"}
    openroots.holds(person("9999900003", HISTORY, address=[home, {"use": "temp"}]))
    asked = {"family": "Able", "birthdate": "1931-04-05"} | PAST
    [entry] = search(openroots, asked).body["entry"]
    names = [(name["use"], name["family"]) for name in entry["resource"]["name"]]
    assert names == [("usual", "Carter"), ("nickname", "Carter"), ("temp", "Carter")]
    assert entry["resource"]["address"] == [home]
