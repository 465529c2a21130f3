"""Whether somebody lives, or lived, where it is said: by postcode, house and lines.

For tracing.

Source: none.
"""

import re

from openroots.tracing.person import Address, Known, Wanted
from openroots.tracing.spelling import distance

SAME, MISTYPED, FORMER = "same", "one slip", "former"
HOUSE_DIFFERS, LINES_ONLY, DIFFERS = "another house", "same lines", "differs"

# By how much each lessens a score, the best first.
ADDRESS = {SAME: 1.0, MISTYPED: 0.97, LINES_ONLY: 0.95, HOUSE_DIFFERS: 0.85, DIFFERS: 0.75}
NO_LONGER_SO = 0.95
ADDRESS |= {f"{FORMER}, {word}": NO_LONGER_SO * factor for word, factor in ADDRESS.items()}
WORD = re.compile(r"\w+")
ALIKE = 0.6  # the share of words that two sets of lines have in common, at least


def at_address(wanted: Wanted, known: Known) -> str:
    """How the address that is sought is held, in words; "" where either side knows none."""
    best = ""
    for sought in wanted.lived:
        for held in known.addresses:
            word = _one(sought, held)
            if word and not held.now and word != DIFFERS:
                word = f"{FORMER}, {word}"
            if word and (not best or ADDRESS[word] > ADDRESS[best]):
                best = word
    return best


def _one(sought: Address, held: Address) -> str:
    """How one address is another, in words."""
    if not sought.postcode or not held.postcode:
        lines = _lines(sought.lines, held.lines)
        return "" if lines is None else LINES_ONLY if lines else DIFFERS
    if sought.postcode == held.postcode:
        return HOUSE_DIFFERS if _lines(sought.lines, held.lines) is False else SAME
    near = distance(sought.postcode, held.postcode) == 1
    if near or sought.lines:
        lines = _lines(sought.lines, held.lines)
        return DIFFERS if not lines else MISTYPED if near else LINES_ONLY
    return DIFFERS


def _lines(sought: tuple[str, ...], held: tuple[str, ...]) -> bool | None:
    """Whether lines are of one house in one street; None where either side has none."""
    if not sought or not held:
        return None
    if sought == held:
        return True
    own, others = _words(sought), _words(held)
    if _numbers(own) != _numbers(others):
        return False
    both = own & others
    return len(both) > 1 and len(both) >= ALIKE * min(len(own), len(others))


def _words(lines: tuple[str, ...]) -> set[str]:
    return set(WORD.findall(" ".join(lines).replace("'", "")))


def _numbers(words: set[str]) -> set[str]:
    return {word for word in words if not word.isalpha()}
