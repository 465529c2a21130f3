"""Every way in which the standards register can refuse, in its own words.

The API is ours, so every row is. Where a guard of a programme is not satisfied, the row has the
guard's name.

Source: none.
"""

from collections.abc import Mapping

from openroots.problem import Failure


def _row(status: int, words: str, mend: str) -> Failure:
    return Failure(status, CODES[status], words=words, mend=mend, ours=True)


CODES = {400: "invalid", 403: "forbidden", 404: "not_found", 409: "not_now"}

_WRONG: Mapping[str, tuple[str, str]] = {
    "body-wrong": ("{words}", "Send what the description of this endpoint asks for."),
    "date-wrong": (
        "{parameter}={value} is no date from 1900 to 2999",
        "Write dates as 2027-04-01.",
    ),
    "parameter-unknown": (
        "{parameter} is no parameter here",
        "Leave it out; the description of this endpoint lists what it takes.",
    ),
    "definition-wrong": (
        "The definition cannot be read: {words}",
        "Mend the key that is named; /standards-register/schemas/draft says what there may be.",
    ),
    "quote-not-there": (
        "Section {section} does not say what is quoted",
        "Quote words of the section as they stand in the edition commented on, or none.",
    ),
    "section-unknown": ("There is no section {section}", "Name one of: {sections}."),
    "holds-nhs-number": (
        "{field} holds an NHS number",
        "Write about no person: what is said here is published.",
    ),
    "stage-unknown": ("{stage} is no stage of this programme", "Name one of: {stages}."),
    "fact-wrong": ("{key}: {words}", "Tell a fact that the programme defines, in its type."),
    "answer-wrong": (
        "Question {question} cannot be answered with fact {fact}",
        "Tell the fact that the question asks for, of this subject, and answer with its id.",
    ),
    "wave-wrong": ("Wave {wave}: {words}", "Mend the dates or settings of that wave."),
    "big-bang": (
        "Every care setting would be bound on one day",
        "Mandate in waves: some care settings, regions or types of organisation first.",
    ),
    "closes-wrong": (
        "A consultation that opens on {on} can close on {closes} at the earliest",
        "Name that day or a later one, on which offices are open.",
    ),
    "waiver-too-long": (
        "A waiver ends after {most} days at the latest, on {until}",
        "Name an earlier day; another waiver can follow.",
    ),
}

_REFUSED: Mapping[str, tuple[str, str]] = {
    "role-missing": (
        "This is for {roles}",
        "Ask with the key of an application that holds one of these roles.",
    ),
    "not-own": (
        "{what} belongs to another",
        "Ask with the key of the application that it belongs to.",
    ),
    "not-independent": (
        "An organisation does not assess what is its own",
        "Have another organisation assess it.",
    ),
}

_UNKNOWN: Mapping[str, tuple[str, str]] = {
    f"{kind}-unknown": (f"There is no {kind} {{id}}", mend)
    for kind, mend in {
        "standard": "GET /standards-register/standards lists them.",
        "programme": "GET /standards-register/programmes lists them.",
        "case": "GET the cases of the programme for those that there are.",
        "comment": "GET the comments of the standard for their ids.",
        "exemption": "GET the standard for its exemptions.",
        "application": "Name the id of a registered application.",
        "supplier": "Name a supplier as its applications do.",
        "schema": "There are: standard, draft, programme.",
        "theme": "Name a theme that a comment bears.",
        "mandate": "There is none that could be taken back: GET the standard for its decisions.",
    }.items()
}

_NOT_NOW: Mapping[str, tuple[str, str]] = {
    "standard-exists": (
        "There is a standard {id} already",
        "Choose another id, or edit its draft.",
    ),
    "case-exists": ("{id} is in this programme already", "Go on with the case that there is."),
    "text-settled": (
        "The text of {id} is edited no more: it {why}",
        "Draft its next version under another id, which supersedes it.",
    ),
    "edition-changed": (
        "The draft is at edition {now} by now, not {given}",
        "Read it again, and edit what it says now.",
    ),
    "not-consulting": ("{id} is not in consultation on {on}", "Comment while it is open."),
    "already-answered": ("Comment {id} was answered or withdrawn", "GET the comments."),
    "stage-order": (
        "{stage} is not reached from {now}, but from: {after}",
        "Take the stages in their order.",
    ),
    "stays-longer": (
        "It stays at {stage} for {days} days at least, until {until}",
        "Come back on that day.",
    ),
    "fact-needed": (
        "Before {stage}, {fact} must be known and be enough: {words}",
        "POST the fact to the case of this subject.",
    ),
    "no-open-objection": (
        "{count} objection(s) are open: {which}",
        "Answer each of them; what is answered is published.",
    ),
    "every-theme-answered": (
        "Nothing is said yet of what was done about: {themes}",
        "POST to /themes what was said and what you did.",
    ),
    "every-question-answered": ("Questions are open: {which}", "Answer each of them."),
    "trial-figures": (
        "The trial ends with {least} at least; so far {seen}",
        "Let the trial go on until so much was counted. Of a standard without clauses nothing is "
        "counted: tell the figure as a fact of its case, with its evidence.",
    ),
    "successor-mandated": (
        "No standard that supersedes it is mandated",
        "Mandate its successor first, which names this one in supersedes.",
    ),
    "hardly-used": (
        "{share} of what was judged still uses it; it is to be less than {least}",
        "Wait, or have a clinical safety officer sign an override.",
    ),
    "all-answered": (
        "Questions without a good answer: {questions}",
        "Tell the facts they ask for.",
    ),
    "gates-met": (
        "Not found met by an independent assessor: {parts}",
        "Have these parts assessed.",
    ),
    "not-today": (
        "{stage} begins on the day on which it is decided, {today}, not on {on}",
        "Leave `on` out. What happened elsewhere before is recorded with its source.",
    ),
    "decided-here": (
        "The stages of {id} are decided here since {since}: on {on} none comes from elsewhere",
        "Leave `source` out, and take the stages in their order.",
    ),
    "mandate-stands": (
        "{decision} mandates {id} in {settings}, where it cannot go back to {stage}",
        "Take the mandate back first.",
    ),
    "nothing-to-refuse": (
        "No call can be refused by {id}: it has no clause that asks anything of one",
        "Leave enforce_from out; or draft a version with clauses that calls are judged by.",
    ),
    "force-none": ("{id} has no legal force", "Draft a version whose force is regard or binding."),
    "no-legal-basis": ("{id} is binding, and names no legal basis", "Name it in the definition."),
    "not-published": (
        "{id} is not published in {settings}",
        "Publish it there first, after its trial.",
    ),
    "notice-too-short": (
        "It can be enforced from {earliest} at the earliest: {days} days of notice",
        "Name that day or a later one, or an override that a clinical safety officer signed.",
    ),
    "not-ready": (
        "Less than {enough} of what these sent in the last {days} days meets it: {applications}",
        "Wait until they are ready, or name an override that a clinical safety officer signed.",
    ),
    "override-wrong": (
        "{override} is no override of this standard that is in force",
        "Have a clinical safety officer sign one.",
    ),
    "already-decided": (
        "{decision} mandates the same, for the same, from the same days",
        "Nothing need be done.",
    ),
    "plan-past-due": (
        "The plan came to its day on {due}: no new site can be added to it",
        "Mend the new site before it goes live.",
    ),
    "carried": (
        "Standards are decided elsewhere: this node carries the rulebook of {url}",
        "Ask the register of that node.",
    ),
    "not-a-plan": ("{id} is not a plan that is in force", "Name a plan of the standard."),
    "already-ended": ("{id} is no longer in force", "GET the standard for what is."),
}

FAILURES = {
    name: _row(status, *words)
    for status, rows in ((400, _WRONG), (403, _REFUSED), (404, _UNKNOWN), (409, _NOT_NOW))
    for name, words in rows.items()
}
