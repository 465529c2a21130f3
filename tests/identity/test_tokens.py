"""Tokens are kept by what they stand for, and never by their text."""

from datetime import UTC, datetime, timedelta

from openroots.clock import Repeatable
from openroots.identity.tokens import Token, end_of, mark_of, new_text, token_of

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TOKEN = Token("mine", ("a", "b"), NOW, NOW + timedelta(minutes=10), user="9000000009")


def test_a_token_stands_for_what_it_was_given_for(openroots):
    """What is committed under a token's text is found by that text and by no other, nor as a token
    of another kind."""
    text, other = (new_text(Repeatable(seed).bytes) for seed in (1, 2))
    openroots.holds(marks=[mark_of(text, TOKEN)])
    db = openroots.house.world.store.snapshot()
    assert token_of(text, db) == TOKEN
    assert token_of(other, db) is None
    assert token_of(text, db, kind="refresh") is None


def test_a_token_that_was_taken_back_stands_for_nothing(openroots):
    """From the commit on that takes it back, a token is as good as never given."""
    openroots.holds(marks=[mark_of("text", TOKEN)])
    openroots.holds(marks=[end_of("text", TOKEN.expires)])
    assert token_of("text", openroots.house.world.store.snapshot()) is None


def test_the_text_of_a_token_is_not_kept():
    """Neither key nor value of the mark holds the text, so a stolen store gives no token away."""
    text = new_text(Repeatable(1).bytes)
    mark = mark_of(text, TOKEN)
    assert text not in mark.key
    assert text.encode() not in mark.value
    assert len(text) == 28
