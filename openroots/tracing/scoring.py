"""How well what is held of somebody fits what is sought, and why.

A score is a product. What is not known on either side takes nothing away; each liberty that is
taken, such as a homophone or a name no longer used, makes it smaller by a factor. So 1 says that
all that was asked is so, and nothing can make up for what is not.

    wanted     Jane Smith    2010-10-22    LS1 6AE
    held       Jane Smyth    2010-10-22    LS1 6AE before
               0.85          1             0.95             = 0.8075

Source: none: PDS publishes what a score means, not how it is made. docs/tracing.md tables this.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from openroots.tracing.addressing import ADDRESS, at_address
from openroots.tracing.dates import is_mistyped, swapped
from openroots.tracing.naming import Fit, named
from openroots.tracing.person import Known, Wanted

SAME, FORMER, DIFFERS = "same", "former", "differs"
SWAPPED, MISTYPED, UNSURE = "day and month swapped", "one slip", "not held"

BORN = {SAME: 1.0, SWAPPED: 0.7, MISTYPED: 0.6, UNSURE: 0.6, DIFFERS: 0.0}
GENDER = {SAME: 1.0, FORMER: 0.95, DIFFERS: 0.8}
CONTACT = {SAME: 1.0, FORMER: 0.95, DIFFERS: 0.95}
NOT_TOLD = frozenset({"", "unknown"})


class Score(NamedTuple):
    """How well somebody fits, 0 to 1, and by what: for each field that both sides know, in words
    that tell nothing of the person."""

    value: float
    parts: Mapping[str, str]


NONE = Score(0.0, {"born": DIFFERS})


def score(wanted: Wanted, known: Known) -> Score:
    """How well a candidate fits what is sought. Whoever was born on another day fits not at all."""
    born = _born(wanted.born, known.born)
    if born == DIFFERS:
        return NONE
    value, parts = BORN.get(born, 1.0), {"born": born} if born else {}
    fit = named(wanted, known.names)
    value *= fit.value
    parts |= _words(fit)
    for field, word, factors in (
        ("gender", _gender(wanted.gender, known), GENDER),
        ("address", at_address(wanted, known), ADDRESS),
        ("phone", _contact(wanted.phone, known.phones), CONTACT),
        ("email", _contact(wanted.email, known.emails), CONTACT),
    ):
        if word:
            value *= factors[word]
            parts[field] = word
    return Score(round(value, 4), parts)


def _words(fit: Fit) -> dict[str, str]:
    said = {"family": fit.family, "given": fit.given, "further": fit.further, "order": fit.order}
    return {field: word for field, word in said.items() if word}


def _born(wanted: str, held: str) -> str:
    if not wanted:
        return ""
    if wanted == held:
        return SAME
    if not held:
        return UNSURE
    if swapped(wanted) == held:
        return SWAPPED
    return MISTYPED if is_mistyped(wanted, held) else DIFFERS


def _gender(wanted: str, known: Known) -> str:
    if wanted in NOT_TOLD or known.gender in NOT_TOLD:
        return ""
    if wanted == known.gender:
        return SAME
    return FORMER if wanted in known.genders else DIFFERS


def _contact(wanted: str, held: Iterable[tuple[str, bool]]) -> str:
    if not wanted or not held:
        return ""
    found = [now for value, now in held if value == wanted]
    return (SAME if any(found) else FORMER) if found else DIFFERS
