"""What recurs in kept JSON is kept short, and comes back byte by byte."""

from datetime import date

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from openroots.population import make
from openroots.storage.phrases import PAIRS, PHRASES, SIGNS, short, whole

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def test_a_record_is_kept_in_a_third_of_its_bytes() -> None:
    """Of made-up people, and comes back as it was."""
    bodies = [
        orjson.dumps(change.body)
        for household in make(60, 7, date(2026, 7, 1))
        for change in household.changes
    ]
    kept = [short(body) for body in bodies]
    assert [whole(each) for each in kept] == bodies
    assert sum(map(len, kept)) < sum(map(len, bodies)) / 2.8


@settings(max_examples=50)
@given(st.lists(TEXT, max_size=4))
def test_any_json_comes_back(value: list[str]) -> None:
    """Whatever signs and phrases it holds itself."""
    raw = orjson.dumps([value, PHRASES[0].decode(errors="replace")])
    assert whole(short(raw)) == raw


def test_what_was_kept_before_there_were_signs_reads_as_it_is() -> None:
    """JSON holds no control characters, so there is nothing to undo."""
    raw = orjson.dumps({"resourceType": "Patient", "id": "9000000009"})
    assert whole(raw) == raw


def test_each_phrase_has_a_sign_of_its_own() -> None:
    """There are enough signs; no phrase holds one, or a part that separates forms."""
    assert len(PAIRS) == len(PHRASES) <= len(SIGNS)
    assert len(set(PHRASES)) == len(PHRASES)
    assert not any(sign in phrase for sign in (*SIGNS, b"\n") for phrase in PHRASES)
