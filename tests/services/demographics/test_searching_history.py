"""Searching the past: names, places and numbers that are no longer somebody's."""

import pytest

from openroots.services.demographics.changes import Difference
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
    number = "9999900003"
    openroots.holds(person(number, name("Carter", "Ann")))
    db = openroots.house.world.store.snapshot()
    row = db.read([("Patient", number)])["Patient", number]
    took = [Difference(part, -1, old, None)]
    openroots.holds(*left_behind(took, row.body, row, db))
    asked = {"family": "Carter", "given": "Ann", "birthdate": "1931-04-05"} | asked
    assert found(openroots, asked) == {}
    assert list(found(openroots, asked | PAST)) == [number]
    if "*" not in asked["family"]:
        assert list(found(openroots, asked | FUZZY)) == [number]


def test_what_a_change_took_away_is_added_up(openroots):
    """Each change adds to what is known of the past; the birth date is always that of today."""
    number = "9999900003"
    openroots.holds(person(number, name("Carter", "Ann")))
    for family in ("Able", "Baker"):
        db = openroots.house.world.store.snapshot()
        row = db.read([("Patient", number)])["Patient", number]
        took = [Difference("name", 0, name(family, "Ann"), name("Carter", "Ann"))]
        openroots.holds(*left_behind(took, row.body, row, db))
    body = row.body | {"birthDate": "1931-04-06"}
    db = openroots.house.world.store.snapshot()
    took = [Difference("birthDate", -1, "1931-04-05", "1931-04-06")]
    openroots.holds(
        Change("Patient", number, body, 1, row.subject), *left_behind(took, body, row, db)
    )
    for family in ("Able", "Baker"):
        asked = {"family": family, "birthdate": "1931-04-06"} | PAST
        assert list(found(openroots, asked)) == [number]
        assert found(openroots, asked | {"birthdate": "1931-04-05"}) == {}


@pytest.mark.parametrize(
    "difference",
    [
        Difference("name", 1, None, name("Able", "Ann")),
        Difference("name", 0, name("Able", id="1"), name("Able", id="2")),
        Difference("extension", 0, {"url": "x"}, None),
        Difference("birthDate", -1, "1931-04-05", "1931-04-06"),
    ],
)
def test_a_change_that_takes_nothing_away(openroots, difference):
    """A change that adds, or says the same again, leaves nothing behind."""
    openroots.holds(person("9999900003", name("Able", "Ann")))
    db = openroots.house.world.store.snapshot()
    row = db.read([("Patient", "9999900003")])["Patient", "9999900003"]
    assert left_behind([difference], row.body, row, db) == ()


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
