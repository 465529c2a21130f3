"""Every way in which a file of people, or one record of it, can be wrong, with how to mend it.

For whoever loads people. What the demographics service refuses of a new record is told in its own
words; these are the rows that are ours.

Source: none.
"""

from collections.abc import Mapping
from typing import NamedTuple

from openroots.problem import Failure, Problem
from openroots.services.demographics import service
from openroots.services.demographics.parts import GENDERS


def _row(words: str, mend: str) -> Failure:
    return Failure(400, "", words=words, mend=mend, ours=True)


FAILURES: Mapping[str, Failure] = {
    "file-empty": _row("the file holds nothing", "Name a file with people in it."),
    "file-packed": _row(
        "the file is packed, as a spreadsheet or an archive is",
        "Save it as CSV, or unpack it.",
    ),
    "file-not-utf8": _row("the file is not text in UTF-8", "Save it as text in UTF-8."),
    "file-strange": _row(
        "the file is neither CSV with a line of column names, nor FHIR as NDJSON or a Bundle",
        "See docs/people.md for the columns.",
    ),
    "file-not-csv": _row(
        "the file is JSON, and people to be traced stand in CSV",
        "See docs/error-rates.md for the columns.",
    ),
    "file-line-ends": _row(
        "its lines end in a carriage return alone, as on old Macintosh computers",
        "Save it with the line ends of Windows or Unix.",
    ),
    "nothing-sought": _row(
        "its first line names none of the columns by which people are traced",
        "See docs/error-rates.md for the columns; commas, semicolons or tabs part them.",
    ),
    "told-too-little": _row(
        "it tells too little of anybody: {names} is not told",
        "Give a birth date, and a family or a given name.",
    ),
    "columns-unknown": _row(
        "there are columns called {names}, which mean nothing here",
        "Take them out, or call them by one of: {known}.",
    ),
    "columns-missing": _row("there is no column called {names}", "Add it."),
    "columns-twice": _row("two columns mean {names}", "Leave one of them."),
    "row-uneven": _row(
        "it has {count} values for {wanted} columns", "Quote values with what parts the columns."
    ),
    "row-quoted": _row("its quotation marks do not close", "Close each, and double those within."),
    "row-broken": _row("a line ends within a value that is not quoted", "Quote that value."),
    "value-long": _row("{column} is longer than {limit} characters", "Shorten it."),
    "value-control": _row("{column} holds control characters", "Take them out."),
    "too-long": _row("it is longer than {limit} bytes", "One record is a few kilobytes."),
    "not-json": _row("it is no JSON: {why}", "Write one JSON object a line, or one Bundle."),
    "not-a-patient": _row(
        "its resourceType is '{type}': only Patients are loaded", "Leave it out."
    ),
    "not-an-object": _row("it is no JSON object", "Give a FHIR Patient."),
    "part-not-known": _row(
        "a Patient of PDS has no {names}", "Take it out; the parts are those that PDS shows."
    ),
    "identifier-strange": _row(
        "it has an identifier of another system than {system}", "Take it out."
    ),
    "number-wrong": _row(
        "'{number}' is no NHS number: {why}", "Give ten digits, the last of which checks the rest."
    ),
    "numbers-differ": _row(
        "its id and its identifier are two different numbers", "Give one, or the same twice."
    ),
    "number-missing": _row(
        "it says that {former} was superseded, and not by which number", "Give the present number."
    ),
    "number-both": _row(
        "{number} is its number, and one that this superseded as well", "Take out the older one."
    ),
    "number-real": _row(
        "{number} may be somebody's: only numbers that begin with 9 are issued to nobody",
        "Take a number that begins with 999, leave it out to be given one, or load with "
        "--allow-any-number if all of these people are made up.",
    ),
    "number-taken": _row(
        "{number} is somebody's here already", "Take another number, or leave it out."
    ),
    "somebody-alike": _row(
        "there is somebody of this name and birth date already, and of this gender or postcode",
        "Give a number if it is another person.",
    ),
    "security-unknown": _row(
        "it is marked as '{code}', which is no confidentiality of PDS", "Give U, R or V."
    ),
    "value-strange": _row("{column}: '{value}' is not {wanted}", "Give {example}."),
    "others-first": _row("others changed what it relies on", "Load it again."),
}


# How to mend what the service says no more of, by row or by the field that it is about.
MENDS = {
    "value-missing": "Add it.",
    "gender": f"Give one of {', '.join(GENDERS)}; in CSV also M, F or U.",
    "birthDate": "Give a date such as 1984-03-02.",
}


class Wrong(NamedTuple):
    """What is wrong with a record, or with the file: where, why, and how to mend it."""

    line: int
    why: str
    mend: str


def wrong(line: int, problem: Problem) -> Wrong:
    """A problem as it is told of the record at this line."""
    failures = FAILURES if problem.row in FAILURES else service.failures
    told = failures[problem.row].told(problem.fields)
    field = str(problem.fields.get("field", ""))
    mend = told.mend or MENDS.get(problem.row) or MENDS.get(field, "")
    return Wrong(line, told.words or told.display, mend)
