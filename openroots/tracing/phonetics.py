"""How names sound: Soundex, of whole names and of their parts.

For tracing, and for the index that it looks in. Names come folded: without case or accents.

Source: Soundex, as the United States National Archives describe it.
"""

import re
from functools import lru_cache

from openroots.tracing.names import KEPT, parts_of

# Each letter's digit; a vowel's parts two letters of one code. H and W do not.
LENGTH, VOWEL = 4, "0"
CODES = str.maketrans("bfpvcgjkqsxzdtlmnraeiouy", "111122222222334556000000", "hw")
NOT_LETTERS = re.compile(r"[^a-z]")
SHORTEST_PART = 3  # letters: "de" and "la" say nothing of a name


@lru_cache(KEPT)
def soundex(name: str) -> str:
    """The Soundex code of a name, such as S530; "" for one that has no Latin letter."""
    letters = name if name.isalpha() and name.isascii() else NOT_LETTERS.sub("", name)
    if not letters:
        return ""
    code, last = letters[0].upper(), letters[0].translate(CODES)
    for digit in letters[1:].translate(CODES):
        if digit not in (last, VOWEL):
            code += digit
            if len(code) == LENGTH:
                return code
        last = digit
    return code.ljust(LENGTH, VOWEL)


@lru_cache(KEPT)
def sounds(name: str) -> tuple[str, ...]:
    """How a name sounds, and how each part of a name of several parts does."""
    own = soundex(name)
    if name.isalpha():  # by far the most usual
        return (own,) if own else ()
    parts = parts_of(name)
    long = [part for part in parts if len(part) >= SHORTEST_PART] if len(parts) > 1 else []
    return tuple(filter(None, dict.fromkeys((own, *map(soundex, long)))))


def heard(name: str) -> tuple[str, ...]:
    """What a name is looked for by: how it sounds, or itself where it has no Latin letter."""
    return sounds(name) or ((name,) if name else ())


def sound_alike(one: str, other: str) -> bool:
    """Whether two names are homophones, or one is a homophone of a part of the other."""
    own, others = soundex(one), soundex(other)
    return bool(own and others) and (own == others or own in sounds(other) or others in sounds(one))
