"""Programmes: data that is read, described by a schema, and held by lint."""

from datetime import date
from importlib.resources import files

import jsonschema_rs
import orjson
import pytest

from openroots.register.lifecycle import GUARDS as GUARDED
from openroots.register.lint import lint
from openroots.register.programme import GUARDS, load_programmes, parse_programme, programme_files
from openroots.register.simulation import simulated

FOLDER = files("openroots") / "programmes"
SCHEMA = orjson.loads((FOLDER / "programme.schema.json").read_bytes())
SMALL = """
id = "small"
version = "1.0"
title = "Small"
subject = "thing"
owner = "national.things"
valid_from = 2027-01-01
notice_days = 30
asked_most = 1

[[fact]]
key = "thing.size"
words = "How large it is."
type = "number"

[[stage]]
id = "new"
words = "new"
days = 10

[[stage]]
id = "done"
words = "done"
after = ["new"]
needs = [{ fact = "thing.size", gte = 1 }]

[[part]]
id = "size"
title = "Size"

[[part.question]]
id = "size.how"
fact = "thing.size"
ask = "How large is it?"

[[ladder]]
at = "enforce_from"
days = -30
do = "notify"
words = "Soon."
"""


@pytest.mark.parametrize("name", programme_files())
def test_each_programme_is_sound_and_as_its_schema_says(name):
    """Lint finds nothing, and the schema describes it."""
    assert lint(programme_files()[name], name, load_programmes()) == []
    jsonschema_rs.validate(SCHEMA, load_programmes()[name.removesuffix(".toml")].data)


def test_each_guard_that_a_programme_can_name_is_there():
    assert set(GUARDS) == set(GUARDED)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('id = "small"', "id =", 2, "is not TOML"),
        ("notice_days = 30", "notice_dais = 30", 8, "is not a key that is known here"),
        ('type = "number"', 'type = "mood"', 14, "'mood' is none of text, number"),
        ('after = ["new"]', 'after = ["old"]', 24, "'old' is no stage"),
        ('after = ["new"]', "after = []", 21, "'done' has no way in"),
        ('after = ["new"]', 'after = ["done"]', 21, "'done' cannot be reached"),
        ("gte = 1", 'is = 1, why = "x"', 25, "is no operator"),
        ('fact = "thing.size", gte', 'fact = "thing.age", gte', 25, "'thing.age' is no fact"),
        ('fact = "thing.size"\nask', 'fact = "thing.age"\nask', 33, "'thing.age' is no fact"),
        (
            'ask = "How large is it?"',
            'ask = "How large is it?"\nwhen = { fact = "thing.size", gte = 1 }',
            35,
            "waits for itself",
        ),
        ("asked_most = 1", "asked_most = 0", 9, "1 questions are to be typed, 0 allowed"),
        ("valid_from = 2027-01-01", "valid_from = 2027-02-30", 7, "is not TOML"),
        ("notice_days = 30", "notice_days = 20", 38, "is told before the notice"),
        ("days = 10", "days = -1", 19, "no stage is shorter"),
        ("days = 10", "days = 2000", 19, "longer than 3 years"),
        (
            'words = "Soon."',
            'words = "Soon."\n[[ladder]]\nat = "warn_from"\ndays = 0\ndo = "notify"\nwords = "w"',
            41,
            "comes before the step above it",
        ),
        (
            'words = "Soon."',
            'words = "Soon."\n'
            '[[ladder]]\nat = "enforce_from"\ndays = -30\ndo = "notify"\nwords = "Soon."',
            41,
            "is there already",
        ),
        ('id = "small"', 'id = "<small>"', 2, "must be words in lower case"),
        ('id = "small"', f'id = "small"\ntitle = {"[" * 5000}', 1, "is nested too deep"),
        ("notice_days = 30", f"notice_days = {'9' * 5000}", 1, "thousands of digits"),
        ('id = "small"', f'id = "small"\n{"# long" * 50_000}', 1, "is longer than 262144"),
        ("days = 10", 'days = 10\nguards = ["luck"]', 20, "'luck' is none of"),
        ("gte = 1 }]", "before = 2027-01-01 }]", 25, "is number, of which 'before' tells nothing"),
        ("gte = 1 }]", 'is = "big" }]', 25, "'thing.size' is number, and never 'big'"),
        ('type = "number"', 'type = "url"', 25, "is url, of which 'gte' tells nothing"),
        (
            "needs = [{ fact",
            'needs = [{ not = { any = [{ fact = "thing.size", matches = "x" }] } }, { fact',
            25,
            "of which 'matches' tells nothing",
        ),
    ],
)
def test_each_mistake_is_told_with_its_line(old, new, line, words):
    """And in words that say what is wrong."""
    assert SMALL.count(old) >= 1
    found = lint(SMALL.replace(old, new, 1), "small.toml")
    assert [(one.file, one.line) for one in found][:1] == [("small.toml", line)], found
    assert words in found[0].words


def test_three_years_of_days_give_the_same_dates_twice():
    """With a leap day, bank holidays and four changes of the clock among them."""
    standards = load_programmes()["standards"]
    begin, end = date(2027, 10, 2), date(2030, 10, 2)
    course = simulated(standards, begin, end)
    assert course == simulated(parse_programme(*_file("standards")), begin, end)
    told = dict(course.told)
    # It begins on the first Monday; 84 days later is Monday 27 December 2027, in place of Christmas
    # Day, and 28 December is in place of Boxing Day. 180 days of notice pass the leap day of 2028.
    assert course.reached["agreed"] == date(2027, 12, 29)
    assert course.reached["published"] == date(2028, 1, 28)
    assert told["enforce"] == date(2028, 7, 26)
    assert told["require-plan"] == date(2028, 4, 27)


def _file(id):
    return programme_files()[f"{id}.toml"], f"{id}.toml"
