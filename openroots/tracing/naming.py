"""How well a name fits the one that is sought: spelt so, for short, by its sound, mistyped, in
another order.

For tracing.

Source: PDS FHIR API, "Search for a patient", for what a fuzzy search finds; the factors are ours.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from openroots.tracing.names import (
    GIVEN_TO_MANY,
    bare,
    in_another_order,
    is_initial,
    is_of_many,
    joined,
    of_one_family,
    parts_of,
)
from openroots.tracing.nicknames import called
from openroots.tracing.person import Name, Wanted
from openroots.tracing.phonetics import sound_alike
from openroots.tracing.spelling import FAR, distance, is_slip

SAME, SHORT, WRITTEN = "same", "short name", "written otherwise"
PARTICLE, ORDER = "particle", "words in another order"
SOUND, ENDING = "sounds alike", "other ending"
INITIAL, SLIP, ELSEWHERE = "initial", "mistyped", "elsewhere in the name"
NEAR, DIFFERS, NOT_HELD = "differs a little", "differs", "not held"

# By how much each lessens a score.
FACTORS = {
    **{"": 1.0, SAME: 1.0, WRITTEN: 0.98, PARTICLE: 0.95, ORDER: 0.95, SHORT: 0.9, SOUND: 0.85},
    **{
        ENDING: 0.85,
        INITIAL: 0.8,
        ELSEWHERE: 0.8,
        SLIP: 0.75,
        NOT_HELD: 0.7,
        NEAR: 0.6,
        DIFFERS: 0.4,
    },
}
TRANSPOSED = 0.8
FURTHER_NAME_DIFFERS = 0.95
NO_LONGER_SO = 0.95
BY_DOUBT = (SAME, INITIAL, SOUND, DIFFERS)  # words for further names, those most in doubt last
SURE = frozenset({SAME, WRITTEN})  # words that say that a given name is the one sought
OF_MANY = "same, as brothers or sisters may have it"
GUESSES = frozenset({INITIAL, ELSEWHERE, SLIP})  # liberties beyond those that PDS publishes
UNFIT = frozenset({NEAR, DIFFERS, NOT_HELD})  # words that say that a name is not the one sought


class Fit(NamedTuple):
    """How well a name fits, 0 to 1, and in words of which way."""

    value: float
    family: str = ""
    given: str = ""
    further: str = ""
    order: str = ""


NOTHING = Fit(1.0)
NO_NAME = Fit(FACTORS[NOT_HELD] ** 2, NOT_HELD, NOT_HELD)


def named(wanted: Wanted, names: Sequence[Name]) -> Fit:
    """How well the best of the names that are held fits the best of those that are sought."""
    if not (wanted.family or wanted.given or wanted.names):
        return NOTHING
    fits = [
        _held_so(_of_name(sought, held), held)
        for sought in wanted.called
        for held in names
        if sought.family or sought.given
    ]
    return max(fits, key=lambda fit: fit.value, default=NO_NAME)


def _held_so(fit: Fit, held: Name) -> Fit:
    """The same, with what it takes that the name is not, or not in full, what they go by."""
    if held.short and fit.given in SURE:
        fit = fit._replace(given=f"{SAME}, as a {SHORT}")
    if held.now:
        return fit
    return fit._replace(value=fit.value * NO_LONGER_SO, order=f"former {fit.order}".strip())


def _of_name(sought: Name, held: Name) -> Fit:
    """How well one name fits, with family and given name in their places or transposed."""
    family, given = _family(sought.family, held), _given(sought.given, held.given)
    straight = _fit(family, given, sought, held)
    if straight.value >= TRANSPOSED:
        return straight
    crossed = _crossed(sought, held)
    return crossed if crossed and crossed.value > straight.value else straight


def _crossed(sought: Name, held: Name) -> Fit | None:
    """As given name what was sought as family name, and the reverse."""
    if not held.given:
        return None
    first = sought.given[0] if sought.given else ""
    family, given = _heard(first, held.family), _heard(sought.family, held.given[0])
    if family == given == DIFFERS:  # which no order makes better
        return None
    fit = _fit(family, given, sought, held)
    return fit._replace(value=TRANSPOSED * fit.value, order="transposed")


def _fit(family: str, given: str, sought: Name, held: Name) -> Fit:
    value, further = FACTORS[family] * FACTORS[given], ""
    asked, others = _first_of(sought.given, held.given) or (1, 1)
    if len(sought.given) > asked:
        words = [_further(one, held.given[others:]) for one in sought.given[asked:]]
        further = max(words, key=BY_DOUBT.index)
        value *= FURTHER_NAME_DIFFERS ** words.count(DIFFERS)
    if given in SURE and _may_be_anothers(sought, held):
        given = OF_MANY
    return Fit(value, family, given, further)


def _may_be_anothers(sought: Name, held: Name) -> bool:
    """Whether brothers or sisters may have this given name, and nothing tells them apart."""
    if any(map(is_of_many, held.given[:1])):
        return True
    if not all(map(is_initial, sought.given[1:])):
        return False
    # Whichever of them is the given name.
    return not GIVEN_TO_MANY.isdisjoint((sought.family, *sought.given[:1]))


def _heard(sought: str, held: str) -> str:
    """How one name is another wherever either stands."""
    if not sought:
        return ""
    if sought == held:
        return SAME
    if joined(sought) == joined(held) != "":
        return WRITTEN
    if sound_alike(sought, held):
        return SOUND
    return DIFFERS


def _family(sought: str, held: Name) -> str:
    """How the family name that is sought is held."""
    if not sought:
        return ""
    word = _heard(sought, held.family)
    if word in (SAME, WRITTEN):
        return word
    own, others = bare(sought), bare(held.family)
    if own == others != "":
        return PARTICLE
    if in_another_order(sought, held.family):
        return ORDER
    if word == SOUND:
        return SOUND
    if of_one_family(sought, held.family):
        return ENDING
    if sought in held.given[1:]:
        return ELSEWHERE
    return _by_slips(own, others)


def _given(sought: tuple[str, ...], held: tuple[str, ...]) -> str:
    """How the first given name that is sought is held, as the first or among the further ones."""
    if not sought:
        return ""
    if not held:
        return NOT_HELD
    word = _heard(sought[0], held[0])
    if word in (SAME, WRITTEN):
        return word
    if _first_of(sought, held):
        return WRITTEN
    if held[0] in called(sought[0]):
        return SHORT
    if word == SOUND:
        return SOUND
    if _is_initial(sought[0], held[0]):
        return INITIAL
    if sought[0] in _words_of(held) or held[0] in _words_of(sought):
        return ELSEWHERE
    word = _by_slips(joined(sought[0]), joined(held[0]))
    if word in UNFIT:
        return max((word, *_in_two_words(sought, held)), key=FACTORS.__getitem__)
    return word


def _in_two_words(sought: tuple[str, ...], held: tuple[str, ...]) -> Iterator[str]:
    """How the first given name is held, where one side has it in two words: Xiaomin, of whom Xiao
    Ming is told. Of who has it so to the letter `_first_of` knows."""
    for two, one in ((sought[:2], held[0]), (held[:2], sought[0])):
        if len(two) > 1 and two[0][:1] == one[:1] and not any(map(is_initial, two)):
            whole, letters = joined("".join(two)), joined(one)
            yield SOUND if sound_alike(whole, letters) else _by_slips(whole, letters)


def _words_of(given: tuple[str, ...]) -> list[str]:
    """The further names, and the words of the first: the sound of a short one says nothing."""
    return [*parts_of(given[0]), *given[1:]]


def _first_of(sought: tuple[str, ...], held: tuple[str, ...]) -> tuple[int, int] | None:
    """How many given names of each side are its first: the fewest that have the same letters, two
    and one where Mary and Ann are sought and Mary Ann is held. None where none have.

    Initials are no part of a longer name.
    """
    if not sought or not held or sought[0][:1] != held[0][:1]:
        return None
    if sought[0] == held[0]:
        return 1, 1
    counts = {letters: count for count, letters in enumerate(_put_together(held), 1)}
    for count, letters in enumerate(_put_together(sought), 1):
        if letters in counts:
            return count, counts[letters]
    return None


def _put_together(names: Sequence[str]) -> Iterator[str]:
    """The letters of the first name, of the first two, and so on; no further than an initial."""
    for count, letters in enumerate(accumulate(map(joined, names))):
        if not letters or (count and any(map(is_initial, names[: count + 1]))):
            return
        yield letters


def _is_initial(one: str, other: str) -> bool:
    short = min(one, other, key=len).rstrip(".")
    return len(short) == 1 and one[0] == other[0]


def _by_slips(one: str, other: str) -> str:
    apart = distance(one, other)
    if apart == FAR:  # by far the most usual
        return DIFFERS
    if is_slip(one, other, apart):
        return SLIP
    return NEAR if apart < min(len(one), len(other)) else DIFFERS


def _further(sought: str, held: tuple[str, ...]) -> str:
    """How a further given name is held among the further ones."""
    letters = joined(sought)
    if any(sought == one or letters == joined(one) != "" for one in held):
        return SAME
    if any(_is_initial(sought, one) for one in held):
        return INITIAL
    return SOUND if any(sound_alike(sought, one) for one in held) else DIFFERS
