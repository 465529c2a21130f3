"""Regular expressions: what they find is what Python finds, and none takes for ever."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openroots.fhir.path import PathError
from openroots.fhir.path.automaton import Automaton
from openroots.fhir.path.patterns import Regex
from openroots.fhir.path.regex import read

PATTERNS = [
    *("a", "ab", "a|b", "^a", "a$", "^$", "", "a*", "a+b", "a?b", "(a|b)*c", "a{2}", "a{2,}b"),
    *("a{1,3}b", "[ab]c", "[^a]b", r"\d+", r"\w\s", r"a\.b", ".b.", "(ab)+", "(a|ab)(c|bcd)"),
    *(
        r"[\-a]+",
        r"[\]a]",
        "[]a]",
        "a{x}",
        "x]",
        r"(\.[a-z]+(\[x])?)*",
        "(^a|b$)",
        "a+?b",
        "(a*)*b",
    ),
]


@pytest.mark.parametrize("pattern", PATTERNS)
@settings(max_examples=25, deadline=None, database=None)
@given(text=st.text("abc1. ]\n", max_size=8))
def test_both_engines_find_what_python_finds(pattern: str, text: str) -> None:
    oracle = re.compile(pattern.replace("$", r"\Z"), re.DOTALL | re.ASCII)
    parts = read(pattern)
    for whole, found in ((False, oracle.search(text)), (True, oracle.fullmatch(text))):
        assert Regex(pattern).finds(text, whole) is (found is not None)
        assert Automaton(parts, whole).finds(text) is (found is not None)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("^(a+)+$", "a" * 50_000 + "b"),
        ("^(a|a)*$", "a" * 50_000 + "b"),
        ("(a*)*b", "a" * 50_000),
        ("a*a*a*a*a*b", "a" * 20_000),
        ("(.*)(.*)(.*)x", "a" * 20_000),
        (r"^(\w+\s?)*$", "word " * 5_000 + "!"),
    ],
)
def test_an_expression_that_would_take_for_ever_is_answered(pattern: str, text: str) -> None:
    assert Regex(pattern).finds(text) is False


@pytest.mark.parametrize(
    "pattern", ["(a{1,900}){1,900}", "a{5000}", "(" * 40 + ")" * 40, "x" * 3000]
)
def test_an_expression_that_is_too_large_is_refused(pattern: str) -> None:
    with pytest.raises(PathError):
        Regex(pattern).finds("a" * 3_000)


def test_a_replacement_that_could_take_for_ever_is_refused() -> None:
    with pytest.raises(PathError, match="repeats a repetition"):
        Regex("(a+)+b").replaced("aaa", "")
    with pytest.raises(PathError, match="too long"):
        Regex("a*a*a*b").replaced("a" * 10_000, "")


def test_a_replacement_takes_groups_by_number() -> None:
    pattern = Regex(r"(\d\d)/(\d\d)/(\d{4})")
    assert pattern.replaced("on 11/30/1972", "$2-$1-$3 $$ \\1") == "on 30-11-1972 $ \\1"
