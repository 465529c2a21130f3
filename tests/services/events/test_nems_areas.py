"""Subscriptions of NEMS by area: who lives there, has left it, or is registered there."""

import pytest

from openroots.services.events.delivered import delivered_as
from openroots.services.events.nems_areas import areas_of
from openroots.services.events.stu3_xml import read
from openroots.services.events.told import chosen_by
from openroots.storage import Query
from openroots.testing import NOON, Nation
from tests.services.demographics.test_births import birth, notify
from tests.services.events.asking import JANE, JANET, feed, move, patch, subscription
from tests.services.events.nems import MAN, criteria, matched, post

NUMBERS = "http://fhir.nhs.net/Id/ods-organization-code"


def rule(name: str, organisation: str) -> str:
    """The part of criteria that says whom they are about."""
    return f"&subscriptionRuleType={name}&Organization.identifier={NUMBERS}|{organisation}"


def practice_in(nation: Nation, area: str, there: bool = True) -> str:
    """The code of a practice that is in a postcode area, or is not."""
    found = nation.house.world.store.snapshot().search(Query("Organization", limit=1000)).rows
    bodies = [row.body for row in found if row.id.startswith("Q")]
    return str(next(body["id"] for body in bodies if (areas_of(body) == [area]) is there))


def counts(nation: Nation) -> list[int]:
    """How many subscriptions each change of a record is for."""
    return [count for event, count in matched(nation) if event["type"] == "pds-record-change-2"]


@pytest.mark.parametrize("name", ["UHV_POSTCODE_LACODE", "CHO_POSTCODE_CCG"])
def test_who_moves_is_told_of_in_the_area_they_leave_and_the_one_they_come_to(
    openroots: Nation, name: str
) -> None:
    """And nowhere else; what changes besides is told of where they live by then."""
    old, new = (practice_in(openroots, area) for area in ("LS", "HU"))
    third = practice_in(openroots, "BD")
    move(openroots, JANE, ["1 Trevelyan Square", "LEEDS"], "LS61 1AA")
    for organisation in (old, new, third):
        asked = criteria("pds-record-change-1", rule(name, organisation))
        assert post(openroots, criteria=asked).status == 201
    move(openroots, JANE, ["2 High Street"], "HU41 1AA")
    patch(openroots, JANE, MAN)
    assert counts(openroots) == [1, 2, 1]


def test_an_area_tells_nothing_of_where_a_restricted_person_lives(shared: Nation) -> None:
    """Their events cannot be chosen by it; those of others can."""
    db = shared.house.world.store.snapshot()
    told = [chosen_by(number, NOON, db) for number in (JANE, JANET)]
    assert ["residencearea" in each for each in told] == [True, False]


def test_who_is_registered_in_an_area_is_told_of_there(openroots: Nation) -> None:
    """By the practices that have their addresses in it, wherever the person lives."""
    found = openroots.house.world.store.snapshot()
    home = areas_of(found.read([("Organization", "Y12345")])[("Organization", "Y12345")].body)[0]
    for organisation in ("Y12345", practice_in(openroots, home, there=False)):
        asked = criteria("pds-record-change-1", rule("CHO_GP_CCG", organisation))
        assert post(openroots, criteria=asked).status == 201
    patch(openroots, JANE, MAN)
    assert counts(openroots) == [1]


def test_a_country_is_where_the_practice_is(openroots: Nation) -> None:
    """By the country in its address."""
    asked = criteria("pds-record-change-1", rule("COUNTRYCODE", "Y12345"))
    assert post(openroots, criteria=asked).status == 201
    patch(openroots, JANE, MAN)
    assert counts(openroots) == [1]


def test_an_area_that_nobody_knows_is_refused(shared: Nation) -> None:
    """With the code that was named."""
    told = post(shared, criteria=criteria(about=rule("CHO_GP_CCG", "A1A1A1")))
    assert (told.status, told.code) == (400, "INVALID_RESOURCE")
    assert "A1A1A1" in told.body["issue"][0]["diagnostics"]


def test_where_somebody_lives_is_not_delivered(openroots: Nation) -> None:
    """Events are chosen by it, and do not tell it."""
    move(openroots, JANE, ["2 High Street"], "HU41 1AA")
    [(event, _)] = matched(openroots)
    assert event["filtering"]["residencearea"][0] == "HU"
    body = {"channel": {"payload": "application/json"}}
    assert b"HU" not in delivered_as(event, body).body
    assert len(feed(openroots)) == 1


def test_a_birth_is_told_of_where_the_child_lives(openroots: Nation) -> None:
    """A child health organisation learns of children whose numbers it cannot know yet."""
    for area in ("LS", "HU"):
        rule_there = rule("CHO_POSTCODE_CCG", practice_in(openroots, area))
        assert (
            post(openroots, criteria=criteria("pds-birth-notification-1", rule_there)).status == 201
        )
    home = {"use": "home", "line": ["1 Trevelyan Square"], "postalCode": "LS61 1AA"}
    child = notify(openroots, birth(address=[home])).body["id"]
    [event] = [event for event, count in matched(openroots) if count == 1]
    asked = subscription(payload="application/fhir+xml")
    header = read(delivered_as(event, asked).body)["entry"][0]["resource"]
    routing, kind = header["extension"]
    assert header["event"]["code"] == "pds-birth-notification-1"
    assert routing["extension"][0]["valueIdentifier"]["value"] == child
    assert kind["valueCodeableConcept"]["coding"][0]["code"] == "new"
