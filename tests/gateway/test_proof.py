"""What a crash left without an audit entry gets one at the next start, and gets it once."""

import shutil

from openroots.gateway.proof import proved
from openroots.storage import Author, Change
from openroots.testing import open_nation

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
MALE = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}


def crashed(nation):
    """The state as a crash leaves it at this moment, beside that of the nation."""
    state = nation.house.settings.state
    nation.run(nation.house.journal.settled())
    return shutil.copytree(state, state.with_name("crashed"))


def commit_without_entry(nation):
    """Commit something as an application would, and write no entry of it."""
    now = nation.wall.now()
    by = Author("app", "Y90001", "demographics.patch-patient", "f" * 24, now, now)
    change = Change("Thing", "1", {}, expect=0, subject="jane")
    return nation.run(nation.house.world.store.commit([change], by=by))


def test_a_commit_without_its_entry_is_proved(openroots):
    """The entry says what the commit knows: by whom, through what, of whom, and that it is late."""
    t = commit_without_entry(openroots)
    again = open_nation(crashed(openroots))
    (entry,) = [entry for entry in again.audit() if entry["trail"] == "f" * 24]
    assert (entry["t"], entry["application"], entry["recovered"]) == (t, "app", True)
    assert (entry["endpoint"], entry["subjects"]) == ("demographics.patch-patient", ["jane"])
    again.close()


def test_a_commit_is_proved_once(openroots):
    """However often it starts after that, and whatever is read, no entry is written twice."""
    openroots.ask("PATCH", JANE, MALE, headers={"If-Match": 'W/"2"'})
    commit_without_entry(openroots)
    state = crashed(openroots)
    for _ in range(3):
        again = open_nation(state)
        again.ask("GET", JANE)
        again.close()
    trails = [entry["trail"] for entry in open_and_read(state) if entry.get("t")]
    assert len(trails) == len(set(trails)) == 2


def test_an_orderly_end_leaves_nothing_to_look_for(openroots_seeded, tmp_path):
    """After an orderly end the next start has no commit to look at but the one that says so."""
    state = shutil.copytree(openroots_seeded, tmp_path / "state")
    nation = open_nation(state)
    nation.ask("PATCH", JANE, MALE, headers={"If-Match": 'W/"2"'})
    nation.close()
    again = open_nation(state)
    store = again.house.world.store
    left = store.commits(after=proved(store.snapshot()).t)
    assert {commit.by.endpoint for commit in left} <= {"proof"}
    assert len(again.audit()) == 1
    again.close()


def open_and_read(state):
    nation = open_nation(state)
    entries = nation.audit()
    nation.close()
    return entries


def test_a_line_that_is_no_entry_keeps_nothing_from_starting(openroots):
    """What somebody wrote into the log is left to `audit verify`; the rest is read and proved."""
    commit_without_entry(openroots)
    state = crashed(openroots)
    segment = state / "audit" / "0.jsonl"
    segment.write_bytes(segment.read_bytes() + b"\x00 no entry\n")
    other = state / "audit" / "7.jsonl"
    other.write_bytes(b'rubbish\n[]\n{"wall":7}\n')
    again = open_nation(state)
    assert [entry["trail"] for entry in again.audit() if entry.get("recovered")] == ["f" * 24]
    again.close()
