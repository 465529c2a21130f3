"""Each way in which the register refuses, provoked, with what it says."""

import pytest

from openroots.register.standard import SETTINGS
from openroots.services.standards_register.failures import FAILURES
from tests.services.standards_register.office import (
    DRAFT,
    MANDATE,
    PLAIN,
    PRACTICE,
    SAFETY,
    TEAM,
    WAVE,
)
from tests.services.standards_register.situations import (
    CASES,
    COMMENTS,
    EASED,
    MANDATES,
    MOVES,
    PLAN,
    PRODUCT,
    THEMES,
    WAIVER,
    agreed,
    asked,
    assessing,
    binding,
    carries,
    commented,
    consulted,
    drafted,
    listed,
    mandated,
    nothing,
    opened,
    overdue,
    planned,
    published,
    toothless,
    tried,
    unready,
    used,
)


def post(path, body=None, key=TEAM):
    return ("POST", path, body, key)


def get(path):
    return ("GET", path, None, "")


def move(stage, **more):
    return post(MOVES, {"stage": stage, "reason": "r", **more})


def draft(**changed):
    return post("/standards", {"definition": {**DRAFT, **changed}, "reason": "r"})


def said(**more):
    return post(COMMENTS, {"kind": "comment", "text": "t", **more}, "")


ANSWER = {"outcome": "noted", "said": "s"}
# Row -> what is given, what is asked, and words of what is said.
ROWS = {
    "body-wrong": (drafted, post(MOVES, {"stage": "trial"}), "body: reason: is missing"),
    "date-wrong": (nothing, get("/standards?on=soon"), "on=soon is no date"),
    "parameter-unknown": (nothing, get("/standards?at=now"), "at is no parameter here"),
    "definition-wrong": (nothing, draft(sort="odd"), "plain-words: sort: 'odd' is none of"),
    "quote-not-there": (consulted, said(section="1", quote="x"), "Section 1 does not say"),
    "section-unknown": (consulted, said(section="9"), "There is no section 9"),
    "holds-nhs-number": (consulted, said(name="999 000 0018"), "name holds an NHS number"),
    "stage-unknown": (drafted, move("bliss"), "bliss is no stage"),
    "fact-wrong": (
        drafted,
        post("/programmes/standards/cases/plain-words/facts", {"key": "luck", "value": 1}),
        "luck: the programme goes by standard.implementations",
    ),
    "answer-wrong": (
        opened,
        post(f"{CASES}/thing/answers", {"question": "safety.log", "fact": "none"}),
        "Question safety.log cannot be answered with fact none",
    ),
    "wave-wrong": (
        published,
        post(MANDATES, {"reason": "r", "waves": [{**WAVE, "settings": []}]}),
        "Wave 1: it names no care setting",
    ),
    "big-bang": (
        published,
        post(MANDATES, {"reason": "r", "waves": [{**WAVE, "settings": sorted(SETTINGS)}]}),
        "Every care setting would be bound on one day",
    ),
    "closes-wrong": (
        drafted,
        move("consultation", closes="2027-02-01"),
        "can close on 2027-02-08 at the earliest",
    ),
    "waiver-too-long": (
        mandated,
        post(EASED, {**WAIVER, "due": "2028-01-12"}),
        "A waiver ends after 365 days at the latest, on 2028-01-11",
    ),
    "role-missing": (nothing, post("/notices", None, PRACTICE), "This is for national.standards"),
    "not-own": (
        mandated,
        post(EASED, PLAN, PRACTICE),
        "Application heron belongs to another",
    ),
    "not-independent": (
        lambda office: office.post(CASES, {**PRODUCT, "id": "own", "owner": "Y90004"}),
        post(f"{CASES}/own/assessments", {"part": "data", "outcome": "met", "reason": "r"}),
        "does not assess what is its own",
    ),
    "standard-unknown": (nothing, get("/standards/none"), "There is no standard none"),
    "programme-unknown": (nothing, get("/programmes/none"), "There is no programme none"),
    "case-unknown": (nothing, get(f"{CASES}/none"), "There is no case none"),
    "comment-unknown": (
        nothing,
        post("/comments/none/answers", {"outcome": "noted", "said": "s"}),
        "There is no comment none",
    ),
    "exemption-unknown": (
        nothing,
        post("/exemptions/plan-00000009/ends", {"reason": "r"}),
        "There is no exemption plan-00000009",
    ),
    "application-unknown": (nothing, get("/applications/none"), "There is no application none"),
    "supplier-unknown": (nothing, get("/suppliers/none"), "There is no supplier none"),
    "schema-unknown": (nothing, get("/schemas/none"), "There is no schema none"),
    "theme-unknown": (
        commented,
        post(THEMES, {"theme": "cost", "said": "s", "did": "d"}),
        "There is no theme cost",
    ),
    "mandate-unknown": (
        published,
        post(f"{PLAIN}/take-backs", {"reason": "r"}),
        "There is no mandate of plain-words",
    ),
    "standard-exists": (drafted, draft(), "There is a standard plain-words already"),
    "case-exists": (opened, post(CASES, PRODUCT), "thing is in this programme already"),
    "text-settled": (
        agreed,
        ("PUT", PLAIN, {"definition": DRAFT, "reason": "r"}, TEAM),
        "The text of plain-words is edited no more: it is at agreed",
    ),
    "edition-changed": (
        drafted,
        ("PUT", PLAIN, {"definition": DRAFT, "reason": "r"}, TEAM, 'W/"7"'),
        "The draft is at edition 1 by now",
    ),
    "not-consulting": (drafted, said(), "plain-words is not in consultation on 2027-01-11"),
    "already-answered": (
        lambda office: (
            asked(office),
            office.post("/comments/plain-words.000001/answers", ANSWER),
        ),
        post("/comments/plain-words.000001/answers", ANSWER),
        "Comment plain-words.000001 was answered or withdrawn",
    ),
    "stage-order": (drafted, move("trial"), "trial is not reached from draft, but from: agreed"),
    "stays-longer": (consulted, move("agreed"), "at consultation for 28 days at least"),
    "fact-needed": (
        lambda office: (consulted(office), office.on("2027-02-08")),
        move("agreed"),
        "Before agreed, standard.suite must be known",
    ),
    "no-open-objection": (
        lambda office: (commented(office), office.on("2027-02-08")),
        move("agreed"),
        "1 objection(s) are open: plain-words.000001",
    ),
    "every-theme-answered": (
        lambda office: (
            consulted(office),
            office.comment(theme="tone"),
            office.on("2027-02-08"),
        ),
        move("agreed"),
        "Nothing is said yet of what was done about: tone",
    ),
    "every-question-answered": (asked, move("agreed"), "Questions are open: plain-words.000001"),
    "trial-figures": (
        lambda office: (tried(office), office.on("2027-03-15")),
        move("published"),
        "The trial ends with 3 organisations at least; so far 0",
    ),
    "successor-mandated": (
        published,
        move("deprecated"),
        "No standard that supersedes it is mandated",
    ),
    "hardly-used": (used, move("retired"), "50.0% of what was judged still uses it"),
    "all-answered": (
        opened,
        post(f"{CASES}/thing/moves", {"stage": "assessment", "reason": "r"}),
        "Questions without a good answer: safety.officer",
    ),
    "gates-met": (
        assessing,
        post(f"{CASES}/thing/moves", {"stage": "accredited", "reason": "r"}),
        "Not found met by an independent assessor: safety, data, security, interoperability",
    ),
    "not-today": (drafted, move("trial", on="2027-02-01"), "trial begins on the day on which"),
    "decided-here": (
        drafted,
        move("agreed", source="a notice"),
        "plain-words are decided here since 2027-01-11: on 2027-01-11 none comes from elsewhere",
    ),
    "mandate-stands": (
        mandated,
        move("draft", source="a notice"),
        "made-00000001 mandates plain-words in hospital, where it cannot go back to draft",
    ),
    "force-none": (toothless, post(MANDATES, MANDATE), "plain-words has no legal force"),
    "nothing-to-refuse": (
        listed,
        post(MANDATES, MANDATE),
        "No call can be refused by plain-words: it has no clause",
    ),
    "no-legal-basis": (binding, post(MANDATES, MANDATE), "is binding, and names no legal basis"),
    "not-published": (drafted, post(MANDATES, MANDATE), "is not published in hospital"),
    "notice-too-short": (
        published,
        post(MANDATES, {"reason": "r", "waves": [{**WAVE, "enforce_from": "2027-07-09"}]}),
        "It can be enforced from 2027-07-10 at the earliest: 180 days of notice",
    ),
    "not-ready": (
        unready,
        post(MANDATES, MANDATE),
        "Less than 98% of what these sent in the last 7 days meets it: heron (50%)",
    ),
    "override-wrong": (
        published,
        post(MANDATES, {**MANDATE, "override": "override-00000001"}),
        "override-00000001 is no override of this standard",
    ),
    "already-decided": (mandated, post(MANDATES, MANDATE), "made-00000001 mandates the same"),
    "plan-past-due": (
        overdue,
        post("/exemptions/plan-00000001/sites", {"applications": ["heron"]}),
        "The plan came to its day on 2027-12-01",
    ),
    "carried": (
        carries,
        post("/standards", {"definition": DRAFT, "reason": "r"}),
        "carries the rulebook of http://first.example",
    ),
    "not-a-plan": (
        lambda office: (mandated(office), office.post(EASED, WAIVER)),
        post("/exemptions/waiver-00000001/sign-offs", {"reason": "r"}, SAFETY),
        "waiver-00000001 is not a plan that is in force",
    ),
    "already-ended": (
        lambda office: (
            planned(office),
            office.post("/exemptions/plan-00000001/ends", {"reason": "r"}),
        ),
        post("/exemptions/plan-00000001/ends", {"reason": "r"}),
        "plan-00000001 is no longer in force",
    ),
}


def test_two_waves_do_not_bind_the_same_from_different_days(office):
    """Of hospitals it could not be said which day is theirs; in another region it can."""
    published(office)
    later = {**WAVE, "settings": WAVE["settings"][:1], "enforce_from": "2028-06-01"}
    mandate = {"reason": "r", "waves": [WAVE, later]}
    status, told = office.refusal(MANDATES, mandate)
    assert (status, "a wave before it binds the same" in told) == (400, True)
    later["regions"] = ["Y56"]
    mandate["waves"].append({**WAVE, "organisation_types": ["RO197"], "enforce_from": "2028-01-01"})
    status, told = office.refusal(MANDATES, mandate)
    assert (status, "or some of the same" in told) == (400, True)
    mandate["waves"].pop()
    office.post(MANDATES, mandate)


def test_a_text_that_was_never_agreed_is_not_said_to_have_been(office):
    """It is told what it is, and of one from a file that it came with the program."""
    drafted(office)
    office.move("stopped")
    draft = {"definition": DRAFT, "reason": "r"}
    told = office.refusal(PLAIN, draft, method="PUT")
    assert told == (409, "The text of plain-words is edited no more: it is at stopped")
    told = office.refusal("/standards/usual-name", draft, method="PUT")
    assert told == (409, "The text of usual-name is edited no more: it came with OpenRoots")


def test_no_two_waves_together_bind_everybody_on_one_day(office):
    """Nor does a wave with what was mandated before; it is said of no one wave."""
    published(office)
    every = sorted(SETTINGS)
    halves = [{**WAVE, "settings": every[:6]}, {**WAVE, "settings": every[6:]}]
    told = (400, "Every care setting would be bound on one day")
    assert office.refusal(MANDATES, {"reason": "r", "waves": halves}) == told
    office.post(MANDATES, {"reason": "r", "waves": halves[:1]})
    assert office.refusal(MANDATES, {"reason": "r", "waves": halves[1:]}) == told


def test_who_does_not_meet_a_standard_is_not_counted_as_using_it(office):
    """Only a clause that recognises its use tells who still does."""
    published(office)
    office.move("deprecated", on="2026-12-01", source="a notice")
    office.application("heron")
    office.sent("heron", "2027-01-10", met=1, not_met=1)
    office.move("retired")


def test_a_successor_whose_mandate_was_taken_back_is_not_mandated(office):
    """A standard is not deprecated for what nobody has to meet."""
    office.publish()
    newer = {**DRAFT, "id": "plainer-words", "supersedes": "plain-words"}
    office.post("/standards", {"definition": newer, "reason": "r", "source": "a notice"})
    of_newer = "/standards/plainer-words"
    moved = {"stage": "published", "on": "2026-06-01", "source": "a notice", "reason": "r"}
    office.post(f"{of_newer}/moves", moved)
    office.post(f"{of_newer}/mandates", MANDATE)
    office.post(f"{of_newer}/take-backs", {"reason": "not yet"})
    deprecate = {"stage": "deprecated", "reason": "r"}
    assert office.refusal(MOVES, deprecate)[0] == 409
    office.post(f"{of_newer}/mandates", MANDATE)
    office.move("deprecated")


def test_the_same_mandate_is_the_same_in_whatever_order_it_names_its_settings(office):
    """It is not decided twice."""
    published(office)
    wave = {**WAVE, "settings": ["hospital", "dentistry"]}
    office.post(MANDATES, {"reason": "r", "waves": [wave]})
    again = {**wave, "settings": ["dentistry", "hospital"]}
    assert office.refusal(MANDATES, {"reason": "r", "waves": [again]})[0] == 409


def test_a_standard_that_is_listed_has_no_clauses(office):
    """They would be dropped in silence."""
    status, told = office.refusal(
        "/standards", {"definition": {**DRAFT, "listed": True}, "reason": "r"}
    )
    assert (status, "clause: may not be there" in told) == (400, True)


@pytest.mark.parametrize(("met", "told"), [(4894, "heron (97.8%)"), (4899, "heron (97.9%)")])
def test_a_share_that_is_too_small_is_not_rounded_up_to_what_is_enough(office, met, told):
    """97.98 % is less than 98 %, and is not told as that."""
    office.publish()
    office.application("heron")
    office.sent("heron", "2027-01-10", met=met, not_met=5000 - met)
    assert told in office.refusal(MANDATES, MANDATE)[1]


@pytest.mark.parametrize("row", FAILURES)
def test_each_refusal_says_what_is_wrong(office, row):
    """With the status of its row, in words that name what was asked; and how to mend it."""
    given, asked_for, words = ROWS[row]
    given(office)
    method, path, body, key, *version = asked_for
    more = {"if-match": version[0]} if version else {}
    told = office.ask(method, path, body, key, **more)
    assert words in told.body["message"]
    assert told.status == FAILURES[row].status
    assert told.body["mend"]


def test_what_takes_no_body_refuses_one(office):
    """It was meant to say what is to be told of; one that says nothing asks for no more either."""
    told = office.ask("POST", "/notices", {"application": "ashby-practice-system"})
    assert (told.status, told.body["message"]) == (400, "This endpoint takes no body")
    assert office.ask("POST", "/notices", {}).status == 201


@pytest.mark.parametrize("path", ["/standards", MOVES, f"{PLAIN}/take-backs", "/notices"])
def test_what_is_decided_is_decided_now_whatever_the_query_says(office, path):
    """A day in the query of a decision is refused, and not passed over."""
    body = {} if path == "/notices" else {"stage": "consultation", "reason": "x"}
    told = office.ask("POST", f"{path}?on=2027-01-01", body)
    assert (told.status, told.body["message"]) == (400, "on is no parameter here")
