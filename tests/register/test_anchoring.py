"""Comments are found again where their words went, in time that grows with the text alone."""

import time
from random import Random

import pytest

from openroots.register.anchoring import placed
from openroots.register.consultation import Comment
from tests.register.samples import moment

WORDS = ["standard", "patient", "shall", "record", "every", "the", "of", "and", "system", "purpose"]


def comment(quote, section="1"):
    return Comment(
        *("a.1", "a", 1, "comment", "Why?", moment("2027-01-11"), "x"), section=section, quote=quote
    )


@pytest.mark.parametrize(
    ("quote", "texts", "state", "section"),
    [
        ("in one word", {"1": "Name it in one word."}, "kept", "1"),
        ("in one word", {"2": "Name it in one word."}, "moved", "2"),
        ("in one word", {"1": "Name it in one words."}, "kept", "1"),
        ("in one word", {"1": "Name it in a word."}, "moved", "1"),
        ("in one word", {"1": "Name it."}, "orphaned", ""),
        ("in one word", {}, "orphaned", ""),
        ("organisation", {"1": "Each organization says so."}, "moved", "1"),
        (
            "every call says what it is for",
            {"1": "That every call told what it is for."},
            "moved",
            "1",
        ),
        (
            "every call says what it is for",
            {"1": "No call is told of here, or for it."},
            "orphaned",
            "",
        ),
        ("one two three four five", {"2": "one two three four fife", "1": "x"}, "moved", "2"),
        ("", {"1": "Anything"}, "kept", "1"),
        ("", {"2": "Anything"}, "orphaned", ""),
    ],
)
def test_a_comment_is_where_its_words_are_or_what_is_most_like_them(quote, texts, state, section):
    found = placed(comment(quote), texts)
    assert (found.state, found.section) == (state, section)


def test_of_two_that_are_as_like_the_one_in_its_own_section_is_taken():
    edited = "each call says for what it is"
    texts = {"1": f"First. {edited}", "2": edited, "3": edited}
    assert placed(comment("every call says for what it is", "2"), texts).section == "2"


def test_a_long_text_that_was_edited_throughout_is_searched_quickly():
    """Anybody may comment, and each comment is placed whenever they are read."""
    chance = Random(7)
    words = [chance.choice(WORDS) for _ in range(15_000)]
    edited = [word if chance.random() > 0.1 else chance.choice(WORDS) for word in words]
    for length in (2, 5, 40, 150):
        quote = " ".join(words[5_000 : 5_000 + length])
        begun = time.process_time()
        found = placed(comment(quote), {"1": " ".join(edited)})
        assert time.process_time() - begun < 2
        assert found.state != "orphaned"
