"""Events made of the feed's signals: what they say, and that they say it each time."""

import pytest

from openroots.problem import Json
from openroots.services.events.delivered import delivered_as
from openroots.services.events.matching import matcher_of
from openroots.services.events.names import SUBSCRIPTION_CHANGED
from openroots.services.events.told import event_of, trial_event
from openroots.storage import Change, Signal
from openroots.testing import NOON, Nation
from tests.services.events.asking import (
    EVENT,
    JANE,
    JANET,
    JAYNE,
    PDS,
    feed,
    patch,
    publish,
    subscribe,
    subscription,
)

MAN = {"op": "replace", "path": "/gender", "value": "male"}


def events(nation: Nation, at: int | None = None) -> list[Json]:
    """The event of each signal that is for subscribers, as a snapshot after commit `at` says."""
    db = nation.house.world.store.snapshot(at=at)
    found = [event_of(told, db, "http://localhost:1948") for told in feed(nation)]
    return [each for each in found if each is not None]


def renamed(nation: Nation, number: str, family: str) -> None:
    """Give somebody another family name."""
    name = nation.ask("GET", f"{PDS}/Patient/{number}").body["name"][0]
    path = "/name/0"
    patch(
        nation,
        number,
        {"op": "replace", "path": f"{path}/id", "value": name["id"]},
        {"op": "replace", "path": f"{path}/family", "value": family},
    )


def test_an_event_is_made_of_two_versions_however_many_there_are(openroots: Nation) -> None:
    """Of the one that its commit made and the one before, whenever it is made."""
    for gender in ["male", "female"] * 5:
        patch(openroots, JANE, {"op": "replace", "path": "/gender", "value": gender})
    for nth, told in enumerate(feed(openroots)):
        db = openroots.house.world.store.snapshot()
        event = event_of(told, db)
        assert event is not None
        assert event["versionid"] == f'W/"{nth + 3}"'
        assert len(db.seen) == 2


def test_a_change_of_a_record_is_an_event(openroots: Nation) -> None:
    """It names the person, the version, where to read it, and what it can be chosen by."""
    patch(openroots, JANE, MAN)
    [event] = events(openroots)
    assert event == {
        "specversion": "1.0",
        "id": event["id"],
        "source": "uk.nhs.personal-demographics-service",
        "type": "pds-record-change-2",
        "time": "2026-11-21T12:00:00.000Z",
        "dataref": f"http://localhost:1948{PDS}/Patient/{JANE}",
        "subject": JANE,
        "versionid": 'W/"3"',
        "filtering": event["filtering"],
    }
    assert event["filtering"] | {"residence": 0, "residencearea": 0} == {
        "changed_name": False,
        "changed_address": False,
        "registered": True,
        "subjectage": 16,
        "generalpractitioner": "Y12345",
        "registeredgpodscode": "Y12345",
        "nhsnumber": JANE,
        "residence": 0,
        "residencearea": 0,
    }


def test_a_changed_name_is_said_to_be(openroots: Nation) -> None:
    """Subscribers may ask for changed names only."""
    renamed(openroots, JAYNE, "Smithson")
    patch(openroots, JAYNE, MAN)
    assert [each["filtering"]["changed_name"] for each in events(openroots)] == [True, False]


def test_an_event_is_the_same_whenever_it_is_made(openroots: Nation) -> None:
    """Its id and all it says do not depend on what has happened since; two have two ids."""
    for gender in ("male", "unknown"):
        patch(openroots, JANE, MAN | {"value": gender})
    at_once = events(openroots, feed(openroots)[-1].t)
    renamed(openroots, JAYNE, "Smithson")
    patch(openroots, JANE, MAN | {"value": "female"})
    later = events(openroots)
    assert later[:2] == at_once
    assert len({each["id"] for each in later}) == 4


def test_the_number_is_the_one_that_is_good_now(openroots: Nation) -> None:
    """Somebody whose number was superseded after the change is named by the new one."""
    patch(openroots, JANE, MAN)
    superseded = {"status": "superseded", "by": JAYNE}
    openroots.holds(Change("NHSNumber", JANE, superseded, 0))
    [event] = events(openroots)
    assert (event["subject"], event["filtering"]["nhsnumber"]) == (JAYNE, JAYNE)


def test_no_event_says_where_a_restricted_person_is(openroots: Nation) -> None:
    """Neither the practice nor anything of an address is in it."""
    signal = feed_of_restricted(openroots)
    assert signal["subject"] == JANET
    assert signal["filtering"].keys() == {"changed_name", "subjectage", "nhsnumber"}


def feed_of_restricted(nation: Nation) -> Json:
    """The event of a change to a restricted person's record."""
    key = ("Patient", JANET)
    row = nation.house.world.store.snapshot().read([key])[key]
    change = Change(*key, row.body, row.version, row.subject, row.holder, row.labels)
    signal = Signal("pds-record-change-2", row.subject, f"{PDS}/Patient/{JANET}")
    nation.holds(change, signals=[signal])
    [event] = events(nation)
    return event


def test_a_published_event_is_told_as_it_was_published(openroots: Nation) -> None:
    """Nothing is added to it and nothing left out."""
    publish(openroots)
    assert events(openroots) == [EVENT]


def test_signals_about_subscriptions_are_not_for_subscribers(openroots: Nation) -> None:
    """There is no event of them."""
    subscribe(openroots, "eventType=pds-record-change-2")
    assert openroots.signals() == [SUBSCRIPTION_CHANGED]
    assert events(openroots) == []


def test_a_trial_tells_of_nothing() -> None:
    """The event that a subscriber asks for to see that it is told has a type of its own."""
    event = trial_event(NOON, bytes)
    assert event["type"] == "mns-test-signal-1"
    assert "subject" not in event


@pytest.mark.parametrize("practice", ["Y12345", "Q10001"])
def test_a_practice_hears_of_its_patients_alone(openroots: Nation, practice: str) -> None:
    """Subscribed by practice, one is told of Jane, who is its patient, and the other is not."""
    criteria = f"eventType='pds-record-change-2' AND generalpractitioner='{practice}'"
    id = subscribe(openroots, criteria)
    patch(openroots, JANE, MAN)
    matcher = matcher_of(openroots.house.world.store.snapshot())
    [event] = events(openroots)
    assert matcher.matching(event) == ([id] if practice == "Y12345" else [])


def test_who_leaves_a_practice_is_told_of_there_once(openroots: Nation) -> None:
    """In the event of that change and in none after it; whoever was restricted before it did not
    leave a practice that anybody was told of."""
    criteria = "eventType='pds-record-change-2' AND formergeneralpractitioner='Y12345'"
    id = subscribe(openroots, criteria)
    moves_to(openroots, JANE, "Q10001")
    patch(openroots, JANE, MAN)
    moves_to(openroots, JANET, "Q10001", labels=frozenset())
    matcher = matcher_of(openroots.house.world.store.snapshot())
    left, later, opened = events(openroots)
    assert [matcher.matching(event) for event in (left, later, opened)] == [[id], [], []]
    assert left["filtering"]["generalpractitioner"] == "Q10001"
    assert opened["filtering"]["generalpractitioner"] == "Q10001"


def moves_to(nation: Nation, number: str, practice: str, **marks: frozenset[str]) -> None:
    """Register somebody with another practice, as a merge or a registration there would."""
    key = ("Patient", number)
    row = nation.house.world.store.snapshot().read([key])[key]
    [registered] = row.body["generalPractitioner"]
    identifier = registered["identifier"] | {"value": practice}
    body = row.body | {"generalPractitioner": [registered | {"identifier": identifier}]}
    labels = marks.get("labels", row.labels)
    change = Change(*key, body, row.version, row.subject, row.holder, labels)
    signal = Signal("pds-record-change-2", row.subject, f"{PDS}/Patient/{number}")
    nation.holds(change, signals=[signal])


def test_where_somebody_lives_is_worked_out_for_those_who_choose_by_it(openroots: Nation) -> None:
    """All else that an event says is the same."""
    patch(openroots, JANE, MAN)
    db, [told] = openroots.house.world.store.snapshot(), feed(openroots)
    whole, bare = event_of(told, db), event_of(told, db, hidden=())
    assert whole is not None
    assert bare is not None
    by_area = event_of(told, db, hidden=["residencearea"])
    assert by_area is not None
    assert whole["filtering"] == by_area["filtering"] | {
        "residence": whole["filtering"]["residence"]
    }
    assert bare["filtering"].keys() == whole["filtering"].keys() - {"residence", "residencearea"}
    assert delivered_as(bare, subscription()) == delivered_as(whole, subscription())
