"""The ways in which what is told of a person goes wrong: slips of the hand, the ear and the form.

For trying out how people are traced. Each error touches one field. It is made by chance, so it is
the same for the same chance; where a person's details give no room for it, there is none.

Source: what the Winkler-style generators of test data call typing, phonetic, scanning and
structural errors; the tables are ours.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from random import Random

from openroots.population.names import unaccented
from openroots.population.slips import SLIPS, mistyped
from openroots.population.told import Past, Told

FAMILY, GIVEN, BIRTH, GENDER, POSTCODE = "family", "given", "birth", "gender", "postcode"
NAMES = "names"  # family and given at once

LOOK_ALIKE = {"O": "0", "0": "O", "I": "1", "1": "I", "S": "5", "5": "S", "B": "8", "8": "B"}

Spoil = Callable[[Told, Past, Random], Told | None]


@dataclass(frozen=True, slots=True)
class Error:
    """One way to go wrong: what it is, the field it touches, and what comes of it.

    `spoil` gives None where these details have no room for the error.
    """

    name: str
    words: str
    field: str
    spoil: Spoil


def errors(nicknames: Mapping[str, str]) -> dict[str, Error]:
    """All errors by name. `nicknames` are what given names are commonly shortened to."""
    found = [*_of_letters(), *_of_fields(nicknames), *_of_births()]
    return {error.name: error for error in found}


def spoilt(told: Told, past: Past, wanted: tuple[Error, ...], chance: Random) -> Told | None:
    """The details with each of these errors made, or None where one of them cannot be."""
    for error in wanted:
        made = error.spoil(told, past, chance)
        if made is None or made == told:
            return None
        told = made
    return told


# Letters of a name


def _of_letters() -> Iterator[Error]:
    for name, (slip, words) in SLIPS.items():
        yield Error(f"{name}-family", f"family name: {words}", FAMILY, partial(_in_family, slip))
        yield Error(f"{name}-given", f"first given name: {words}", GIVEN, partial(_in_given, slip))


def _in_family(
    slip: Callable[[str, Random], str], told: Told, past: Past, chance: Random
) -> Told | None:
    return replace(told, family=slip(told.family, chance)) if told.family else None


def _in_given(
    slip: Callable[[str, Random], str], told: Told, past: Past, chance: Random
) -> Told | None:
    return _with_first(told, slip(told.given[0], chance)) if told.given else None


def _with_first(told: Told, first: str) -> Told:
    return replace(told, given=(first, *told.given[1:]))


# Whole fields


def _of_fields(nicknames: Mapping[str, str]) -> Iterator[Error]:
    short = partial(_nickname, nicknames)
    yield Error("nickname", "the name that somebody goes by is given", GIVEN, short)
    yield Error("initial", "only the first letter of the given name is told", GIVEN, _initial)
    yield Error("middle-first", "the second given name is told as the first", GIVEN, _middle_first)
    yield Error("given-missing", "the given names are not told", GIVEN, _without_given)
    yield Error("old-family", "the family name is one from before", FAMILY, _old_family)
    yield Error("half-family", "of a family name of two parts, one is told", FAMILY, _half_family)
    yield Error("accents-lost", "letters have lost their accents", NAMES, _without_accents)
    yield Error("names-swapped", "family and given name are in each other's place", NAMES, _swapped)
    yield Error("gender-wrong", "the gender is wrong", GENDER, _other_gender)
    yield Error("gender-missing", "the gender is not told", GENDER, _without_gender)
    yield Error(
        "old-postcode", "the postcode is of an address from before", POSTCODE, _old_postcode
    )
    yield Error("postcode-slip", "a character of the postcode is wrong", POSTCODE, _postcode_slip)
    yield Error("postcode-missing", "the postcode is not told", POSTCODE, _without_postcode)


def _nickname(nicknames: Mapping[str, str], told: Told, past: Past, chance: Random) -> Told | None:
    short = nicknames.get(told.given[0]) if told.given else None
    return _with_first(told, short) if short else None


def _initial(told: Told, past: Past, chance: Random) -> Told | None:
    return replace(told, given=(told.given[0][0],)) if told.given else None


def _middle_first(told: Told, past: Past, chance: Random) -> Told | None:
    return replace(told, given=told.given[1:]) if len(told.given) > 1 else None


def _without_given(told: Told, past: Past, chance: Random) -> Told | None:
    return replace(told, given=()) if told.given else None


def _old_family(told: Told, past: Past, chance: Random) -> Told | None:
    return replace(told, family=past.families[0]) if past.families else None


def _half_family(told: Told, past: Past, chance: Random) -> Told | None:
    parts = [part for part in re.split(r"[\s-]+", told.family) if len(part) > 2]
    return replace(told, family=chance.choice(parts)) if len(parts) > 1 else None


def _without_accents(told: Told, past: Past, chance: Random) -> Told | None:
    given = tuple(unaccented(name) for name in told.given)
    return replace(told, family=unaccented(told.family), given=given)


def _swapped(told: Told, past: Past, chance: Random) -> Told | None:
    if not told.given:
        return None
    return replace(told, family=told.given[0], given=(told.family, *told.given[1:]))


def _other_gender(told: Told, past: Past, chance: Random) -> Told | None:
    other = {"female": "male", "male": "female"}.get(told.gender)
    return replace(told, gender=other) if other else None


def _without_gender(told: Told, past: Past, chance: Random) -> Told | None:
    return replace(told, gender="")


def _old_postcode(told: Told, past: Past, chance: Random) -> Told | None:
    """The street goes with it: who gives an old postcode gives an old address."""
    return replace(told, postcode=past.postcodes[0], lines=()) if past.postcodes else None


def _postcode_slip(told: Told, past: Past, chance: Random) -> Told | None:
    if not told.postcode:
        return None
    at = chance.choice([at for at, sign in enumerate(told.postcode) if sign != " "])
    sign = told.postcode[at]
    other = LOOK_ALIKE.get(sign) or mistyped(sign, chance)
    if sign.isdigit() and sign not in LOOK_ALIKE:
        other = str((int(sign) + 1) % 10)
    return replace(told, postcode=told.postcode[:at] + other + told.postcode[at + 1 :])


def _without_postcode(told: Told, past: Past, chance: Random) -> Told | None:
    return replace(told, postcode="", lines=())


# The birth date


def _of_births() -> Iterator[Error]:
    yield Error("birth-swapped", "day and month of the birth are swapped", BIRTH, _birth_swapped)
    yield Error("birth-digit", "a digit of the year of birth is wrong", BIRTH, _birth_digit)
    yield Error("birth-day-off", "the day of birth is one off", BIRTH, _birth_day_off)


def _birth_swapped(told: Told, past: Past, chance: Random) -> Told | None:
    year, month, day = told.born.split("-")
    return replace(told, born=f"{year}-{day}-{month}") if day <= "12" else None


def _birth_digit(told: Told, past: Past, chance: Random) -> Told | None:
    digit = int(told.born[3])
    other = (digit + chance.choice((1, 3, 5, 7, 9))) % 10
    return _born(told, int(told.born[:3] + str(other)), told.born)


def _born(told: Told, year: int, born: str) -> Told | None:
    try:
        day = date(year, int(born[5:7]), int(born[8:]))
    except ValueError:  # the 29th of February
        return None
    return replace(told, born=day.isoformat())


def _birth_day_off(told: Told, past: Past, chance: Random) -> Told | None:
    day = date.fromisoformat(told.born).toordinal() + chance.choice((-1, 1))
    return replace(told, born=date.fromordinal(day).isoformat())
