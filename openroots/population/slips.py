"""Slips of the hand and the ear: how one word comes out with one thing wrong.

For `errors`. Each slip takes a word and a chance, and gives the word back as it was where there is
no room for it.

Source: the common typing and hearing errors that generators of test data know; tables are ours.
"""

from collections.abc import Callable, Mapping
from random import Random

# What sounds alike is written for each other, in both directions.
ALIKE = (
    *(("ph", "f"), ("ck", "k"), ("c", "k"), ("ie", "y"), ("ee", "ea"), ("s", "z"), ("tt", "t")),
    *(("ll", "l"), ("nn", "n"), ("th", "t"), ("ai", "ay"), ("ou", "u"), ("w", "v"), ("j", "y")),
    *(("kh", "k"), ("q", "k"), ("x", "ks"), ("aa", "a"), ("oo", "u"), ("e", "i"), ("sz", "sh")),
)
ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890")


def transposed(text: str, chance: Random) -> str:
    """With two neighbouring letters in each other's place."""
    at = _place(text, chance, 1)
    return text if at < 0 else text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def dropped(text: str, chance: Random) -> str:
    """With a letter left out."""
    at = _place(text, chance)
    return text if at < 0 or len(text) < 3 else text[:at] + text[at + 1 :]


def doubled(text: str, chance: Random) -> str:
    """With a letter written twice."""
    at = _place(text, chance)
    return text if at < 0 else text[: at + 1] + text[at].lower() + text[at + 1 :]


def mistyped(text: str, chance: Random) -> str:
    """With a letter that is next to the right one on a keyboard."""
    at = _place(text, chance)
    row = next((row for row in ROWS if at >= 0 and text[at].lower() in row), "")
    if not row:
        return text
    place = row.index(text[at].lower())
    other = row[place - 1] if place else row[1]
    return text[:at] + (other.upper() if text[at].isupper() else other) + text[at + 1 :]


def misheard(text: str, chance: Random) -> str:
    """Written as it sounds, in another way."""
    low = text.lower()
    pairs = [*ALIKE, *((other, one) for one, other in ALIKE)]
    fitting = [pair for pair in pairs if pair[0] in low]
    if not fitting:
        return text
    one, other = chance.choice(fitting)
    changed = low.replace(one, other, 1)
    return changed[:1].upper() + changed[1:] if text[:1].isupper() else changed


SLIPS: Mapping[str, tuple[Callable[[str, Random], str], str]] = {
    "transposed": (transposed, "two letters are transposed"),
    "dropped": (dropped, "a letter is left out"),
    "doubled": (doubled, "a letter is written twice"),
    "mistyped": (mistyped, "a letter is the one next to it on the keyboard"),
    "misheard": (misheard, "it is written as it sounds"),
}


def _place(text: str, chance: Random, after: int = 0) -> int:
    """Where a letter is, of which as many as `after` follow; mostly not the first. -1: nowhere."""
    last = len(text) - after
    places = [at for at in range(last) if text[at : at + after + 1].isalpha()]
    later = [at for at in places if at]
    if later and (chance.random() < 0.9 or not places):
        return chance.choice(later)
    return chance.choice(places) if places else -1
