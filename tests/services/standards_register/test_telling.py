"""Telling: what is owed is the same, however many ask, and is worked out once for those alike."""

from datetime import date

import pytest

from openroots.register.bearer import Bearer
from openroots.services.standards_register.telling import Register
from tests.services.standards_register.office import MANDATE, PLAIN

DAY = "2027-09-02"


@pytest.fixture
def owing(office):
    """Three applications in hospitals, of which one has a plan, and one elsewhere."""
    office.on("2027-01-11").publish()
    office.post(f"{PLAIN}/mandates", MANDATE)
    for name in ("heron", "alder", "wren"):
        office.application(name)
    office.application("finch", setting="care-home")
    plan = {"kind": "plan", "applications": ["heron"], "due": "2028-03-01", "reason": "It is big."}
    office.post(f"{PLAIN}/exemptions", plan)
    return office.on(DAY)


def test_a_supplier_is_told_of_each_application_what_is_told_of_it_alone(owing):
    """Those alike, the one that an exemption names and the one elsewhere."""
    owing.sent("alder", "2027-09-01", met=5)
    owing.sent("wren", "2027-09-01", not_met=5)
    told = owing.get("/suppliers/Meadow")["applications"]
    assert told == [owing.get(f"/applications/{one['application']}") for one in told]
    stand = {
        one["application"]: (each["mode"], each["state"])
        for one in told
        for each in one["standards"]
        if each["standard"] == "plain-words"
    }
    assert stand == {
        "alder": ("refuse", "meets"),
        "finch": ("observe", "not seen"),
        "heron": ("warn", "not seen"),
        "wren": ("refuse", "does not meet"),
    }


def test_applications_that_stand_alike_are_worked_out_once(owing):
    """So that a supplier of hundreds holds nobody up; one that is named by an exemption is not."""
    world = owing.nation.house.world
    register = Register(world.store.snapshot(), date.fromisoformat(DAY), world.time.now())
    alike = {
        name: register.alike(Bearer("hospital", application=name))
        for name in ("alder", "wren", "heron")
    }
    assert alike["alder"] == alike["wren"] != alike["heron"]
    (standard,) = (one for one in register.judging if one.id == "plain-words")
    first = register.stretch(standard, alike["alder"])
    assert register.stretch(standard, alike["wren"]) is first
    assert register.stretch(standard, alike["heron"]).eased == "plan-00000001"
