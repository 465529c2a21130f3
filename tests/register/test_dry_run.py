"""Dry runs: who would be refused on a date, from what was really sent and written."""

from datetime import date, timedelta

import orjson
import pytest

from openroots.register.dry_run import dry_run
from openroots.register.standard import founding_decisions
from openroots.storage import Author, Row
from tests.register.samples import PLAIN, brought, ending, mandated, moment, plain

IDENTITY, NAME = brought("request-identity"), brought("usual-name")
FOUNDING = founding_decisions([IDENTITY, NAME])
NOON = moment("2026-12-01T12:00")
REFUSED = date(2027, 4, 1)


def call(number, application, setting, *failed, standard="request-identity"):
    judged = [[standard, clause, clause not in failed, "observe"] for clause in ("1", "2")]
    return {
        "trail": f"{number:024x}",
        "wall": (NOON + timedelta(minutes=number)).isoformat(),
        "application": application,
        "organisation": f"org-of-{application}",
        "setting": setting,
        "endpoint": "demographics.read-patient",
        "status": 200,
        "standards": judged,
    }


def written(number, application, family, type="Patient"):
    body = {"name": [{"use": "usual", "family": family}]}
    row = Row(type, str(number), 1, number, orjson.dumps(body) if family is not None else b"")
    wall = NOON + timedelta(minutes=number)
    return row, Author(application, f"org-of-{application}", "x", "0" * 24, wall, wall)


FORTY = [
    *(call(number, "surgery", "general-practice", "2") for number in range(3)),
    *(call(number, "surgery", "general-practice") for number in range(3, 20)),
    *(call(number, "ward", "hospital", "1") for number in range(20, 30)),
    *(call(number, "", "", "2") for number in range(30, 40)),
]


def test_calls_are_refused_where_the_setting_is_mandated():
    """A call counts as refused only where its application's care setting is enforced by then."""
    run = dry_run(IDENTITY, REFUSED, FORTY, [], FOUNDING)
    assert run.sentence() == "3 of 40 calls from 1 application would be refused"
    told = run.to_json()
    assert told["calls"]["notMet"] == 23
    first = told["applications"][0]
    assert (first["application"], first["mode"], first["calls"]["refused"]) == (
        "surgery",
        "refuse",
        3,
    )
    assert first["clauses"] == [
        {
            "clause": "2",
            "notMet": 3,
            "firstSeen": "2026-12-01T12:00:00+00:00",
            "lastSeen": "2026-12-01T12:02:00+00:00",
        }
    ]


WOULD_BE = "0 of 40 calls would be refused; a mandate enforced by then would refuse 13 calls"


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("2026-08-01", WOULD_BE),
        ("2027-03-31", WOULD_BE),
        ("2027-04-01", "3 of 40 calls from 1 application would be refused"),
        ("2027-10-01", "13 of 40 calls from 2 applications would be refused"),
    ],
)
def test_the_date_decides(day, sentence):
    """The same calls are refused or not by the date that is asked about."""
    run = dry_run(IDENTITY, date.fromisoformat(day), FORTY, [], FOUNDING)
    assert run.sentence() == sentence


def test_clauses_are_counted():
    """Each clause is told with how many calls fail it, by how many applications, and the mend."""
    one, two = dry_run(IDENTITY, REFUSED, FORTY, [], FOUNDING).to_json()["clauses"]
    assert (one["clause"], one["notMet"], one["refused"], one["applications"]) == ("1", 10, 0, 1)
    assert (two["clause"], two["notMet"], two["refused"], two["applications"]) == ("2", 13, 3, 2)
    assert two["mend"] == IDENTITY.clauses[1].mend


def test_a_call_that_fails_twice_is_one_call():
    """A call that does not meet two clauses is refused once, and counted under both."""
    told = dry_run(
        IDENTITY, REFUSED, [call(1, "a", "general-practice", "1", "2")], [], FOUNDING
    ).to_json()
    assert told["sentence"] == "1 of 1 call from 1 application would be refused"
    assert [clause["refused"] for clause in told["clauses"]] == [1, 1]


def test_calls_that_were_not_judged_are_told_apart():
    """A call of which the standard says nothing is not counted as one that meets it."""
    calls = [*FORTY, call(41, "surgery", "general-practice", "1", standard="other")]
    told = dry_run(IDENTITY, REFUSED, calls, [], FOUNDING).to_json()
    assert (told["calls"]["judged"], told["calls"]["notJudged"]) == (40, 1)


ROWS = [
    written(1, "surgery", "Smith"),
    written(2, "surgery", "Sm1th"),
    written(3, "ward", "7"),
    written(4, "surgery", None),
    written(5, "surgery", "7", type="Practitioner"),
    written(6, "surgery", "9" * 40),
]


def test_records_are_judged_by_who_wrote_them():
    """Stored records are judged anew, and told by the application that wrote them."""
    run = dry_run(NAME, date(2027, 7, 1), FORTY, ROWS, FOUNDING)
    assert run.sentence() == "2 of 4 records written by 1 application would be refused"
    told = run.to_json()
    assert [one["application"] for one in told["applications"]] == ["surgery", "ward"]
    assert [one["notMet"] for one in told["clauses"]] == [0, 3, 1]
    assert told["records"]["firstSeen"] == "2026-12-01T12:02:00+00:00"


def test_the_register_of_applications_gives_the_setting():
    """The care setting of an application that never called is taken from where it is registered."""
    none = dry_run(NAME, date(2027, 7, 1), [], ROWS, FOUNDING)
    known = dry_run(
        NAME, date(2027, 7, 1), [], ROWS, FOUNDING, settings={"surgery": "general-practice"}
    )
    assert none.sentence() == "0 of 4 records would be refused"
    assert known.sentence() == "2 of 4 records written by 1 application would be refused"


def test_who_has_no_care_setting_is_not_counted_as_one_that_a_mandate_would_refuse():
    """What a mandate would do is told of those whom one can bind; a standard without clauses is
    said to have none."""
    calls = [call(1, "", "", "2"), call(2, "ward", "hospital", "2")]
    run = dry_run(IDENTITY, date(2026, 8, 1), calls, [], FOUNDING)
    assert run.sentence().endswith("; a mandate enforced by then would refuse 1 call")
    listed = dry_run(brought("snomed-in-each-setting"), REFUSED, calls, [], FOUNDING)
    assert listed.sentence() == "nothing would be refused: it is listed, and has no clauses"


def test_a_mandate_can_be_tried_before_it_is_decided():
    """A mandate that is only proposed can be given along, to see what it would do."""
    calls = [call(1, "ward", "hospital", "1", standard="plain")]
    proposed = mandated(1, "2026-12-01", warn="2027-01-01", enforce="2027-02-01")
    sentences = [
        dry_run(plain(), date(2027, 2, 1), calls, [], decisions).sentence()
        for decisions in ([], [proposed])
    ]
    assert sentences == [
        "0 of 1 call and 0 of 0 records would be refused; "
        "a mandate enforced by then would refuse 1 call",
        "1 of 1 call from 1 application and 0 of 0 records would be refused",
    ]


def test_use_is_refused_from_retirement_on_and_by_no_mandate():
    """What recognises the use of a standard is counted as the gateway treats it; a mandate is of
    the other clauses."""
    calls = [
        call(1, "ward", "hospital", "1", standard="plain"),
        call(2, "ward", "hospital", "2", standard="plain"),
        call(3, "ward", "hospital", "1", "2", standard="plain"),
    ]
    told = [
        dry_run(
            ending(True, False), date.fromisoformat(day), calls, [], [mandated(1, "2026-12-01")]
        ).to_json()
        for day in ("2027-03-31", "2027-04-01", "2027-12-01")
    ]
    assert [one["calls"]["refused"] for one in told] == [0, 2, 2]
    refused = [[clause["refused"] for clause in one["clauses"]] for one in told]
    assert refused == [[0, 0], [0, 2], [2, 0]]


def test_a_record_counts_where_a_clause_is_about_what_wrote_it():
    """What was written otherwise is not judged by it: the gateway would not refuse it."""
    bounds = 'types = ["Note"], endpoints = ["notes.write"]'
    standard = plain(PLAIN.replace('types = ["Note"]', bounds))
    row = Row("Note", "1", 1, 1, b"{}")
    rows = [
        (row, Author("ward", "Y1", endpoint, "0" * 24, NOON, NOON))
        for endpoint in ("notes.write", "notes.copy", "standards-register.draft-standard")
    ]
    run = dry_run(
        standard,
        date(2027, 4, 1),
        [],
        rows,
        [mandated(1, "2026-12-01")],
        settings={"ward": "hospital"},
    )
    assert (run.to_json()["records"]["judged"], run.to_json()["records"]["refused"]) == (1, 1)


def test_nothing_seen_is_an_answer_too():
    """Without calls and records a dry run says so, and is still JSON."""
    run = dry_run(IDENTITY, REFUSED, [], [], FOUNDING)
    assert run.sentence() == "0 of 0 calls would be refused"
    assert orjson.loads(orjson.dumps(run.to_json()))["applications"] == []
