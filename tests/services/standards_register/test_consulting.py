"""Consulting: comments stay with their words, and each is answered in public."""

import pytest

from tests.services.standards_register.office import DRAFT, PLAIN, TEAM

QUOTE = "short and known"


def edit(office, text, number="1"):
    section = {"number": number, "title": "Words", "text": text}
    draft = {"definition": {**DRAFT, "section": [section]}, "reason": "edited"}
    told = office.ask("PUT", PLAIN, draft)
    assert told.status == 200, told.body


@pytest.mark.parametrize(
    ("text", "number", "state", "section"),
    [
        ("At first: words are short and known.", "1", "kept", "1"),
        ("Words are short and known.", "2", "moved", "2"),
        ("Words are shorter and known.", "1", "moved", "1"),
        ("Say nothing.", "1", "orphaned", ""),
    ],
)
def test_a_comment_stays_with_its_words(office, text, number, state, section):
    """Where its words went, it went; where they are gone, that is said. Its text is as it was."""
    office.consult()
    office.comment(text="Too long.", section="1", quote=QUOTE)
    edit(office, text, number)
    [told] = office.get(f"{PLAIN}/comments")["comments"]
    assert (told["text"], told["edition"]) == ("Too long.", 1)
    assert (told["anchor"]["state"], told["anchor"]["section"]) == (state, section)


def test_comments_are_told_as_they_stood_on_a_day(office):
    """An objection is open on the days before it was answered, and nobody's before it was made."""
    office.consult()
    made = office.on("2027-01-13").comment("objection", "No.")
    office.on("2027-01-20").post(
        f"/comments/{made['id']}/answers", {"outcome": "declined", "said": "It has to be."}
    )
    days = ("2027-01-12", "2027-01-13", "2027-01-19", "2027-01-20")
    told = [office.get(f"{PLAIN}/comments", day) for day in days]
    assert [len(one["comments"]) for one in told] == [0, 1, 1, 1]
    assert [len(one["objections"]) for one in told] == [0, 1, 1, 0]
    assert [one["comments"][0]["said"] for one in told[1:]] == ["", "", "It has to be."]


def test_what_may_not_be_published_is_withheld(office):
    """The comment stays and is counted; its words are not shown."""
    office.consult()
    made = office.comment(text="Somebody did wrong.", name="A. Person")
    answer = {"outcome": "noted", "said": "Withheld.", "withhold": "defamatory"}
    office.post(f"/comments/{made['id']}/answers", answer)
    [told] = office.get(f"{PLAIN}/comments")["comments"]
    assert (told["text"], told["name"], told["withheld"]) == ("", "", "defamatory")


def test_only_who_made_a_comment_takes_it_back(office):
    """Another application is refused."""
    office.consult()
    made = office.comment("objection", "No.", "ashby-practice-key")
    path = f"/comments/{made['id']}/withdrawals"
    assert office.refusal(path, None, TEAM)[0] == 403
    office.post(path, None, "ashby-practice-key")
    assert office.get(f"{PLAIN}/comments")["objections"] == []


def test_a_comment_without_a_name_is_taken_back_by_nobody(office):
    """Else anybody could take back the objection of somebody else."""
    office.consult()
    made = office.comment("objection", "No.")
    status, told = office.refusal(f"/comments/{made['id']}/withdrawals", None, "")
    assert (status, "belongs to another" in told) == (403, True)
    assert office.get(f"{PLAIN}/comments")["objections"] == [made["id"]]


def test_a_theme_names_no_person(office):
    """It is published, in the comment and by the refusals that list what is not answered."""
    office.consult()
    comment = {"kind": "comment", "text": "t", "theme": "9000000009"}
    status, told = office.refusal(f"{PLAIN}/comments", comment, "")
    assert (status, told) == (400, "theme holds an NHS number")


def test_a_consultation_closes_on_its_day(office):
    """On the last day one can comment, on the next no more."""
    closes = office.consult()["closes"]
    assert closes == "2027-02-08"
    office.on(closes).comment()
    office.on("2027-02-09")
    assert office.refusal(f"{PLAIN}/comments", {"kind": "comment", "text": "Late."}, "")[0] == 409
    consultation = office.get(PLAIN)["consultation"]
    assert (consultation["closes"], consultation["isOpen"]) == (closes, False)


def test_what_binds_by_law_is_consulted_on_for_longer(office):
    """Twelve weeks, to a day on which offices are open: Easter Monday is none."""
    office.on("2027-01-04").draft(force="binding", legal_basis="an act")
    told = office.post(f"{PLAIN}/moves", {"stage": "consultation", "reason": "r"})
    assert told["closes"] == "2027-03-30"
    again = {"stage": "consultation", "reason": "r", "closes": "2027-05-03"}
    status, words = office.refusal(f"{PLAIN}/moves", again)
    assert (status, words[-29:]) == (400, "on 2027-05-04 at the earliest")


def test_a_standard_is_held_and_consulted_on_again(office):
    """At once, without the days that a consultation lasts; nobody comments meanwhile; and it goes
    on with a consultation, as what was agreed before need not hold any more."""
    office.consult()
    office.move("held")
    stages = {one["stage"] for one in office.get(PLAIN)["settings"]}
    assert stages == {"held"}
    said = {"kind": "comment", "text": "Well."}
    assert office.refusal(f"{PLAIN}/comments", said, "")[0] == 409
    agreed = {"stage": "agreed", "reason": "r"}
    assert "is not reached from held" in office.refusal(f"{PLAIN}/moves", agreed)[1]
    office.move("consultation")
    office.move("stopped")
    again = {"stage": "consultation", "reason": "r"}
    assert "is not reached from stopped" in office.refusal(f"{PLAIN}/moves", again)[1]


def test_a_quotation_is_no_longer_than_what_a_comment_is_about(office):
    """It is compared with every passage of the text, each time that comments are read."""
    office.draft(section=[{"number": "1", "title": "Words", "text": "word " * 400}])
    office.post(f"{PLAIN}/moves", {"stage": "consultation", "reason": "say"})
    said = {"kind": "comment", "text": "Why?", "section": "1"}
    told = office.refusal(f"{PLAIN}/comments", {**said, "quote": "word " * 200 + "word"}, "")
    assert told == (400, "body: quote: is longer than 1000 characters")
    office.post(f"{PLAIN}/comments", {**said, "quote": ("word " * 200).strip()}, "")
