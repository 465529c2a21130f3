"""What is kept for a time only goes when that has passed, and what is owed or proved stays."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from openroots.delivery.kept import Begun, begun, lane_mark
from openroots.delivery.lane import Lane
from openroots.storage.verifying import verify
from openroots.testing import Nation, open_nation
from tests.gateway.door import Door
from tests.services.demographics.searches import PAST, SMITH, found
from tests.services.events.asking import subscribe

BASE = "/personal-demographics/FHIR/R4/Patient"
JANE = f"{BASE}/9000000009"
DAY = timedelta(days=1)


@pytest.fixture
def nation(openroots_seeded: Path, tmp_path: Path):
    """A nation that keeps versions for 30 days and audit entries for 8."""
    shutil.copytree(openroots_seeded, tmp_path / "state")
    nation = open_nation(tmp_path / "state", versions=30, audit=8)
    yield nation
    nation.close()


def rename(nation: Nation, name: str) -> None:
    """Give Jane this name."""
    put(nation, "/name/0", "123", "given/0", name)


def put(nation: Nation, item: str, id: str, path: str, value: str) -> None:
    """Have an item of Jane's record, which has this id, hold this."""
    version = nation.ask("GET", JANE).headers["etag"]
    put = {"op": "replace", "path": f"{item}/{path}", "value": value}
    test = {"op": "test", "path": f"{item}/id", "value": id}
    headers = {"If-Match": version, "Content-Type": "application/json-patch+json"}
    answer = nation.ask("PATCH", JANE, headers=headers, body={"patches": [test, put]})
    assert answer.status == 200, answer.body


def tell_all(nation: Nation) -> None:
    """Have delivery come to the end of the feed, and stop there."""
    catch_up(nation)
    nation.run(nation.house.delivery.close())


def catch_up(nation: Nation) -> None:
    """Have delivery come to the end of the feed."""
    *_, last = nation.run(nation.house.world.store.feed())
    while begun(nation.house.world.store.snapshot()).cursor != last.cursor:
        nation.run(nation.house.delivery.keep())


def versions(nation: Nation) -> list[int]:
    """The versions that are kept of Jane."""
    history = nation.house.world.store.snapshot().history("Patient", "9000000009")
    return [row.version for row in history]


def wrong(nation: Nation, **held) -> list[tuple]:
    """What `audit verify` finds."""
    audit = nation.house.audit
    return [tuple(one) for one in verify(audit.folder, nation.house.world.keys, **held).wrong]


def test_versions_go_once_their_days_have_passed(nation: Nation) -> None:
    """Counted from the commit that took their place; what is there now is answered as before."""
    rename(nation, "Ann")
    nation.wall.advance(20 * DAY)
    rename(nation, "Bea")
    tell_all(nation)
    Door(nation).post("/prune")
    assert versions(nation) == [1, 2, 3, 4]
    nation.wall.advance(11 * DAY)
    assert Door(nation).post("/prune")["versions"] >= 2
    assert versions(nation) == [3, 4]
    assert Door(nation).post("/prune")["versions"] == 0
    assert nation.ask("GET", JANE).body["name"][0]["given"][0] == "Bea"


def test_who_somebody_was_is_found_when_the_versions_that_told_it_have_gone(nation: Nation) -> None:
    """What a search of history looks for in them is gathered first; a change that came later and is
    gathered when its own time has come is found as well."""
    phones = ["01632960111", "01632960222", "01632960333"]
    for phone in phones:
        put(nation, "/telecom/0", "789", "value", phone)
        nation.wall.advance(20 * DAY)
        catch_up(nation)
        Door(nation).post("/prune")
    assert versions(nation) == [4, 5]
    for phone in ("01632960587", *phones):
        assert list(found(nation, SMITH | {"phone": phone} | PAST)) == ["9000000009"], phone


def test_what_a_subscriber_is_still_to_be_told_of_stays(nation: Nation) -> None:
    """While a subscription has come no further, what its event is made of is there."""
    id = subscribe(nation, "eventType=pds-record-change-2")
    rename(nation, "Ann")
    nation.wall.advance(40 * DAY)
    nation.run(nation.house.delivery.close())
    *_, last = nation.run(nation.house.world.store.feed())
    for place, kept in (("", [2, 3]), (last.cursor, [3])):
        state = Lane(id, place=place).kept()
        nation.holds(marks=[lane_mark(id, state), Begun(last.cursor, last.t).mark()])
        Door(nation).post("/prune")
        assert versions(nation) == kept


def test_old_segments_go_and_the_rest_is_proved(nation: Nation) -> None:
    """A segment is gone on from after a day; it goes once all in it is older than 8. That it went
    is signed, and the rest verifies with checkpoints and receipts from before."""
    nation.ask("GET", JANE)
    for days, gone in ((2, 0), (2, 0), (7, 1), (9, 2)):
        nation.wall.advance(days * DAY)
        entries = Door(nation).post("/prune")["entries"]
        assert bool(entries) == bool(gone), days
        receipt = nation.ask("GET", JANE).headers["openroots-receipt"]
        assert wrong(nation, receipts=[receipt]) == []
    names = [path.name for path in sorted(nation.house.audit.folder.glob("*.jsonl"))]
    assert "0.jsonl" not in names
    assert len(names) <= 3


def test_a_segment_that_was_turned_from_is_known_at_the_next_start(nation: Nation) -> None:
    """The log goes on where it was, and who looked is told from all segments."""
    nation.ask("GET", JANE)
    nation.wall.advance(2 * DAY)
    Door(nation).post("/prune")
    nation.ask("GET", JANE)
    state = nation.house.settings.state
    nation.close()
    again = open_nation(state, versions=30, audit=8, wall=nation.wall)
    again.ask("GET", JANE)
    assert again.house.journal.segment.name == "0r1.jsonl"
    found = Door(again).get("/audit?subject=9000000009")["entries"]
    assert len([entry for entry in found if entry["endpoint"].startswith("demographics")]) == 3
    assert wrong(again) == []
    again.close()


def test_nothing_goes_where_all_is_kept_for_good(openroots: Nation) -> None:
    """Which is so unless it is set otherwise."""
    rename(openroots, "Ann")
    openroots.wall.advance(4000 * DAY)
    told = Door(openroots).post("/prune")
    assert (told["versions"], told["entries"]) == (0, 0)
    assert versions(openroots) == [1, 2, 3]
    assert openroots.house.journal.segment.name == "0.jsonl"
