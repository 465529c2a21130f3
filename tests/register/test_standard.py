"""Standards: one TOML file each, read with every mistake named, and published as a JSON Schema."""

import json
import re
import tomllib
from datetime import date
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

from openroots.register.definition import as_json, text_of
from openroots.register.rulebook import compile_rulebook
from openroots.register.standard import (
    SETTINGS,
    Stage,
    founding_decisions,
    load_standards,
    parse_standard,
)
from openroots.register.timeline import stretch_at
from tests.register.samples import PLAIN, brought, moment, plain

LISTED = """
id = "made"
version = "1.0"
title = "A standard that is listed"
sort = "record"
force = "none"
publisher = "OpenRoots"
why = "So that there is one."
sources = ["none"]
listed = true
stage = [{ stage = "draft", from = 2026-01-01 }]
"""
FOLDER = files("openroots") / "standards"
SCHEMA = json.loads((FOLDER / "standard.schema.json").read_text("utf-8"))
MANDATE = """
[[mandate]]
settings = ["hospital"]
published = 2026-06-01
warn_from = 2027-01-01
enforce_from = 2027-04-01
decided_at = 2026-05-01T09:00:00Z
by = "national.standards"
reason = "A test."
"""


def test_a_file_is_read_as_lint_reads_it(tmp_path):
    """With the mark that some programs begin it with; what is not UTF-8 is told with its line."""
    path = tmp_path / "plain.toml"
    path.write_text(PLAIN, "utf-8-sig")
    assert parse_standard(text_of(path), path.name) == plain()
    path.write_bytes(b'id = "plain"\ntitle = "Caf\xe9"\n')
    with pytest.raises(ValueError, match=r"plain\.toml: is not text in UTF-8 \(at line 2\)"):
        parse_standard(text_of(path), path.name)


def test_the_standards_of_the_program():
    """The program brings its standards by id, with their clauses and founding decisions."""
    standards = load_standards()
    by_id = [standard.id for standard in standards]
    assert by_id == sorted(by_id)
    judging = {standard.id for standard in standards if standard.clauses}
    assert {"request-identity", "usual-name"} <= judging
    assert all(standard.sources and standard.why for standard in standards)
    ids = [decision.id for decision in founding_decisions(standards)]
    assert ids == sorted(ids)
    assert "founding-request-identity-1" in ids


def test_the_register_begins_with_what_there_was():
    """More than thirty standards with their dates and sources, by which no call is judged; what
    took the place of another names it."""
    listed = [standard for standard in load_standards() if not standard.clauses]
    assert len(listed) > 30
    ids = {standard.id for standard in listed}
    assert {standard.supersedes for standard in listed} - {""} <= ids
    rulebook = compile_rulebook(load_standards(), founding_decisions(load_standards()))
    stages = {
        one.id: stage_on(rulebook.timeline(one.id, "hospital"), "2026-11-21") for one in listed
    }
    assert stages["nhs-number"] == "mandated"
    assert stages["unified-test-list"] == stages["tls-1-0"] == "retired"
    assert (stages["pathology-messages"], stages["open-source"]) == ("consultation", "draft")


@pytest.mark.parametrize(
    ("day", "practice", "mental_health", "hospital"),
    [
        ("2018-03-31", None, None, None),
        ("2018-04-01", "mandated", None, None),
        ("2020-02-05", "mandated", "consultation", None),
        ("2020-04-01", "mandated", "consultation", "published"),
    ],
)
def test_snomed_stands_elsewhere_in_each_setting(day, practice, mental_health, hospital):
    """As the founding articles tell it: final in general practice, talked about elsewhere."""
    rulebook = compile_rulebook(load_standards(), founding_decisions(load_standards()))
    settings = ("general-practice", "mental-health", "hospital")
    found = [rulebook.timeline("snomed-in-each-setting", setting) for setting in settings]
    assert [stage_on(one, day) for one in found] == [practice, mental_health, hospital]


def stage_on(stretches, day):
    stage = stretch_at(stretches, moment(day)).stage
    return stage.value if stage else None


def test_what_is_listed_has_no_clauses():
    """And what is not has some."""
    listed = LISTED.replace("listed = true", "")
    with pytest.raises(ValueError, match="clause: must be there at least once"):
        parse_standard(listed, "made.toml")
    assert parse_standard(LISTED, "made.toml").clauses == ()


def test_founding_mandates_by_setting():
    """Request identity is mandated in every setting: in two of them half a year earlier."""
    identity = brought("request-identity")
    first, second = identity.founding
    assert set(first.settings) == {"general-practice", "community-pharmacy"}
    assert (first.warn_from, first.enforce_from) == (date(2027, 1, 1), date(2027, 4, 1))
    assert set(first.settings + second.settings) == set(SETTINGS)
    assert (second.warn_from, second.enforce_from) == (date(2027, 7, 1), date(2027, 10, 1))


@pytest.mark.parametrize(
    ("value", "met"),
    [
        ("60e0b220-8136-4ca5-ae46-1d97ef59d068", True),
        ("60E0B220-8136-4CA5-AE46-1D97EF59D068", True),
        ("01890a5d-ac96-774b-bcce-b302099a8057", True),
        ("00000000-0000-0000-0000-000000000000", False),
        ("00000000-0000-0000-0000-000000000001", False),
        ("ffffffff-ffff-ffff-ffff-ffffffffffff", False),
        ("c232ab00-9414-11ec-b3c8-9f6bdeced846", False),
        ("60e0b220-8136-4ca5-ce46-1d97ef59d068", False),
        ("60e0b22081364ca5ae461d97ef59d068", False),
        ("60e0b220-8136-4ca5-ae46-1d97ef59d068 ", False),
        ("6", False),
        (None, True),
    ],
)
def test_request_identity(value, met):
    """A request id is a UUID of version 4 or 7 in variant 10; clause 1 alone asks that it is."""
    present, random = brought("request-identity").clauses
    headers = {} if value is None else {"x-request-id": value}
    assert random.judge(("GET", headers)) is met
    assert present.judge(("GET", headers)) is (value is not None)


@pytest.mark.parametrize(
    ("name", "failed"),
    [
        ([{"use": "usual", "family": "Smith"}], []),
        ([{"use": "usual", "given": ["Jane"]}], ["1"]),
        ([{"use": "usual", "family": "Smith"}, {"use": "usual"}], ["1"]),
        ([{"use": "usual", "family": "Smith 2"}], ["2"]),
        ([{"use": "usual", "family": "a" * 35}], []),
        ([{"use": "usual", "family": "a" * 36}], ["3"]),
        ([{"use": "usual", "family": "1" * 36}], ["2", "3"]),
        ([{"use": "old", "family": "7"}], []),
        ([], []),
        (None, []),
    ],
)
def test_usual_name(name, failed):
    """A usual name, where there is one, has a family name in letters of at most 35 characters."""
    clauses = brought("usual-name").clauses
    record = {"resourceType": "Patient", **({} if name is None else {"name": name})}
    assert [clause.id for clause in clauses if not clause.judge(record)] == failed


def test_sentences_are_read_as_one_line():
    """Words laid out over several lines of a file are one line, as clients are told them."""
    why = "So that there is\\none to test with."
    text = PLAIN.replace('"So that there is one to test with."', f'"""\n  {why}\n"""')
    assert plain(text).why == "So that there is one to test with."
    assert plain().stages[1].stage is Stage.TRIAL


@pytest.mark.parametrize("file", [file for file in FOLDER.iterdir() if file.name.endswith("toml")])
def test_the_schema_accepts_our_standards(file):
    """The published JSON Schema accepts every standard that the program brings."""
    Draft202012Validator.check_schema(SCHEMA)
    assert told_by_schema(file.read_text("utf-8")) == []


def test_schema_and_reader_know_the_same_words():
    """The schema lists the same care settings, stages and checks as the reader accepts."""
    named = SCHEMA["$defs"]["settings"]["items"]["enum"]
    assert tuple(named) == SETTINGS
    stages = SCHEMA["$defs"]["stage"]["properties"]["stage"]["enum"]
    assert stages == [stage.value for stage in Stage if stage is not Stage.MANDATED]


# What is changed, into what, and the place and words of the mistake.
BROKEN = [
    ('version = "1.0"\n', "", "version: is missing"),
    ('version = "1.0"', "version = 1.0", "version: must be text"),
    ('version = "1.0"', 'version = " "', "version: must not be empty"),
    ('version = "1.0"', 'version = "1.0"\ncolour = "red"', "colour: is not a key that is known"),
    ('id = "plain"', 'id = "Plain!"', "id: must be words in lower case"),
    ('sort = "technical"', 'sort = "other"', "sort: 'other' is none of record, data-"),
    ('sources = ["none"]', "sources = []", "sources: must be there at least once"),
    ('sources = ["none"]', 'sources = ["a", "a"]', "sources: names something twice"),
    ('sources = ["none"]', "sources = [1]", "sources[1]: must be text"),
    ('stage = "trial"', 'stage = "mandated"', "stage[2].stage: 'mandated' is none of draft"),
    ("from = 2026-03-01", 'from = "2026-03-01"', "stage[2].from: must be a date"),
    ("from = 2026-03-01", "from = 2026-03-01T00:00:00Z", "stage[2].from: must be a date"),
    ("from = 2026-06-01", 'settings = ["moon"]\nfrom = 2026-06-01', "stage[3].settings[1]: 'moon'"),
    ("[[stage]]", "[[stages]]", "stage: must be there at least once"),
    ('on = "request"', 'on = "reply"', "clause[1].on: 'reply' is none of request, record"),
    ("present = true", "like = true", "clause[1].condition.like: is no operator"),
    ("present = true", 'matches = "["', "clause[1].condition.matches: must be a regular"),
    ("header.x-who", "body.x", "clause[1].condition: 'body.x' is neither method nor header"),
    ('condition = { fact = "text", matches = ".+" }', "", "clause[2].condition: there must be"),
    ('condition = { fact = "text", matches = ".+" }', 'check = "no"', "clause[2].check: 'no'"),
    (
        'condition = { fact = "text", matches = ".+" }',
        'check = "usual-family-name-characters"\ncondition = { fact = "text", is = 1 }',
        "clause[2].condition: there must be one of",
    ),
    ('fact = "text"', 'fact = "te xt"', "clause[2].condition: 'te xt' is not a step of a path"),
    ('applies = { types = ["Note"] }', "", "clause[2].applies.types: must name a resource type"),
    ('types = ["Note"]', 'kinds = ["Note"]', "clause[2].applies.kinds: is not a key"),
    ('id = "2"', 'id = "1"', "clause: two clauses have the same id"),
    (
        "condition = { fact",
        'applies = { types = ["Note"] }\ncondition = { fact',
        "clause[1].applies.types: is for clauses on records only",
    ),
    ('settings = ["hospital"]', "settings = []", "mandate[1]: decision founding-plain-1: settings"),
    ("warn_from = 2027-01-01\n", "", "mandate[1].warn_from: is missing"),
    ("warn_from = 2027-01-01", "warn_from = 2027-05-01", "mandate[1]: decision founding-plain-1:"),
    ("T09:00:00Z", "T09:00:00", "mandate[1].decided_at: must be a date and time with its offset"),
    ("[[mandate]]", "[mandate]", "mandate: must be a list"),
]


@pytest.mark.parametrize(("old", "new", "told"), BROKEN)
def test_mistakes_name_file_and_key(old, new, told):
    """A standard that is not written as it must be is refused, naming the file and the key."""
    with pytest.raises(ValueError, match=f"^plain.toml: {re.escape(told)}"):
        parse_standard(broken(old, new), "plain.toml")


# What only the reader can see: it compares values, compiles paths, knows the named checks, and
# can tell a date from text.
BEYOND_A_SCHEMA = (
    "stage[2].from: must be a date",
    "clause[1].condition:",
    "clause[2].condition: 'te xt'",
    "clause[2].check",
    "clause: two clauses",
    "mandate[1]: decision founding-plain-1:",
)


@pytest.mark.parametrize(("old", "new", "told"), BROKEN)
def test_the_schema_refuses_what_the_reader_refuses(old, new, told):
    """An editor that goes by the schema shows the same mistakes, but for what no schema can say."""
    assert told_by_schema(broken(old, new)) or told.startswith(BEYOND_A_SCHEMA)


def test_the_schema_accepts_what_the_reader_accepts():
    """The invented standard of these tests is one by both."""
    assert told_by_schema(PLAIN + MANDATE) == []
    assert len(plain(PLAIN + MANDATE).founding) == 1


@pytest.mark.parametrize(
    ("text", "name", "told"),
    [
        ("id = ", "plain.toml", "plain.toml: is not TOML: "),
        (PLAIN, "other.toml", "other.toml: id: the file of 'plain' must be called plain.toml"),
        (PLAIN.replace("2026-06", "2026-02"), "plain.toml", "plain.toml: stage: must be in the or"),
    ],
)
def test_mistakes_of_the_whole_file(text, name, told):
    """A file that is not TOML, is called otherwise or goes back in time is refused by its name."""
    with pytest.raises(ValueError, match=f"^{re.escape(told)}"):
        parse_standard(text, name)


def broken(old, new):
    # A list is misspelt wherever it goes on, as otherwise there would still be some of it.
    return (PLAIN + MANDATE).replace(old, new, -1 if old == "[[stage]]" else 1)


def told_by_schema(text):
    # The formats are left to the patterns, which hold wherever no format checker is installed;
    # a regular expression is the exception, and is checked here.
    checker = Draft202012Validator.FORMAT_CHECKER
    validator = Draft202012Validator(SCHEMA, format_checker=checker)
    return [error.message for error in validator.iter_errors(as_json(tomllib.loads(text)))]
