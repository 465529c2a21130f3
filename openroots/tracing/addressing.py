"""Whether somebody lives, or lived, where it is said: by postcode, house and lines.

For tracing.

Source: none.
"""

import re
from collections import Counter
from collections.abc import Iterable

from openroots.fhir import patient as about
from openroots.tracing.person import Address, Known, Wanted
from openroots.tracing.spelling import distance

SAME, MISTYPED, FORMER = "same", "one slip", "former"
HOUSE_DIFFERS, LINES_ONLY, LINES_ALIKE = "another house", "same lines", "lines alike"
DIFFERS = "differs"

# By how much each lessens a score, the best first.
ADDRESS = {SAME: 1.0, MISTYPED: 0.97, LINES_ONLY: 0.95, LINES_ALIKE: 0.9}
ADDRESS |= {HOUSE_DIFFERS: 0.85, DIFFERS: 0.75}
NO_LONGER_SO = 0.95
ADDRESS |= {f"{FORMER}, {word}": NO_LONGER_SO * factor for word, factor in ADDRESS.items()}
WORD = re.compile(r"\w+")
APOSTROPHES = re.compile("['’]")
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
    if any(each.postcode.startswith(about.NO_PLACE) for each in (sought, held)):
        return ""
    shared = _shared(sought.lines, held.lines)
    if sought.postcode == held.postcode != "":
        return SAME if shared is None or shared >= ALIKE else HOUSE_DIFFERS
    told = bool(sought.postcode and held.postcode)
    if shared is None:
        return DIFFERS if told else ""
    # As streets of one town share its name and the county's, and one street may be called by them.
    if shared < 1.0 or not _agree(sought.lines, held.lines):
        return LINES_ALIKE if shared >= ALIKE else DIFFERS
    return MISTYPED if told and distance(sought.postcode, held.postcode) == 1 else LINES_ONLY


def _shared(sought: tuple[str, ...], held: tuple[str, ...]) -> float | None:
    """Which share of the words of the shorter lines the others have too, as often: 0 where they
    tell of another house; None where either side has none."""
    if not sought or not held:
        return None
    own, others = Counter(_words(sought)), Counter(_words(held))
    numbers, both = _numbers(own), (own & others).total()
    if not numbers:  # then the house is told by a name
        return float(own == others)
    if numbers != _numbers(others) or both == 1:
        return 0.0
    return both / min(own.total(), others.total())


def _agree(sought: tuple[str, ...], held: tuple[str, ...]) -> bool:
    """Whether the words of the shorter lines stand in the longer in their order, and the street
    begins alike: a York Street in High Wycombe is no High Street in York, and whoever tells of
    number 12 in Leeds tells of no street."""
    short, long = sorted((_words(sought), _words(held)), key=len)
    rest = iter(long)
    return _street(short) == _street(long) and all(word in rest for word in short)


def _street(words: list[str]) -> str:
    """The word after the last that numbers a house or flat; "" where none does."""
    numbers = _numbers(words)
    last = max((at for at, word in enumerate(words) if word in numbers), default=len(words))
    return "".join(words[last + 1 : last + 2])


def _words(lines: tuple[str, ...]) -> list[str]:
    return WORD.findall(APOSTROPHES.sub("", " ".join(lines)))


def _numbers(words: Iterable[str]) -> set[str]:
    """The words that number a house or flat: 12, 12a, and the B of Flat B."""
    return {word for word in words if not word.isalpha() or len(word) == 1}
