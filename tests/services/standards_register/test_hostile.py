"""Input that means harm, or nothing at all, is refused or kept as plain text; never a defect."""

import json
import xml.dom.minidom

import pytest

from tests.services.standards_register.office import (
    BASE,
    DRAFT,
    MANDATE,
    PLAIN,
    PRACTICE,
    SAFETY,
    TEAM,
)

SCRIPT = "<script>alert(document.cookie)</script>"
NAMING = "As of 900 000 0009"
PLAN = {"kind": "plan", "applications": ["ashby-practice-system"], "due": "2027-12-01"}
PLAN |= {"reason": "It is a large system."}


def test_script_in_a_comment_is_text(office):
    """It is told as it was written, as JSON, which no browser runs."""
    office.consult()
    office.comment(text=SCRIPT)
    told = office.ask("GET", f"{PLAIN}/comments", key="")
    assert told.headers["content-type"] == "application/json"
    assert told.body["comments"][0]["text"] == SCRIPT


def test_script_in_a_title_or_a_reason_is_escaped_in_feeds(office):
    """Atom stays XML, and a calendar stays in its lines."""
    office.publish(title=f"Evil {SCRIPT};,")
    wave = {"settings": ["hospital"], "warn_from": "2027-03-01", "enforce_from": "2027-09-01"}
    reason = f"{SCRIPT}\r\nEND:VCALENDAR"
    office.post(f"{PLAIN}/mandates", {"reason": reason, "waves": [wave]})
    feed = office.ask("GET", "/feed.atom", key="")
    assert feed.headers["content-type"] == "application/atom+xml"
    assert b"<script" not in feed.raw
    assert xml.dom.minidom.parseString(feed.raw).getElementsByTagName("entry")
    calendar = office.ask("GET", "/calendar.ics", key="").raw.decode()
    assert calendar.count("END:VCALENDAR") == 1
    assert "Evil" in calendar


@pytest.mark.parametrize(
    ("path", "body", "field", "key"),
    [
        (f"{PLAIN}/exemptions", {"kind": "brake", "reason": NAMING}, "reason", SAFETY),
        (f"{PLAIN}/exemptions", {**PLAN, "steps": ["mend it", NAMING]}, "steps[2]", PRACTICE),
        (f"{PLAIN}/mandates", {**MANDATE, "reason": NAMING}, "reason", TEAM),
        (f"{PLAIN}/take-backs", {"reason": NAMING}, "reason", TEAM),
        (f"{PLAIN}/moves", {"stage": "deprecated", "reason": NAMING}, "reason", TEAM),
        (f"{PLAIN}/moves", {"stage": "draft", "reason": "r", "source": NAMING}, "source", TEAM),
        ("/standards", {"definition": DRAFT, "reason": NAMING}, "reason", TEAM),
        ("/exemptions/brake-00000001/ends", {"reason": NAMING}, "reason", SAFETY),
    ],
)
def test_nobody_is_named_in_what_is_decided(office, path, body, field, key):
    """It is published, whoever writes it, goes to other nodes with the rulebook, and stays."""
    office.publish()
    office.post(f"{PLAIN}/exemptions", {"kind": "brake", "reason": "admissions wait"}, SAFETY)
    assert office.refusal(path, body, key) == (400, f"{field} holds an NHS number")


def test_a_table_holds_no_formula(office):
    """A title that a spreadsheet would run is told as text."""
    office.publish(title="=HYPERLINK(1)")
    table = office.ask("GET", "/standards.csv", key="")
    assert table.headers["content-type"].startswith("text/csv")
    assert "'=HYPERLINK(1)" in table.raw.decode()


@pytest.mark.parametrize(
    "text", ["a\x00b", "\x1b[31m", " ", "", "\ufeff \u200b", "x" * 10_001, 7, None, ["a"]]
)
def test_what_is_no_plain_text_is_refused(office, text):
    """As the body's mistake, by its key."""
    office.consult()
    status, words = office.refusal(f"{PLAIN}/comments", {"kind": "comment", "text": text}, "")
    assert (status, words[:10]) == (400, "body: text")


@pytest.mark.parametrize("body", [b"[]", b"7", b'"x"', b"null", b"{", b"\xff"])
def test_what_is_no_object_is_refused(office, body):
    """Whatever else it is."""
    told = office.nation.ask("POST", f"{BASE}/standards", body, headers={"apikey": TEAM})
    assert told.status == 400


@pytest.mark.parametrize(
    "day", ["0001-01-01", "9999-12-31", "2027-02-29", "2027-13-01", "20270101", "", "2027-W01-1"]
)
def test_a_day_that_is_none_is_refused(office, day):
    """In a question and in a body."""
    assert office.ask("GET", f"/standards?on={day}", key="").status == 400
    office.draft()
    move = {"stage": "consultation", "reason": "r", "closes": day}
    assert office.refusal(f"{PLAIN}/moves", move)[0] == 400


def test_a_definition_nested_without_end_is_refused(office):
    """By its depth, before it is read."""
    condition = {"fact": "method", "is": "GET"}
    for _ in range(60):
        condition = {"not": condition}
    clause = {**DRAFT["clause"][0], "condition": condition}
    draft = {"definition": {**DRAFT, "clause": [clause]}, "reason": "r"}
    status, words = office.refusal("/standards", draft)
    assert (status, "nested more than 40 deep" in words) == (400, True)


@pytest.mark.parametrize(
    ("clause", "words"),
    [
        ({"condition": {"fact": "header.x", "matches": "("}}, "must be a regular expression"),
        ({"condition": {"fact": "mood", "is": "good"}}, "'mood' is neither method nor header"),
        ({"check": "magic"}, "'magic' is none of"),
        ({"condition": {"fact": "header.x", "present": True}, "check": "x"}, "and one only"),
        ({"codes": {"path": "code", "system": "s"}}, "is for clauses on records only"),
        ({"on": "dreams"}, "'dreams' is none of request, record"),
    ],
)
def test_a_definition_that_means_nothing_is_refused_by_its_key(office, clause, words):
    """With the place of the mistake in the definition."""
    bare = {key: DRAFT["clause"][0][key] for key in ("id", "on", "words", "expected", "mend")}
    draft = {"definition": {**DRAFT, "clause": [{**bare, **clause}]}, "reason": "r"}
    status, told = office.refusal("/standards", draft)
    assert status == 400
    assert "clause[1]" in told
    assert words in told


def test_no_draft_decides_its_own_stages(office):
    """Stages and mandates follow from moves and decisions."""
    stages = [{"stage": "published", "from": "2027-01-01"}]
    draft = {"definition": {**DRAFT, "stage": stages}, "reason": "r"}
    assert "stage: is decided" in office.refusal("/standards", draft)[1]


ODD = [
    *(None, [], {}, "", " ", "x" * 5_000, "a\u0000b", -1, 1e308, True, 10**30, "é" * 300),
    *("2027-02-30", "0001-01-01", "9999-12-31", ["x"], [None], [{}], {"a": 1}, ["nowhere"]),
    *("<script>alert(1)</script>", "=cmd()", "../../x", [[[[]]]], {"is": {"is": {}}}),
]
ASKED = {
    "/standards": {"definition": {**DRAFT, "id": "other"}, "reason": "a draft"},
    f"{PLAIN}/comments": {"kind": "comment", "text": "x", "section": "1", "quote": "Words"},
    f"{PLAIN}/moves": {"stage": "consultation", "reason": "x", "on": "2026-11-21"},
    f"{PLAIN}/mandates": MANDATE,
    f"{PLAIN}/exemptions": {"kind": "waiver", "reason": "rare", "due": "2027-12-01"},
    "/programmes/login-onboarding/cases": {"id": "one", "name": "One", "owner": "Y9"},
}


def test_an_odd_value_in_the_place_of_any_other_is_refused_in_words(office):
    """Whatever it is: never a failure of ours, and the register can be read afterwards."""
    office.consult()
    for path, body in ASKED.items():
        for name in body:
            for odd in ODD:
                told = office.ask("POST", path, json.dumps({**body, name: odd}).encode())
                assert told.status < 500, (path, name, odd)
                assert told.status == 201 or told.body["message"], (path, name, odd)
    for path in ("/standards", "/changes", "/calendar.ics", "/feed.atom", "/standards.csv"):
        assert office.ask("GET", path, key="").status == 200
