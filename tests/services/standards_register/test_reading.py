"""Reading the register: as of any day, as data, as a table, a feed, a calendar."""

import csv
import io
import xml.dom.minidom
from datetime import UTC, datetime

import jsonschema_rs
import pytest

from openroots.register.signed import rulebook_from
from openroots.service import Access, Caller, Request
from openroots.services.standards_register import service
from openroots.storage.counting import CountingSnapshot, Counts
from tests.services.standards_register.office import DRAFT, MANDATE, PLAIN


@pytest.fixture
def mandated(office):
    """Enforced in hospitals from 1 September 2027; what the supplier Meadow sends does not fit."""
    office.publish()
    office.post(f"{PLAIN}/mandates", MANDATE)
    office.application("heron")
    office.sent("heron", "2027-01-10", met=3, not_met=1)
    return office


def test_a_standard_is_told_with_its_text_and_what_comes_next(mandated):
    told = mandated.get(PLAIN, "2027-01-11")
    assert (told["edition"], told["sections"][0]["number"]) == (1, "1")
    dates = [(turn["date"], turn["mode"], turn["settings"]) for turn in told["next"]]
    assert dates == [("2027-03-01", "warn", ["hospital"]), ("2027-09-01", "refuse", ["hospital"])]
    [hospital] = [one for one in told["settings"] if one["setting"] == "hospital"]
    assert (hospital["stage"], hospital["refusedFrom"]) == ("published", "2027-09-01")


@pytest.mark.parametrize(
    ("day", "count"), [("2027-01-10", 0), ("2027-01-11", 2), ("2027-03-01", 1), ("2027-09-01", 0)]
)
def test_what_changes_next_is_told_as_of_a_day(mandated, day, count):
    """What a decision brought is not told of days before it was made."""
    changes = mandated.get("/changes", day)["changes"]
    assert len([one for one in changes if one["standard"] == "plain-words"]) == count


def test_a_supplier_sees_what_it_owes_and_by_when(mandated):
    """Before the refusal, on its day, and nobody's debts but its own."""
    mandated.application("alder", supplier="Orchard")
    [own] = mandated.get("/suppliers/Meadow", "2027-01-11")["applications"]
    [standard] = [one for one in own["standards"] if one["standard"] == "plain-words"]
    assert (standard["state"], standard["refusedFrom"]) == ("does not meet", "2027-09-01")
    steps = {one["act"]: one["on"] for one in own["steps"] if one["standard"] == "plain-words"}
    assert steps["require-plan"] == "2027-06-03"
    assert steps["enforce"] == "2027-09-01"
    assert mandated.get("/applications/heron")["application"] == "heron"


def test_who_meets_a_standard_is_counted(mandated):
    """By application, with trails to look at and nothing of anybody's."""
    [told] = mandated.get(f"{PLAIN}/conformance")["applications"]
    assert (told["application"], told["met"], told["notMet"]) == ("heron", 3, 1)
    run = mandated.get(f"{PLAIN}/dry-run", "2027-09-01")
    assert run["sentence"] == "1 of 4 calls would be refused"
    assert mandated.get(f"{PLAIN}/dry-run", "2027-08-31")["applications"][0]["refused"] == 0


def test_a_table_holds_a_line_for_each_setting(mandated):
    rows = list(
        csv.DictReader(io.StringIO(mandated.ask("GET", "/standards.csv", key="").raw.decode()))
    )
    own = [row for row in rows if row["id"] == "plain-words"]
    assert len(own) == 12
    assert {row["refusedFrom"] for row in own} == {"", "2027-09-01"}


def test_a_calendar_holds_each_day_to_come(mandated):
    """In lines that are short enough, for everybody or for one application."""
    told = mandated.ask("GET", "/calendar.ics", key="")
    assert told.headers["content-type"] == "text/calendar"
    assert b"DTSTART;VALUE=DATE:20270901" in told.raw
    assert max(map(len, told.raw.split(b"\r\n"))) <= 75
    own = mandated.ask("GET", "/calendar.ics?application=heron", key="").raw.decode()
    assert "SUMMARY:Plain words: require-plan" in own.replace("\r\n ", "")


def test_a_feed_holds_each_decision_the_newest_first(mandated):
    mandated.on("2027-01-12").post(f"{PLAIN}/take-backs", {"reason": "not yet"})
    raw = mandated.ask("GET", "/feed.atom", key="").raw
    entries = xml.dom.minidom.parseString(raw).getElementsByTagName("title")
    titles = [entry.firstChild.data for entry in entries]
    assert titles[1:3] == ["take-back: Plain words", "mandate: Plain words"]


def test_each_step_is_signalled_once(mandated):
    """When it is due; asking again tells nothing again."""
    assert "plain-words" not in str(mandated.post("/notices"))
    mandated.on("2027-03-05")
    told = [one for one in mandated.post("/notices")["told"] if one["standard"] == "plain-words"]
    assert [(one["application"], one["act"]) for one in told] == [
        ("ferndale-records-service", "notify"),
        ("heron", "notify"),
    ]
    assert mandated.nation.signals().count("standards-register-notice-1") >= 2
    assert mandated.post("/notices") == {"told": []}


def test_the_rulebook_can_be_made_elsewhere_from_what_is_published(mandated):
    """Its content makes a rulebook of the same hash."""
    told = mandated.get("/rulebook")
    assert told["hash"] == mandated.nation.house.world.rulebook.hash
    assert rulebook_from(told["content"]).hash == told["hash"]


def test_schemas_are_published(office):
    """A draft is as the schema to which a wrong one is pointed says; of a standard's own, only its
    stages are missing."""
    wrong = {"definition": {**DRAFT, "stage": []}, "reason": "r"}
    mend = office.ask("POST", "/standards", wrong).body["mend"]
    schema = office.get(mend[mend.index("/schemas/") :].split()[0])
    jsonschema_rs.validate(schema, DRAFT)
    for decided in ({"stage": [{"stage": "draft", "from": "2027-01-01"}]}, {"mandate": []}):
        assert not jsonschema_rs.is_valid(schema, {**DRAFT, **decided})
    [error] = jsonschema_rs.iter_errors(office.get("/schemas/standard"), DRAFT)
    assert error.message == '"stage" is a required property'
    assert office.get("/schemas/programme")["title"] == "A programme"


@pytest.mark.parametrize(
    ("name", "params"),
    [
        *(("list-standards", {}), ("show-standard", {"id": "plain-words"})),
        *(("show-conformance", {"id": "plain-words"}), ("list-comments", {"id": "plain-words"})),
        *(("show-dry-run", {"id": "plain-words"}), ("list-changes", {}), ("show-rulebook", {})),
        *(("show-supplier", {"supplier": "Meadow"}), ("show-application", {"id": "heron"})),
        *(("show-programme", {"programme": "standards"}), ("show-calendar", {})),
    ],
)
def test_reads_do_not_grow_with_what_is_read(mandated, name, params):
    """Within the budget of the endpoint, however much is in the register."""
    for number in range(5):
        mandated.application(f"app-{number}", supplier="Meadow")
        mandated.sent(f"app-{number}", "2027-01-09", met=1)
    [endpoint] = [one for one in service.endpoints if one.name == name]
    db, counts = mandated.nation.house.world.store.snapshot(), Counts()
    at = datetime(2027, 1, 11, tzinfo=UTC)
    caller = Caller("anybody", "", Access.OPEN)
    request = Request(endpoint, params, {}, caller, at, lambda count: bytes(count))
    endpoint.handler(request, CountingSnapshot(db, counts))
    assert counts.total <= endpoint.reads
