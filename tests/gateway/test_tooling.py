"""What the command can do to a running world by the tooling door."""

import json
import zipfile
from datetime import date, timedelta

import pytest

from openroots.gateway.tooling import keeping
from openroots.population import KINDS
from openroots.storage import Unavailable
from openroots.storage.closed import ClosedStore
from openroots.testing import KEY, NOON, open_nation
from tests.gateway.door import Door

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
NUMBERED = "00000000-0000-0000-0000-000000000001"  # in form, but neither version 4 nor 7


@pytest.fixture
def door(openroots):
    return Door(openroots)


def test_status_says_what_runs(door):
    """Version, mode, time, register and services are told in one answer."""
    status = door.get("/status")
    assert status["status"] == "pass"
    assert status["mode"] == "sandbox"
    assert "/personal-demographics/FHIR/R4" in [one["base"] for one in status["services"]]
    assert status["standards"] == len(door.get("/standards")["standards"])


def test_config_says_where_each_setting_was_set(door):
    """A setting that was given has its value; nothing here was set by flag or file."""
    people = door.get("/config")["people"]
    assert people == {"value": 100, "origin": "default"}


@pytest.mark.parametrize(
    ("to", "time"),
    [
        ("+14d", NOON + timedelta(days=14)),
        ("-2h", NOON - timedelta(hours=2)),
        ("+1w", NOON + timedelta(weeks=1)),
        ("+90m", NOON + timedelta(minutes=90)),
        ("2027-04-01", NOON.replace(year=2027, month=4, day=1, hour=0)),
        ("2027-04-01T10:30:00+01:00", NOON.replace(2027, 4, 1, 9, 30)),
        ("real", NOON),
    ],
)
def test_time_is_moved_by_a_step_or_to_a_day(door, to, time):
    """The clock is moved by weeks, days, hours or minutes, to a day or moment, or back."""
    assert door.post("/clock", {"to": to})["time"] == time.isoformat()
    assert door.nation.house.world.time.now() == time
    assert door.get("/clock")["moved"] is (to != "real")


def test_moved_time_outlives_the_server(tmp_path):
    """A world that is opened again goes on at the time to which it was moved."""
    nation = open_nation(tmp_path, people=1)
    Door(nation).post("/clock", {"to": "2027-04-01"})
    nation.close()
    again = open_nation(tmp_path, people=1)
    assert again.house.world.time.now().date() == date(2027, 4, 1)
    again.close()


def test_standards_are_told_as_on_a_date(door):
    """A standard is observed now and refused in general practice on its day."""
    now = door.get("/standards/request-identity")
    then = door.get("/standards/request-identity?on=2027-04-02")
    mode = {one["setting"]: one["mode"] for one in now["settings"]}["general-practice"]
    later = {one["setting"]: one["mode"] for one in then["settings"]}["general-practice"]
    assert (mode, later) == ("observe", "refuse")
    assert [clause["id"] for clause in now["clauses"]] == ["1", "2"]


def test_a_dry_run_counts_what_was_really_sent(door):
    """Of two calls of one application, the one that would be refused is counted."""
    for request_id in (NUMBERED, "60e0b220-8136-4ca5-ae46-1d97ef59d068"):
        door.nation.ask("GET", JANE, headers={"apikey": KEY, "X-Request-ID": request_id})
    run = door.get("/dry-run?standard=request-identity&on=2027-04-02")
    assert run["sentence"] == "1 of 2 calls from 1 application would be refused"


def test_a_dry_run_judges_the_records_that_applications_wrote(door):
    """A record is judged by who wrote it last; what the seed made is nobody's to mend."""
    patch = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}
    headers = {"apikey": KEY, "If-Match": 'W/"2"'}
    assert door.nation.ask("PATCH", JANE, patch, headers=headers).status == 200
    run = door.get("/dry-run?standard=usual-name&on=2027-07-02")
    assert run["records"]["judged"] == 1


def test_a_mandate_is_taken_back_by_a_decision_of_its_own(door):
    """Taking back makes another rulebook, keeps both decisions, and is in the audit log."""
    before = door.get("/rulebook")
    back = door.post("/rulebook/back", {"standard": "usual-name", "reason": "Too early."})
    after = door.get("/rulebook")
    assert after["hash"] == back["hash"] != before["hash"]
    assert back["decision"]["reason"] == "Too early."
    assert len(after["decisions"]) == len(before["decisions"]) + 1
    gone = [one["id"] for one in after["decisions"] if not one["stands"]]
    assert gone == [back["decision"]["supersedes"]]
    assert door.nation.audit()[-1]["endpoint"] == "tooling.rulebook-back"


def test_why_finds_a_request_by_each_of_its_ids(door):
    """A trail is found by its own id, the request's, or as the last; it holds no NHS number."""
    headers = {"X-Request-ID": NUMBERED, "X-Correlation-ID": "11c46f5f-cdef-4865-94b2-0ee0edcc26da"}
    told = door.nation.ask("GET", JANE, headers=headers)
    trail = told.headers["x-openroots-trail"]
    for id in (trail, headers["X-Correlation-ID"], "last"):
        found = door.get(f"/why/{id}")
        assert found["trail"] == trail
        assert "9000000009" not in json.dumps(found)


def test_the_audit_log_is_read_by_person_and_that_is_audited(door):
    """An NHS number finds the entries about that person; asking leaves one with the key alone."""
    door.nation.ask("GET", JANE)
    door.nation.ask("GET", JANE.replace("9000000009", "9000000017"))
    entries = door.get("/audit?subject=9000000009")["entries"]
    assert [entry["endpoint"] for entry in entries] == ["demographics.read-patient"]
    assert len(entries[0]["subjects"]) == 1
    newest = door.get("/audit?limit=1")["entries"]
    assert newest[0]["endpoint"] == "tooling.audit"
    assert newest[0]["subjects"] == entries[0]["subjects"]
    assert "9000000009" not in json.dumps(door.nation.audit())


def test_a_person_is_erased_from_the_audit_log(door):
    """Once their key is destroyed nothing is found about them, old copies of the log included; that
    it was done stays on record, without their name. What comes later is about them again."""
    door.nation.ask("GET", JANE)
    log = (door.nation.house.settings.state / "audit" / "0.jsonl").read_bytes()
    told = door.post("/audit/erase", {"subject": "9000000009"})
    assert told == {"erased": 1, "entries": 1}
    assert door.get("/audit?subject=9000000009")["entries"] == []
    assert door.nation.house.audit.people.opened_entry(json.loads(log))["subjects"] == []
    erased = [entry for entry in door.nation.audit() if entry["endpoint"] == "tooling.audit-erase"]
    assert [entry["subjects"] for entry in erased] == [[]]
    door.nation.ask("GET", JANE)
    found = door.get("/audit?subject=9000000009")["entries"]
    assert "demographics.read-patient" in {entry["endpoint"] for entry in found}
    assert len(found) < 4


def test_a_superseded_number_finds_the_same_persons_entries(door):
    """Whatever number is asked for, the entries are those of the person who bears it now."""
    door.nation.ask("GET", JANE.replace("9000000009", "9732019395"))
    assert door.get("/audit?subject=5900053636")["entries"] != []


def test_published_people_are_listed_with_what_they_are_for(door):
    """Without a kind, the people of the published documents are told."""
    people = door.get("/people")["people"]
    assert people[0]["number"] == "9000000009"
    assert all(person["words"] for person in people)


def test_each_kind_of_person_listed_is_there(door):
    """Whoever is listed answers to their number, and is of the kind asked for."""
    for kind in KINDS:
        for person in door.get(f"/people?kind={kind}&limit=2")["people"]:
            assert kind in person["kinds"]
            read = door.nation.ask("GET", JANE.replace("9000000009", person["number"]))
            assert read.status == 200


def test_a_state_is_saved_while_it_is_in_use(door, tmp_path):
    """The file holds the store, the audit log and the trails, with their sums."""
    door.nation.ask("GET", JANE)
    file = tmp_path / "state.openroots"
    saved = door.post("/save", {"file": str(file)})
    assert sorted(path.partition("/")[0] for path in saved["files"]) == [
        "audit",
        "openroots.db",
        "trails",
    ]
    with zipfile.ZipFile(file) as opened:
        assert sorted(opened.namelist()) == sorted([*saved["files"], "manifest.json"])


def test_what_is_saved_has_the_audit_log_of_its_own_store(door, tmp_path, monkeypatch):
    """Where another store takes its place meanwhile nothing is kept, and who saves comes again."""
    world, file = door.nation.house.world, tmp_path / "kept.zip"
    store, written = world.store, keeping.write_saved

    def late(*given):
        world.store = ClosedStore()
        return written(*given)

    monkeypatch.setattr(keeping, "write_saved", late)
    assert door.refused("POST", "/save", {"file": str(file)})[0] == 503
    assert not file.exists()
    world.store = store
    monkeypatch.undo()
    assert door.post("/save", {"file": str(file)})


def test_a_running_world_is_reset(door):
    """Records, time and decisions are as at the beginning; trails are gone; the log is kept."""
    patch = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}
    door.nation.ask("PATCH", JANE, patch, headers={"If-Match": 'W/"2"'})
    door.post("/clock", {"to": "+14d"})
    hash = door.get("/rulebook")["hash"]
    door.post("/rulebook/back", {})
    door.post("/reset", {"people": 7})
    jane = door.nation.ask("GET", JANE)
    assert (jane.body["gender"], jane.headers["etag"]) == ("female", 'W/"2"')
    assert door.get("/clock")["moved"] is False
    assert door.get("/rulebook")["hash"] == hash
    assert len(door.nation.trails()) == 1
    assert "tooling.reset" in [entry["endpoint"] for entry in door.nation.audit()]


def test_while_the_store_is_replaced_requests_are_told_so(door, tmp_path):
    """In the moment between two stores a client is told to try again, in the API's dialect."""
    world = door.nation.house.world
    world.store, kept = ClosedStore(), world.store
    try:
        assert door.nation.ask("GET", JANE).status == 503
        assert door.refused("GET", "/status")[0] == 503
        assert door.refused("POST", "/save", {"file": str(tmp_path / "kept")})[0] == 503
        for waited in (world.store.feed(), world.store.commit(by=None)):
            with pytest.raises(Unavailable):
                door.nation.run(waited)
        with pytest.raises(Unavailable):
            world.store.commits()
    finally:
        world.store = kept


def test_a_file_that_cannot_be_read_is_no_defect(door):
    """As in the moment in which others take the place of all: who asks for it is told so."""
    segment = door.nation.house.settings.state / "audit" / "7.jsonl"
    segment.mkdir()
    assert door.refused("GET", "/audit")[0] == 503
    segment.rmdir()
    assert door.get("/audit")["entries"] == []


def test_in_live_mode_time_and_data_are_left_alone(tmp_path):
    """Live, nothing is moved or dropped, and people are not listed."""
    nation = open_nation(tmp_path, people=1, mode="live")
    door = Door(nation)
    for method, path, body in (
        ("POST", "/clock", {"to": "+1d"}),
        ("POST", "/reset", {}),
        ("GET", "/people", None),
    ):
        assert door.refused(method, path, body)[0] == 403
    nation.close()


def test_nothing_more_can_be_taken_back_than_was_mandated(door):
    """When all mandates are taken back, the next attempt is a conflict."""
    for _ in range(100):
        status, told = door.ask("POST", "/rulebook/back", {})
        if status != 200:
            break
    assert status == 409
    assert "in force to take back" in told["error"]


def test_a_file_that_is_there_is_never_written_over(door, tmp_path):
    """A state is not saved over another file, nor where nothing can be written."""
    there = tmp_path / "there"
    there.write_text("mine")
    assert door.refused("POST", "/save", {"file": str(there)})[0] == 409
    assert door.refused("POST", "/save", {"file": str(there / "x")})[0] == 409
    assert there.read_text() == "mine"
