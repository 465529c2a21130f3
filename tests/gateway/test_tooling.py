"""The tooling door: who comes in by it, and what the command can do to a running world."""

import json
import os
import stat
import zipfile
from datetime import date, timedelta
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from openroots.clock import Repeatable
from openroots.gateway.tooling import local_token
from openroots.gateway.tooling.door import is_loopback
from openroots.gateway.tooling.failures import FAILURES
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


@pytest.mark.parametrize("peer", ["10.0.0.7", "2001:db8::7", "", "::ffff:10.0.0.7", "nonsense"])
def test_another_machine_is_refused(door, peer):
    """Only what asks from this machine gets in, even with the token."""
    status, error = door.refused("GET", "/status", peer=peer)
    assert (status, error) == (403, "the tooling answers programs on this machine only")


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::1%lo", "::ffff:127.0.0.1"])
def test_each_loopback_address_is_this_machine(peer):
    """IPv4, IPv6 and one within the other name this machine."""
    assert is_loopback((peer, 1))


@pytest.mark.parametrize("host", ["evil.example:1948", "127.0.0.1.evil.example", "", None])
def test_a_strange_host_is_refused(door, host):
    """A page that made its own name resolve to this machine is known by the Host header."""
    assert "is no name of this machine" in door.refused("GET", "/status", headers={"host": host})[1]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:2000", "127.0.0.1:1", "[::1]:1948"])
def test_each_name_of_this_machine_is_taken(door, host):
    """localhost, 127.0.0.1 and [::1] with any port are this machine."""
    assert door.ask("GET", "/status", headers={"host": host})[0] == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost:3000", "https://localhost:1948"]
)
def test_a_page_of_another_origin_is_refused(door, origin):
    """Not even a page of another port of this machine may ask."""
    status, error = door.refused("POST", "/reset", headers={"origin": origin})
    assert status == 403
    assert origin in error


def test_our_own_page_may_ask(door):
    """The Origin of this very server is no stranger's."""
    headers = {"origin": "http://localhost:1948"}
    assert door.ask("GET", "/status", headers=headers)[0] == 200


@pytest.mark.parametrize(
    ("token", "error"),
    [(None, "is missing"), ("0" * 48, "is not that of this server"), ("", "is not that")],
)
def test_without_the_token_nobody_gets_in(door, token, error):
    """A program that cannot read the state folder is refused, whatever it asks."""
    for method, path in (("GET", "/status"), ("POST", "/reset"), ("GET", "/nowhere")):
        refused = door.refused(method, path, headers={"x-openroots-token": token})
        assert refused[0] == 403
        assert error in refused[1]


def test_health_is_open_to_all(door):
    """A monitor on another machine, with no token, sees that requests are answered."""
    stranger = {"host": "lb.example", "x-openroots-token": None}
    status, body = door.ask("GET", "/health", headers=stranger, peer="10.0.0.7")
    assert (status, body["status"]) == (200, "pass")
    assert door.ask("POST", "/health", {}, headers=stranger, peer="10.0.0.7")[0] == 403


def test_where_other_machines_may_ask_the_token_still_decides(tmp_path):
    """With tooling = anywhere the peer and the Host may be any; the token may not."""
    nation = open_nation(tmp_path, people=1, tooling="anywhere")
    door, far = Door(nation), {"peer": "10.0.0.7"}
    assert door.ask("GET", "/status", headers={"host": "openroots.example"}, **far)[0] == 200
    assert door.refused("GET", "/status", headers={"x-openroots-token": "x"}, **far)[0] == 403
    assert door.refused("GET", "/status", headers={"origin": "http://evil"}, **far)[0] == 403
    nation.close()


def test_the_token_is_for_its_owner_alone(tmp_path):
    """The token is made once, with a mode that lets nobody else read it."""
    token = local_token(tmp_path / "state", Repeatable(1))
    path = tmp_path / "state" / "token"
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(token) == 48
    assert local_token(tmp_path / "state", Repeatable(2)) == token


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


def test_while_the_store_is_replaced_requests_are_told_so(door):
    """In the moment between two stores a client is told to try again, in the API's dialect."""
    world = door.nation.house.world
    world.store, kept = ClosedStore(), world.store
    try:
        assert door.nation.ask("GET", JANE).status == 503
        assert door.refused("GET", "/status")[0] == 503
        for waited in (world.store.feed(), world.store.commit(by=None)):
            with pytest.raises(Unavailable):
                door.nation.run(waited)
        with pytest.raises(Unavailable):
            world.store.commits()
    finally:
        world.store = kept


def test_in_live_mode_time_and_data_are_left_alone(tmp_path):
    """Live, nothing is moved or dropped, and people are not listed."""
    nation = open_nation(tmp_path, people=1, mode="live")
    door = Door(nation)
    for method, path in (("POST", "/clock"), ("POST", "/reset"), ("GET", "/people")):
        assert door.refused(method, path, {"to": "+1d"} if method == "POST" else None)[0] == 403
    nation.close()


WRONG = [
    ("GET", "/nowhere", None, 404, "there is no /nowhere here"),
    ("DELETE", "/clock", None, 405, "/clock takes GET, POST, not DELETE"),
    ("POST", "/clock", b"{", 400, "the body is no JSON object in UTF-8"),
    ("POST", "/clock", b"[]", 400, "the body is no JSON object in UTF-8"),
    ("GET", "/standards?on=%ff", None, 400, "the parameters are not UTF-8 text"),
    ("GET", "/standards?on=soon", None, 400, "on: 'soon' is not a date"),
    ("GET", "/audit?limit=0", None, 400, "limit: '0' is not a whole number from 1 on"),
    ("GET", "/people?kind=purple", None, 400, "kind: 'purple' is not a kind of person"),
    (
        "POST",
        "/clock",
        {"to": "later"},
        400,
        "to: 'later' is not a step, a day, a moment, a rate or real",
    ),
    ("POST", "/clock", {"to": 5}, 400, "to: '5' is not text"),
    ("POST", "/clock", {}, 400, "to: '' is not a step, a day, a moment, a rate or real"),
    ("POST", "/clock", {"to": "+999999w"}, 400, "time cannot be put at +999999w"),
    ("POST", "/clock", {"to": "0001-01-01"}, 400, "time cannot be put at 0001-01-01"),
    ("POST", "/reset", {"people": -1}, 400, "-1 is out of range"),
    ("POST", "/save", {"file": "here"}, 400, "'here' is no absolute path"),
    ("GET", "/standards/nothing", None, 404, "no standard is called 'nothing'"),
    ("GET", "/dry-run?standard=nothing&on=2027-01-01", None, 404, "no standard is called"),
    ("POST", "/rulebook/back", {"standard": "nothing"}, 404, "no standard is called"),
    ("GET", "/why/last", None, 404, "no request has come yet"),
    ("GET", "/why/abc", None, 404, "no trail of 'abc' is kept"),
    ("GET", "/audit?subject=9999999999", None, 404, "nobody here has that NHS number or key"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "error"), WRONG)
def test_what_is_asked_wrongly_is_told_with_how_to_mend_it(door, method, path, body, status, error):
    """Each refusal names what is wrong, and gives a sentence that mends it."""
    told = door.refused(method, path, body)
    assert told[0] == status
    assert error in told[1]


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


def test_the_body_of_a_request_is_bounded(openroots):
    """More than any request needs is refused, over HTTP too."""
    where = urlsplit(openroots.url)
    connection = HTTPConnection(where.hostname, where.port)
    connection.request("POST", "/_openroots/clock", b"x" * (5 << 20))
    assert connection.getresponse().status == 413
    connection.close()


def test_each_way_to_fail_has_a_sentence_that_mends_it():
    """No row is without words for the cause and for the cure."""
    assert all(failure.words and failure.mend for failure in FAILURES.values())
