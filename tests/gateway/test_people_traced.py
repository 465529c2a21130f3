"""People traced a part of a file at a time, by the tooling door."""

import pytest

from tests.gateway.door import Door

LENA = {
    "family": "Vogel",
    "given": ["Lena"],
    "born": "1989-05-14",
    "gender": "female",
    "postcode": "LS1 6AE",
}
VERA = {
    "family": "Marsh",
    "given": ["Vera"],
    "born": "1991-09-03",
    "gender": "female",
}
LENAT = {
    "family": "Smythe",
    "given": ["Janet"],
    "born": "2005-06-16",
    "gender": "female",
}


@pytest.fixture
def door(openroots):
    return Door(openroots)


def outcomes(door, *people):
    return door.post("/people/trace", {"people": list(people)})["outcomes"]


def test_each_is_answered_in_its_place(openroots, door):
    """A match has its number and score; who is in doubt has all who may be them."""
    match, doubt, none = outcomes(
        door, LENA, LENA | {"given": ["Lnea"]}, LENA | {"born": "1931-01-01"}
    )
    assert match == {"result": "match", "number": "9733162868", "score": 1.0}
    assert doubt["result"] == "doubt"
    assert [one["number"] for one in doubt["found"]] == ["9733162868"]
    assert none == {"result": "none"}
    entry = openroots.audit()[-1]
    assert entry["endpoint"] == "tooling.people-trace"
    assert len(entry["subjects"]) == 1


def test_a_restricted_person_is_not_found_by_where_they_live(door):
    """By name and birth date they are a doubt; where a postcode is told, they are not there."""
    by_name, by_place = outcomes(door, LENAT, LENAT | {"postcode": "LS1 6AE"})
    assert [one["number"] for one in by_name["found"]] == ["9000000025"]
    assert by_place == {"result": "none"}


@pytest.mark.parametrize("reached", [{"phone": "01632960587"}, {"email": "vera.marsh@example.com"}])
def test_a_very_restricted_person_is_not_found_by_how_they_are_reached(door, reached):
    """Nothing but their number is told of them, so neither is that a telephone or address is
    theirs; of a restricted person that may be told."""
    by_name, by_contact = outcomes(door, VERA, VERA | reached)
    assert [one["number"] for one in by_name["found"]] == ["9727024610"]
    assert by_contact == {"result": "none"}
    [janet] = outcomes(door, LENAT | {"phone": "01632960587"})
    assert janet["result"] != "none"


@pytest.mark.parametrize(
    "people",
    [
        None,
        [],
        "Smith",
        [1],
        [{}],
        [LENA | {"born": "22.10.2010"}],
        [LENA | {"given": "Lena"}],
        [LENA | {"family": 5}],
        [{"born": "2010-10-22"}],
        [LENA | {"former": [5]}],
    ],
)
def test_what_is_no_list_of_people_is_refused(door, people):
    """It is told what is wanted, and what was sent is not repeated: it may name somebody."""
    status, told = door.ask("POST", "/people/trace", {"people": people})
    assert status == 400
    assert "Vogel" not in told["error"]


def test_too_many_at_once_are_refused(door):
    """A larger file is given in parts."""
    status, _ = door.ask("POST", "/people/trace", {"people": [LENA] * 1001})
    assert status == 413
