"""Nobody is created twice: who is the same person, and what is told of them."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from openroots.services.demographics.creating import EXAMPLE
from tests.gateway.door import Door
from tests.gateway.governed import agree_instead
from tests.services.demographics.desk import words
from tests.services.demographics.newcomers import GONE, create, person


def test_who_is_there_already_is_told(openroots):
    """Of one person alike the number is told; of more, that there are several."""
    single = person(**{"name/0/family": "McMatch-Single", "address/0/postalCode": "BAP 4WG"})
    told = create(openroots, single)
    assert (told.status, told.code) == (200, "SINGLE_MATCH")
    assert words(told) == (
        "Unable to create new patient. NHS number 9000000041 found for supplied demographic data."
    )
    several = {"name/0/given": ["Louisa"], "name/0/family": "McMatch-Multiple"}
    told = create(openroots, person(**several))
    assert (told.status, told.code) == (200, "MULTIPLE_MATCHES")
    assert words(told) == (
        "Unable to create new patient. Multiple matches found for supplied demographic data."
    )
    assert told.body["issue"][0]["severity"] == "error"
    assert "etag" not in told.headers


def test_a_match_is_audited_with_whoever_is_told(openroots):
    """The audit entry names who is told to be there already; of several, and of somebody else of
    the name, nobody."""
    other = person(**{"gender": "male", "address/0/postalCode": "LS1 4BU"})
    told = [create(openroots, each) for each in (other, EXAMPLE, EXAMPLE)]
    [first], [second], [match] = [entry["subjects"] for entry in openroots.audit()]
    assert [each.status for each in told] == [201, 201, 200]
    assert match == second != first
    create(openroots, person(**{"address/0/postalCode": "LS1 4BU"}))
    assert openroots.audit()[-1]["subjects"] == []


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ({}, 200),
        ({"name/0/family": "EDWARDS", "name/0/given": ["Jäne"]}, 200),
        ({"name/0/given": ["Jane", "Anne"]}, 200),
        ({"gender": "male"}, 200),
        ({"address/0/postalCode": "LS1 4BU"}, 200),
        ({"gender": "male", "address/0/postalCode": "ls16ae"}, 200),
        ({"gender": "male", "address/0/postalCode": "LS1 4BU"}, 201),
        ({"birthDate": "1982-07-11"}, 201),
        ({"name/0/given": ["Anne", "Jane"]}, 201),
        ({"name/0/given": GONE}, 201),
        ({"name/0/family": "Edwardes"}, 201),
    ],
)
def test_who_is_the_same_person(openroots, parts, status):
    """Alike are those of one name, first given name and birth date, and of one gender or
    postcode."""
    assert create(openroots, EXAMPLE).status == 201
    assert create(openroots, person(**parts)).status == status


def test_where_a_restricted_person_is_cannot_be_tried_out(openroots):
    """A restricted person is told to be there by gender, never by a postcode that was guessed."""
    rowan = {
        "name/0/given": ["Rowan"],
        "name/0/family": "Tiller",
        "birthDate": "1974-02-28",
        "address/0/postalCode": "LS1 6AE",
    }
    assert create(openroots, person(**rowan, gender="male")).code == "SINGLE_MATCH"
    assert create(openroots, person(**rowan, gender="female")).status == 201


def test_somebody_else_of_the_name_does_not_stand_in_the_way(openroots):
    """A nickname or another gender that is alike is no match, and the commit still holds."""
    other = person(**{"gender": "male", "address/0/postalCode": "LS1 4BU"})
    assert create(openroots, other).status == 201
    assert create(openroots, EXAMPLE).status == 201
    assert create(openroots, EXAMPLE).code == "SINGLE_MATCH"


def test_of_two_who_create_one_person_at_once_one_does(openroots):
    """However many send the same person at the same moment, there is one record, and all the
    others are told its number."""
    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(lambda _: create(openroots, EXAMPLE), range(8)))
    [made] = [each for each in told if each.status == 201]
    others = [each for each in told if each is not made]
    assert {(each.status, each.code) for each in others} == {(200, "SINGLE_MATCH")}
    assert all(made.body["id"] in words(each) for each in others)


def test_nobody_is_created_twice_by_who_may_not_see_them(openroots):
    """Whom the policy hides does not exist for whoever asks, but the commit finds them: no second
    record is made, and nothing of the first is told. How to go on is: there is no version to read
    again."""
    agree_instead(openroots, conditions={"relationship": True})
    single = person(**{"name/0/family": "McMatch-Single", "address/0/postalCode": "BAP 4WG"})
    doctor = openroots.token("ashby-practice-system", "staff:910000000012")
    told = create(openroots, single, headers=doctor)
    assert (told.status, "9000000041" in told.raw.decode()) == (409, False)
    why = Door(openroots).get(f"/why/{told.headers['x-openroots-trail']}")
    assert "ask whoever may see it" in str(why["steps"])
    assert create(openroots, EXAMPLE, headers=doctor).status == 201
