"""What happens at the same moment, back in time, or on a clock that is moved back and forth."""

import asyncio
from datetime import UTC, datetime

from openroots.register.consultation import Comment
from openroots.register.kept import COMMENT
from openroots.storage import Change
from tests.services.standards_register.office import BASE, MANDATE, PLAIN, TEAM, WAVE

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"


def together(office, *asked):
    """Put several requests through the gateway at the same time."""

    async def all_of_them():
        nation = office.nation
        return await asyncio.gather(
            *(
                nation._ask("POST", BASE + path, body, None, {"apikey": TEAM})
                for path, body in asked
            )
        )

    return office.nation.run(all_of_them())


def test_of_two_same_decisions_at_once_one_is_taken(office):
    """The other is told that it is decided already, and by which decision."""
    office.publish()
    told = together(office, *[(f"{PLAIN}/mandates", MANDATE)] * 2)
    assert sorted(one.status for one in told) == [201, 409], [one.body for one in told]
    [refused] = [one.body["message"] for one in told if one.status == 409]
    assert "made-00000001 mandates the same" in refused
    assert len(office.get(PLAIN)["decisions"]) == 1


def test_of_two_other_decisions_at_once_both_are_taken(office):
    """Each has an id of its own; none is lost."""
    office.publish()
    other = {"reason": "it is time", "waves": [{**WAVE, "settings": ["care-home"]}]}
    told = together(office, (f"{PLAIN}/mandates", MANDATE), (f"{PLAIN}/mandates", other))
    assert [one.status for one in told] == [201, 201]
    ids = {decision["id"] for decision in office.get(PLAIN)["decisions"]}
    assert ids == {"made-00000001", "made-00000002"}


def test_an_objection_a_moment_before_agreement_blocks_it(office, monkeypatch):
    """It is raised after the team's request was judged and before it was kept: judged again."""
    office.consult()
    office.know("standard.suite", "https://example.org/suite")
    office.know("standard.implementations", 2)
    office.on("2027-02-08")
    store = office.nation.house.world.store
    commit, raised = store.commit, []

    async def objecting(changes=(), *args, **given):
        if not raised and any(change.type == "Case" for change in changes):
            at = datetime(2027, 2, 8, 9, 59, 59, tzinfo=UTC)
            comment = Comment("plain-words.000001", "plain-words", 1, "objection", "No.", at, "x")
            raised.append(comment.id)
            objection = Change(COMMENT, comment.id, comment.to_json(), expect=0)
            await commit([objection], by=given["by"])
        return await commit(changes, *args, **given)

    monkeypatch.setattr(store, "commit", objecting)
    told = office.ask("POST", f"{PLAIN}/moves", {"stage": "agreed", "reason": "all heard"})
    assert raised
    assert (told.status, told.body["message"]) == (
        409,
        "1 objection(s) are open: plain-words.000001",
    )


def test_nothing_is_decided_back_in_time(office):
    """A mandate that would bind before it was made is refused, and a move to yesterday too."""
    office.publish()
    past = {"reason": "late", "waves": [{**WAVE, "warn_from": "2027-01-10"}]}
    assert office.refusal(f"{PLAIN}/mandates", past) == (
        400,
        "Wave 1: warn_from is past: a mandate begins on 2027-01-11 at the earliest",
    )
    move = {"stage": "deprecated", "reason": "late", "on": "2027-01-10"}
    assert office.refusal(f"{PLAIN}/moves", move)[0] == 409


def test_a_clock_moved_back_and_forth_is_told_what_held_then(office):
    """A mandate is in force on its day, not in force before it was made, and again afterwards."""
    key = office.application("heron")
    office.publish()
    office.post(f"{PLAIN}/mandates", MANDATE)
    for day, status in (
        ("2027-09-01", 403),
        ("2027-01-10", 200),
        ("2027-08-31", 200),
        ("2027-09-02", 403),
        ("2026-01-01", 200),
        ("2028-02-29", 403),
    ):
        office.on(day)
        assert office.nation.ask("GET", JANE, headers={"apikey": key}).status == status, day


def test_a_mandate_in_force_survives_a_new_start(openroots_seeded, tmp_path):
    """What was decided is compiled again from the store, whenever the process ended."""
    import shutil

    from openroots.testing import open_nation
    from tests.services.standards_register.office import Office

    shutil.copytree(openroots_seeded, tmp_path / "state")
    nation = open_nation(tmp_path / "state")
    office = Office(nation).on("2027-01-11")
    key = office.application("heron")
    office.publish()
    office.post(f"{PLAIN}/mandates", MANDATE)
    hash = nation.house.world.rulebook.hash
    nation.close()
    again = open_nation(tmp_path / "state")
    assert again.house.world.rulebook.hash == hash
    Office(again).on("2027-09-01")
    assert again.ask("GET", JANE, headers={"apikey": key}).status == 403
    again.close()
