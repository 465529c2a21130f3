"""Conditions: one test of facts, written as data, parsed in one place."""

import re
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openroots.register.condition import Condition, parse_condition
from openroots.register.definition import Table
from openroots.register.path import read_record


def parsed(data):
    return parse_condition(Table(data, "some.toml: when"))


def holds(data, record):
    return parsed(data).compiled(read_record)(record)


@pytest.mark.parametrize(
    ("data", "value", "met"),
    [
        ({"is": "a"}, "a", True),
        ({"is": "a"}, "A", False),
        ({"is": 1}, 1.0, True),
        ({"is": 1}, True, False),
        ({"is": True}, 1, False),
        ({"any": ["a", 2]}, 2, True),
        ({"any": ["a", 2]}, "b", False),
        ({"any": [1]}, True, False),
        ({"gte": 3}, 3, True),
        ({"gte": 3}, 2.9, False),
        ({"gte": 3}, "4", False),
        ({"gte": 0}, True, False),
        ({"lte": 3}, 3, True),
        ({"lte": 3}, 4, False),
        ({"before": date(2027, 1, 1)}, "2026-12-31T23:59:00Z", True),
        ({"before": date(2027, 1, 1)}, "2027-01-01", False),
        ({"before": date(2027, 1, 2)}, "2027", True),
        ({"after": date(2027, 1, 1)}, "2027-01-01T10:00:00Z", False),
        ({"after": date(2027, 1, 1)}, "2027-02", True),
        ({"after": date(2027, 1, 1)}, "soon", False),
        ({"after": date(2027, 1, 1)}, 2028, False),
        ({"matches": "[a-c]+"}, "abc", True),
        ({"matches": "[a-c]+"}, "abcd", False),
        ({"matches": "[a-c]+"}, "abc\n", False),
        ({"matches": "1"}, 1, False),
        ({"present": True}, "", True),
        ({"present": True}, None, False),
        ({"present": False}, None, True),
        ({"present": False}, 0, False),
    ],
)
def test_operators(data, value, met):
    """Each operator tests one value, and a value of another kind does not meet it."""
    assert holds({"fact": "it", **data}, {"it": value}) is met


def test_moments_with_offsets_are_compared_as_moments():
    """A moment is before another by the clock of the world, whatever offsets they are told in."""
    data = {"fact": "it", "before": datetime.fromisoformat("2027-06-01T12:00:00+01:00")}
    assert holds(data, {"it": "2027-06-01T10:59:59Z"})
    assert not holds(data, {"it": "2027-06-01T12:00:00"})


@pytest.mark.parametrize(
    ("record", "strict", "lenient"),
    [
        ({"name": [{"given": ["a", "b"]}]}, True, True),
        ({"name": [{"given": ["a", "B"]}]}, False, False),
        ({"name": [{"given": ["a"]}, {}]}, False, True),
        ({"name": []}, False, True),
        ({}, False, True),
    ],
)
def test_every_value_must_pass(record, strict, lenient):
    """A condition holds for each value that there is and for one at least, or for none if told."""
    data = {"fact": "name.given", "matches": "[a-z]"}
    assert holds(data, record) is strict
    assert holds({**data, "missing_ok": True}, record) is lenient


def test_conditions_combine():
    """Conditions combine by all, any and not, as deep as one likes."""
    a, b = {"fact": "a", "is": 1}, {"fact": "b", "is": 1}
    either = {"any": [{"all": [a, b]}, {"not": {"any": [a, b]}}]}
    met = [holds(either, {"a": x, "b": y}) for x in (0, 1) for y in (0, 1)]
    assert met == [True, False, False, True]
    assert list(parsed(either).facts()) == ["a", "b", "a", "b"]


@pytest.mark.parametrize(
    ("data", "place", "words"),
    [
        ({"fact": "a", "like": 1}, "some.toml: when.like", "is no operator; there are is, any"),
        ({"fact": "a", "is": 1, "gte": 2}, "some.toml: when", "must have exactly one of is, any"),
        ({"fact": "a"}, "some.toml: when", "must have exactly one of"),
        ({"fact": " ", "is": 1}, "some.toml: when.fact", "must not be empty"),
        ({"fact": "a", "is": date(2027, 1, 1)}, "some.toml: when.is", "must be text, a number"),
        ({"fact": "a", "any": []}, "some.toml: when.any", "must be a list"),
        ({"fact": "a", "gte": True}, "some.toml: when.gte", "must be a number"),
        ({"fact": "a", "before": "2027-01-01"}, "some.toml: when.before", "must be a date"),
        ({"fact": "a", "matches": "["}, "some.toml: when.matches", "must be a regular expression"),
        ({"fact": "a", "present": "yes"}, "some.toml: when.present", "must be true or false"),
        (
            {"fact": "a", "present": True, "missing_ok": True},
            "some.toml: when.missing_ok",
            "says nothing beside present",
        ),
        ({"fact": "a", "is": 1, "missing_ok": 1}, "some.toml: when.missing_ok", "must be true"),
        ({}, "some.toml: when", "must have a fact, or exactly one of all, any, not"),
        (
            {"fakt": "a", "is": 1},
            "some.toml: when.fakt",
            "is no operator; there are a fact, or all",
        ),
        ({"all": []}, "some.toml: when.all", "must hold a condition at least"),
        ({"not": []}, "some.toml: when.not", "must be a table"),
        ({"any": [{"fact": "a", "is": 1}, "b"]}, "some.toml: when.any[2]", "must be a table"),
        ({"any": [{"not": {"fact": "a", "was": 1}}]}, "some.toml: when.any[1].not.was", "is no"),
        ({"not": {"fact": "a", "is": 1}, "fact ": 1}, "some.toml: when.fact ", "is no operator"),
    ],
)
def test_mistakes_name_their_place(data, place, words):
    """A condition that is not one is refused, with the place of the mistake in its file."""
    with pytest.raises(ValueError, match=f"^{re.escape(place)}: {re.escape(words)}"):
        parsed(data)


def test_a_fact_that_cannot_be_read_is_refused():
    """A condition on a fact that its reader does not know is refused when it is compiled."""
    with pytest.raises(ValueError, match="'a b' is not a step"):
        parsed({"fact": "a b", "is": 1}).compiled(read_record)


SCALARS = st.one_of(st.sampled_from(["", "a", "b", "ab"]), st.integers(0, 3), st.booleans())
DATES = st.dates(date(2026, 12, 30), date(2027, 1, 2))
FACTS = st.sampled_from(["a", "b"])


def one_test(operator, wanted):
    return st.builds(
        lambda fact, value, missing_ok: {"fact": fact, operator: value, "missing_ok": missing_ok},
        FACTS,
        wanted,
        st.booleans(),
    )


TESTS = st.one_of(
    one_test("is", SCALARS),
    one_test("any", st.lists(SCALARS, min_size=1, max_size=3)),
    one_test("gte", st.integers(0, 3)),
    one_test("lte", st.integers(0, 3)),
    one_test("before", DATES),
    one_test("after", DATES),
    one_test("matches", st.sampled_from(["a*", "[ab]", "."])),
    st.builds(lambda fact, wanted: {"fact": fact, "present": wanted}, FACTS, st.booleans()),
)
CONDITIONS = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda part: {"not": part}, inner),
    ),
    max_leaves=6,
)
VALUES = st.one_of(SCALARS, DATES.map(str), st.none())
RECORDS = st.dictionaries(FACTS, st.one_of(VALUES, st.lists(VALUES, max_size=3)))


@settings(deadline=None)
@given(CONDITIONS, RECORDS)
def test_compiled_agrees_with_a_plain_reading(data, record):
    """A compiled condition says of every record what one says who reads it word by word."""
    assert holds(data, record) is plainly(data, record)


@settings(deadline=None)
@given(CONDITIONS)
def test_a_condition_is_written_as_it_was_read(data):
    """A condition that is written out and read again is the same, but for dates told as text."""
    condition = parsed(data)
    assert isinstance(condition, Condition)
    if not {"before", "after"} & operators(data):
        assert parsed(condition.to_data()) == condition


def plainly(data, record):
    if "fact" not in data:
        [(word, parts)] = data.items()
        if word == "not":
            return not plainly(parts, record)
        met = [plainly(part, record) for part in parts]
        return False not in met if word == "all" else True in met
    value = record.get(data["fact"])
    values = value if isinstance(value, list) else [value]
    there = [one for one in values if one is not None]
    if "present" in data:
        complete = bool(values) and len(there) == len(values)
        return complete == data["present"]
    if not data["missing_ok"] and (not values or len(there) < len(values)):
        return False
    return all(passes(one, data) for one in there)


def passes(value, data):
    number = type(value) in (int, float)
    match data:
        case {"is": wanted}:
            return type(value) is type(wanted) and value == wanted
        case {"any": wanted}:
            return any(type(value) is type(one) and value == one for one in wanted)
        case {"gte": wanted}:
            return number and value >= wanted
        case {"lte": wanted}:
            return number and value <= wanted
        case {"matches": wanted}:
            return type(value) is str and re.fullmatch(wanted, value) is not None
        case {"before": wanted}:
            return str(value)[:2] == "20" and value < str(wanted)
        case {"after": wanted}:
            return str(value)[:2] == "20" and value > str(wanted)


def operators(data):
    if "fact" in data:
        return set(data)
    [(_, parts)] = data.items()
    parts = parts if isinstance(parts, list) else [parts]
    return set().union(*map(operators, parts))
