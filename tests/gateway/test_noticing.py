"""Suppliers are told of each step of a phase-out when its time has come, and once."""

import threading
from datetime import timedelta

import pytest

from openroots.gateway.noticing import Noticing, tell_due
from openroots.register.kept import notices_in
from openroots.testing import NOON
from tests.services.standards_register.office import MANDATE, PLAIN, Office
from tests.waiting import until

SIGNAL = "standards-register-notice-1"


@pytest.fixture
def office(openroots):
    """A standard that is enforced in hospitals from 1 September 2027, and who it binds."""
    office = Office(openroots).on("2027-01-11")
    office.publish()
    office.post(f"{PLAIN}/mandates", MANDATE)
    office.application("heron")
    return office


def told(nation, application="heron"):
    """The ids of what an application was told about the invented standard, in order of days."""
    ids = [id for id in notices_in(nation.house.world.store.snapshot()) if f".{application}." in id]
    return [id.partition(f".{application}.")[2] for id in sorted(ids, key=lambda id: id[-10:])]


def tell(nation):
    return nation.run(tell_due(nation.house.world))


def test_a_step_is_told_on_its_day_and_once(office):
    """By the world's time; each with its signal."""
    nation = office.nation
    before = tell(nation)  # of the standards that the program brings
    assert told(nation) == []
    office.on("2027-03-05")
    given = tell(nation)
    assert (told(nation), given >= 1) == (["notify.2027-03-05"], True)
    assert (tell(nation), nation.signals().count(SIGNAL)) == (0, before + given)


def test_what_was_told_is_not_told_again_when_the_clock_goes_back_and_forth(office):
    nation = office.nation
    office.on("2028-06-01")
    given = tell(nation)
    assert given == len(set(notices_in(nation.house.world.store.snapshot())))
    for day in ("2027-01-11", "2027-03-05", "2028-06-01"):
        office.on(day)
        assert tell(nation) == 0
    assert office.post("/notices") == {"told": []}


def test_two_who_tell_at_once_tell_it_once(office):
    """Whoever commits first has told it; the other looks again later."""
    nation = office.nation
    office.on("2028-06-01")
    asking = [threading.Thread(target=tell, args=[nation]) for _ in range(4)]
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    tell(nation)
    count = nation.signals().count(SIGNAL)
    assert count == len(notices_in(nation.house.world.store.snapshot())) > 0


def test_whoever_meets_the_standard_is_told_nothing(office):
    """Until it no longer does."""
    office.sent("heron", "2027-03-04", met=40)
    office.on("2027-03-05")
    tell(office.nation)
    assert told(office.nation) == []
    office.on("2027-07-01")
    tell(office.nation)
    assert "notify.2027-03-05" in told(office.nation)


def test_it_is_looked_at_when_a_day_or_a_decision_is_new_and_each_hour(office):
    """Otherwise there is nothing to read."""
    nation, noticing = office.nation, Noticing()
    world = nation.house.world
    nation.run(noticing.look(world))
    office.on("2027-03-05")
    assert nation.run(noticing.look(world)) >= 1
    office.application("alder")
    assert nation.run(noticing.look(world)) == 0
    noticing.looked = NOON - timedelta(hours=2)
    assert nation.run(noticing.look(world)) == 1
    assert told(nation, "alder") == ["notify.2027-03-05"]


@pytest.fixture
def soon(monkeypatch, request):
    """A register whose housekeeping comes round many times a second instead of each minute."""
    monkeypatch.setattr("openroots.housekeeping.COUNTING", timedelta(milliseconds=20))
    return request.getfixturevalue("office")


def test_nobody_need_ask_for_it(soon):
    """The housekeeping of a world tells what has come, by itself."""
    before = soon.nation.signals().count(SIGNAL)
    soon.on("2027-03-05")
    assert until(lambda: told(soon.nation)) == ["notify.2027-03-05"]
    assert soon.nation.signals().count(SIGNAL) > before
