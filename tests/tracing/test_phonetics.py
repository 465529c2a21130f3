"""How names sound."""

import pytest

from openroots.tracing.phonetics import sound_alike, soundex, sounds


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("robert", "R163"),
        ("rupert", "R163"),
        ("tymczak", "T522"),
        ("pfister", "P236"),
        ("ashcraft", "A261"),
        ("honeyman", "H555"),
        ("smith", "S530"),
        ("smythe", "S530"),
        ("lee", "L000"),
        ("o'reilly", "O640"),
        ("李", ""),
        ("", ""),
    ],
)
def test_soundex(name: str, code: str) -> None:
    """Names have the Soundex code that its definition gives."""
    assert soundex(name) == code


def test_parts_of_names() -> None:
    """A name of several parts sounds like the whole and like each part that says something."""
    assert sounds("smith-jones") == (soundex("smith-jones"), "S530", "J520")
    assert sounds("de souza") == (soundex("de souza"), "S200")
    assert sound_alike("smythe", "smith-jones")
    assert not sound_alike("de souza", "de lima")
    assert not sound_alike("李", "王")
