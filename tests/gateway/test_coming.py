"""What was arranged for a day to come happens when the world's time has come to it."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from openroots import housekeeping
from openroots.clock import Stopped
from openroots.fhir.patient import INFORMAL_DEATH, death_status
from openroots.gateway import coming
from openroots.services.demographics.deaths import INFORMAL
from openroots.storage import Unavailable
from openroots.testing import NOON, open_nation
from tests.gateway.door import Door
from tests.waiting import until

PDS = "/personal-demographics/FHIR/R4/Patient"
TOMORROW = {"like": "death-tomorrow", "seed": 3}
DEATH = "pds-death-notification-2"


@pytest.fixture
def door(openroots):
    return Door(openroots)


def one_who_dies(door):
    """The NHS number of somebody whose death is notified tomorrow."""
    [patient] = door.post("/people/make", TOMORROW)["patients"]
    return patient["id"]


def read(nation, number):
    """Their record as it is now."""
    return nation.ask("GET", f"{PDS}/{number}").body


def test_a_death_tomorrow_is_notified_tomorrow(openroots, door):
    """The record is of somebody alive today; when the time has come to midnight, the next version
    tells of the death, and so does an event."""
    number, today = one_who_dies(door), door.get("/clock")["time"][:10]
    openroots.move_clock(f"{today}T23:59:59Z")
    assert "deceasedDateTime" not in read(openroots, number)
    assert DEATH not in openroots.signals()
    tomorrow = door.post("/clock", {"to": "+1m"})["time"][:10]
    record = read(openroots, number)
    assert record["deceasedDateTime"] == f"{tomorrow}T00:00:00+00:00"
    assert record["meta"]["versionId"] == "2"
    assert death_status(record) == INFORMAL_DEATH
    assert openroots.signals().count(DEATH) == 1
    assert len(openroots.audit()[-2]["subjects"]) == 1  # of who moved the time


def test_it_happens_once_however_the_clock_is_moved(openroots, door):
    """Back and forth again changes nothing: what has happened has."""
    number = one_who_dies(door)
    for to in ("+3d", "-9d", "+30d", "real", "2030-01-01"):
        openroots.move_clock(to)
    assert read(openroots, number)["meta"]["versionId"] == "2"
    assert openroots.signals().count(DEATH) == 1


def test_what_is_due_in_between_happens_in_its_order(openroots, door):
    """Of deaths of three days, made in another order, the earliest is told first."""
    numbers = []
    for seed, day in enumerate(("2027-01-03", "2027-01-01", "2027-01-02")):
        openroots.move_clock(day)
        [patient] = door.post("/people/make", TOMORROW | {"seed": seed})["patients"]
        numbers.append(patient["id"])
        openroots.move_clock("2026-12-01")
    openroots.move_clock("2027-02-01")
    told = [event for event in openroots.received() if event["type"] == DEATH]
    order = [event["dataref"].rpartition("/")[2] for event in told]
    assert order == [numbers[1], numbers[2], numbers[0]]
    days = [read(openroots, number)["deceasedDateTime"][:10] for number in order]
    assert days == ["2027-01-02", "2027-01-03", "2027-01-04"]


def test_however_many_are_arranged_none_hides_another_that_is_due(openroots, door, monkeypatch):
    """They are read some at a time, by no order of their days."""
    monkeypatch.setattr(coming, "AT_ONCE", 2)
    numbers = [
        door.post("/people/make", {**TOMORROW, "seed": seed})["patients"][0]["id"]
        for seed in range(3, 8)
    ]
    openroots.move_clock("+2d")
    assert all("deceasedDateTime" in read(openroots, number) for number in numbers)


def test_who_died_before_their_day_is_not_notified_again(openroots, door):
    """What a client notified stands, and the day passes."""
    number = one_who_dies(door)
    patches = [
        {"op": "add", "path": "/deceasedDateTime", "value": "2026-06-01T00:00:00+00:00"},
        {"op": "add", "path": "/extension/-", "value": INFORMAL},
    ]
    match = {"If-Match": 'W/"1"'}
    told = openroots.ask("PATCH", f"{PDS}/{number}", {"patches": patches}, headers=match)
    assert told.status == 200, told.body
    openroots.move_clock("+2d")
    assert read(openroots, number)["deceasedDateTime"][:10] == "2026-06-01"
    assert openroots.signals().count(DEATH) == 1


def test_a_store_that_is_away_is_no_defect_of_what_was_arranged(openroots, door, caplog):
    """Whoever moved the time is told to come again, and what was due happens then."""
    number = one_who_dies(door)
    services, world = openroots.house.gateway.services, openroots.house.world
    [comings] = [each.comings for each in services if each.comings]
    gone = SimpleNamespace(comings=dict.fromkeys(comings, away))
    world.time.course = replace(world.time.course, shift=timedelta(days=2))
    with pytest.raises(Unavailable):
        openroots.run(coming.have_come(world, [gone]))
    assert caplog.records == []
    assert len(openroots.run(coming.have_come(world, services))) == 1
    assert "deceasedDateTime" in read(openroots, number)


def away(due, db, chance):
    """What happens while the database is away."""
    raise Unavailable("the PostgreSQL server is away")


def test_a_day_that_comes_by_itself_is_seen_after_a_restart_too(tmp_path, monkeypatch):
    """Nobody moves the time: the housekeeping looks now and then, and finds what is kept."""
    monkeypatch.setattr(housekeeping, "COUNTING", timedelta(seconds=0.05))
    nation = open_nation(tmp_path / "state", people=0)
    number = one_who_dies(Door(nation))
    nation.close()
    nation = open_nation(tmp_path / "state", people=0, wall=Stopped(NOON + timedelta(days=2)))
    until(lambda: "deceasedDateTime" in read(nation, number))
    assert read(nation, number)["meta"]["versionId"] == "2"
    nation.close()
