"""The story of a standard, from first draft to the day on which everybody meets it.

Told over HTTP on the movable time, by the national team, a hospital's supplier and a practice's.
What the register, its pages and the gateway say is asked on each of its days, and once more of each
of them from the last.
"""

from datetime import UTC, datetime

import pytest

from tests.journeys.story import DRAFT, PATH, REGISTER, SUPPLIER, Story

FACTS = "/programmes/standards/cases/call-purpose/facts"
OWED = f"/suppliers/{SUPPLIER}"
LIST, CHANGES = "/standards", "/changes"
TITLE = DRAFT["title"]
AGREED = {"stage": "agreed", "reason": "everybody was heard"}
WAVES = [
    {"settings": ["general-practice"], "warn_from": "2027-04-01", "enforce_from": "2027-10-01"},
    {"settings": ["hospital"], "warn_from": "2027-07-01", "enforce_from": "2028-01-04"},
]
MANDATE = {"reason": "people have a right to know", "waves": WAVES}


@pytest.fixture
def story(openroots):
    return Story(openroots)


def test_a_standard_from_first_draft_to_green(story):
    """Each step is one that people take, in the order of their days."""
    it_is_drafted_and_open_to_everybody(story)
    an_edit_keeps_the_objection_where_its_words_went(story)
    it_is_agreed_once_everybody_is_answered(story)
    it_is_tried_for_a_month_in_three_organisations(story)
    who_is_not_ready_is_seen_before_it_is_mandated(story)
    it_is_mandated_in_two_waves(story)
    the_first_wave_is_warned_by_headers(story)
    the_supplier_is_told_of_each_step_once(story)
    yesterdays_call_is_refused_on_the_day(story)
    a_work_off_plan_buys_time(story)
    the_fix_passes_and_the_page_turns_green(story)
    the_second_wave_comes_on_its_own_day(story)
    a_brake_stops_it_at_once(story)
    each_day_is_told_by_the_register_as_it_was(story)
    each_day_is_told_by_its_pages_as_it_was(story)
    a_wrong_mandate_is_taken_back_and_nothing_is_lost(story)


def it_is_drafted_and_open_to_everybody(story):
    """For four weeks, and no day less."""
    story.day("2027-01-10")
    assert story.page(PATH) == ""
    story.day("2027-01-11")
    story.team.post("/standards", {"definition": DRAFT, "reason": "people ask why"})
    move = {"stage": "consultation", "reason": "say what you think"}
    assert story.team.post(f"{PATH}/moves", move)["closes"] == "2027-02-08"
    comment = {"kind": "objection", "section": "1", "quote": "in one word", "theme": "wording"}
    comment |= {"text": "One word is too little."}
    story.objection = story.anybody.post(f"{PATH}/comments", comment)["id"]
    refused = story.team.post(f"{PATH}/moves", AGREED, expect=409)
    assert "until 2027-02-08" in refused["message"]
    story.reads("closes on 8 February 2027", "One word is too little.", "names its purpose in one")
    story.reads(TITLE, "Consultation", of=LIST)


def an_edit_keeps_the_objection_where_its_words_went(story):
    story.day("2027-01-12")
    section = {**DRAFT["section"][0], "text": "Name it in one word, or two."}
    edit = {"definition": {**DRAFT, "section": [section]}, "reason": "two words"}
    story.team.post(PATH, edit, expect=200, method="PUT")
    [seen] = story.anybody.get(f"{PATH}/comments")["comments"]
    assert (seen["text"], seen["anchor"]["state"]) == ("One word is too little.", "kept")
    story.reads("Name it in one word, or two.", "One word is too little.")


def it_is_agreed_once_everybody_is_answered(story):
    """Each objection and theme, and once two implementations pass its tests."""
    team, refused = story.team, lambda: story.team.post(f"{PATH}/moves", AGREED, expect=409)
    story.day("2027-02-09")
    assert story.objection in refused()["message"]
    team.post(f"/comments/{story.objection}/answers", {"outcome": "accepted", "said": "Two."})
    assert "wording" in refused()["message"]
    team.post(f"{PATH}/themes", {"theme": "wording", "said": "one is too little", "did": "two"})
    assert "standard.suite" in refused()["message"]
    team.post(FACTS, {"key": "standard.suite", "value": "https://example.org/suite"})
    team.post(FACTS, {"key": "standard.implementations", "value": 2, "source": "certified"})
    team.post(f"{PATH}/moves", AGREED)
    story.reads("Accepted on 9 February 2027", "You said: one is too little We did: two")


def it_is_tried_for_a_month_in_three_organisations(story):
    """What they send is counted, and nobody is told."""
    story.team.post(f"{PATH}/moves", {"stage": "trial", "reason": "to see"})
    for person in (story.practice, story.other, story.hospital):
        status, headers, _ = person.read_jane("care")
        assert (status, "deprecation" in headers) == (200, False)
    published = {"stage": "published", "reason": "it works"}
    refused = story.team.post(f"{PATH}/moves", published, expect=409)
    assert "organisations" in refused["message"]
    story.reads("9 February 2027 Now Trial Calls that do not meet it are counted.", "willow")
    refused = story.team.post(f"{PATH}/moves", published, expect=409)
    assert "days" in refused["message"]
    story.day("2027-03-15")
    story.team.post(f"{PATH}/moves", published)
    story.reads("15 March 2027 Now Published")


def who_is_not_ready_is_seen_before_it_is_mandated(story):
    story.hospital.read_jane()
    story.counted()
    early = [{**WAVES[0], "enforce_from": "2027-06-01"}]
    refused = story.team.post(f"{PATH}/mandates", {**MANDATE, "waves": early}, expect=409)
    assert "2027-09-11 at the earliest: 180 days" in refused["message"]
    run = story.anybody.get(f"{PATH}/dry-run", "2028-01-04")
    assert run["sentence"].endswith("a mandate enforced by then would refuse 1")
    refused = story.team.post(f"{PATH}/mandates", MANDATE, expect=409)
    assert "heron (0%)" in refused["message"]


def it_is_mandated_in_two_waves(story):
    """With the override that a safety officer signed, as one supplier is not ready."""
    sign = {"kind": "override", "reason": "there is time enough", "due": "2027-03-31"}
    story.team.post(f"{PATH}/exemptions", sign, expect=403)
    signed = story.safety.post(f"{PATH}/exemptions", sign)["id"]
    made = story.team.post(f"{PATH}/mandates", {**MANDATE, "override": signed})
    assert [one["override"] for one in made["decisions"]] == [signed] * 2
    run = story.anybody.get(f"{PATH}/dry-run", "2028-01-04")
    assert run["sentence"] == "1 of 1 calls would be refused"
    story.reads("Warns from 1 April 2027", "Refuses from 1 October 2027", "there is time enough")
    story.reads(f"4 January 2028 Standard Stage Care settings {TITLE}", of=CHANGES)


def the_first_wave_is_warned_by_headers(story):
    story.day("2027-05-04")
    status, headers, _ = story.practice.read_jane()
    assert (status, headers["sunset"]) == (200, "Fri, 01 Oct 2027 00:00:00 GMT")
    assert headers["deprecation"] == f"@{int(datetime(2027, 4, 1, tzinfo=UTC).timestamp())}"
    assert "deprecation" not in story.hospital.read_jane()[1]
    story.reads("Amber A standard is not met yet", of=OWED)
    assert story.flag("willow") == ("amber", "warn")


def the_supplier_is_told_of_each_step_once(story):
    """By message and by calendar, and by the feed of the register."""
    told = story.team.post("/notices", None)["told"]
    about = [
        one["act"]
        for one in told
        if (one["standard"], one["application"]) == ("call-purpose", "willow")
    ]
    assert about == ["notify"]
    assert story.team.post("/notices", None)["told"] == []
    assert "standards-register-notice-1" in story.nation.signals()
    calendar = story.anybody.send("GET", f"{REGISTER}/calendar.ics?application=willow")[2]
    assert "DTSTART;VALUE=DATE:20271001" in calendar
    assert "willow" in story.anybody.send("GET", f"{REGISTER}/feed.atom?application=willow")[2]


def yesterdays_call_is_refused_on_the_day(story):
    """With the standard, its clause, the date and how to mend it."""
    story.day("2027-09-30")
    assert story.practice.read_jane()[0] == 200
    story.day("2027-10-01")
    status, _, refused = story.practice.read_jane()
    words = refused["issue"][0]["diagnostics"]
    assert status == 403
    assert "call-purpose clause 1, in force since 2027-10-01" in words
    assert "Send the header X-Purpose with one word." in words
    assert story.hospital.read_jane()[0] == 200
    story.counted()
    assert story.flag("willow") == ("red", "refuse")
    assert "Red A mandated standard is not met" in story.page(OWED)


def a_work_off_plan_buys_time(story):
    """One that the supplier filed, and the team agreed to."""
    plan = {"kind": "plan", "applications": ["willow"], "due": "2027-11-30", "reason": "soon"}
    filed = story.practice.post(f"{PATH}/exemptions", {**plan, "steps": ["send the header"]})
    assert story.practice.read_jane()[0] == 403
    agreed = {"kind": "plan", "proposal": filed["id"], "reason": "agreed"}
    story.team.post(f"{PATH}/exemptions", agreed)
    status, headers, _ = story.practice.read_jane()
    assert (status, headers["sunset"]) == (200, "Mon, 28 Feb 2028 00:00:00 GMT")
    story.reads("Amber A standard is not met yet", "Eased by", of=OWED)
    story.reads("Work-off plan until 30 November 2027", "For willow")
    assert story.flag("willow") == ("amber", "warn")


def the_fix_passes_and_the_page_turns_green(story):
    story.day("2027-11-01")
    assert "sunset" not in story.practice.read_jane("care")[1]
    story.hospital.read_jane("care")
    story.reads("Green Everything that was seen lately meets the standards.", of=OWED)
    assert story.flag("willow") == ("green", "warn")


def the_second_wave_comes_on_its_own_day(story):
    story.day("2028-01-04")
    assert story.hospital.read_jane()[0] == 403
    story.reads("Red A mandated standard is not met", of=OWED)


def a_brake_stops_it_at_once(story):
    """As the officer for clinical safety decides, until it is ended."""
    brake = {"kind": "brake", "reason": "admissions wait", "applications": ["heron"]}
    held = story.safety.post(f"{PATH}/exemptions", brake)
    assert story.hospital.read_jane()[0] == 200
    story.reads("Clinical-safety brake", "admissions wait")
    story.told.popitem()  # it ends on the same day
    story.safety.post(f"/exemptions/{held['id']}/ends", {"reason": "mended"})
    assert story.hospital.read_jane()[0] == 403
    story.counted()


def each_day_is_told_by_the_register_as_it_was(story):
    """Its stages, and the supplier's flag, from the last of these days."""
    days = {
        "2027-01-12": "consultation",
        "2027-02-09": "trial",
        "2027-03-15": "published",
        "2027-04-01": "mandated",
    }
    assert story.anybody.get(PATH, "2027-01-10")["error"] == "not_found"
    assert {day: story.stages(day)["general-practice"] for day in days} == days
    assert story.stages("2027-06-30")["hospital"] == "published"
    assert story.stages("2030-01-01")["hospital"] == "mandated"
    flags = {day: story.flag("willow", day) for day in ("2027-05-04", "2027-10-02", "2027-11-01")}
    assert flags == {
        "2027-05-04": ("amber", "warn"),
        "2027-10-02": ("amber", "warn"),
        "2027-11-01": ("green", "warn"),
    }


def each_day_is_told_by_its_pages_as_it_was(story):
    """What stood on a page on one of these days stands on it when that day is asked for."""
    assert len(story.told) >= 11
    assert story.page(PATH, "2027-01-10") == ""
    for (day, path), words in story.told.items():
        page = story.page(path, day).replace("On this day", "Now")
        assert [each for each in words if each not in page] == [], (day, path, page)


def a_wrong_mandate_is_taken_back_and_nothing_is_lost(story):
    """By one command; nothing that was said goes with it."""
    story.team.post(f"{PATH}/take-backs", {"reason": "too soon for hospitals"})
    assert story.hospital.read_jane()[0] == 200
    assert len(story.anybody.get(PATH)["decisions"]) == 3
    assert story.anybody.get(f"{PATH}/comments")["comments"][0]["said"] == "Two."
    assert "too soon for hospitals" in story.page(PATH)
