"""A regular expression that a team wrote cannot hold the gateway, whatever is sent."""

import time

import pytest

from openroots.register.condition import parse_condition
from openroots.register.definition import Table
from openroots.register.path import read_record
from openroots.register.pattern import Pattern

SECONDS = 2.0  # for thousands of texts, on a machine that is busy with much else
CATASTROPHIC = ["(a+)+b", "(a|a)*b", "(.*a){20}", "([ab]*[ab]*)*c", "a*a*a*a*b", "(x?a?){100}z"]


@pytest.mark.parametrize("pattern", CATASTROPHIC)
def test_a_pattern_that_could_take_for_ever_does_not(pattern):
    """Not on one long text, and not on a record with a great many."""
    asked = {"fact": "name.family", "matches": pattern}
    judge = parse_condition(Table(asked, "s")).compiled(read_record)
    begun = time.process_time()
    assert judge({"name": [{"family": "a" * 9_999 + "!"}]}) is False
    assert judge({"name": [{"family": "a" * 40 + "!"}] * 1_000}) is False
    assert judge({"name": [{"family": "a"}] * 100_000}) is False
    assert time.process_time() - begun < SECONDS


@pytest.mark.parametrize(
    ("pattern", "text", "fits", "is_in"),
    [
        ("[0-9]{3}", "123", True, True),
        ("[0-9]{3}", "x123", False, True),
        ("^a|b$", "xb", False, True),
        (".+", "two\nlines", True, True),
        (".+", "", False, False),
        ("a", 7, False, False),
        ("a", None, False, False),
        ("a+", "a" * 10_001, False, False),
    ],
)
def test_a_pattern_is_the_whole_text_or_in_it(pattern, text, fits, is_in):
    asked = Pattern(pattern)
    assert (asked.fits(text), asked.is_in(text)) == (fits, is_in)


@pytest.mark.parametrize(
    "pattern", ["(?=a)a", r"(a)\1", "(", "a{1,2000}", "((a{90}){90})", "(?i)a"]
)
def test_what_cannot_be_bounded_is_refused_when_it_is_read(pattern):
    """With the place where it stands."""
    with pytest.raises(ValueError, match="regular expression"):
        Pattern(pattern)
    with pytest.raises(ValueError, match="s: matches: must be a regular expression, without look"):
        parse_condition(Table({"fact": "id", "matches": pattern}, "s"))
