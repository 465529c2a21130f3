"""People who are almost the same as another: twins, father and son, namesakes at another address.

For trying out how people are traced: whoever is taken for one of these is harmed. A near-twin is
planted beside a made-up person, as a Patient of their own.

Source: the cases in which guidance on matching patients tells to take most care.
"""

import re
from collections.abc import Callable
from datetime import date
from random import Random

from openroots.population.lives import YEAR
from openroots.population.names import Culture, unaccented
from openroots.population.places import Address, Town, mobile
from openroots.storage import Json

# Why a kind of near-twin is one. All but the last three share the family name and the address.
NEAR = {
    "twin": "born at the same birth, of the same sex",
    "twin-other-sex": "born at the same birth, of the other sex",
    "twin-alike": "born at the same birth, with a first name that is almost the same",
    "twin-first-name": "born at the same birth, with the same first name and another second one",
    "twin-unnamed": "born at the same birth, and neither is named yet",
    "sibling": "born a year or two before",
    "parent": "a parent with the same given and family name",
    "parent-same-day": "the same, and their birthdays are on one day of the year",
    "namesake": "same name, sex and birth date, at another address",
    "cousin": "same family name and birth date, at another address",
    "namesake-alike": "a namesake at the same number of another street",
}
UNNAMED = "Baby"
DRAWN = 40  # names from which the most similar one is taken; houses, until one is elsewhere
NUMBERED = re.compile(r"(\d+\w?) (.+)")  # a line with the number of a house


def near_twin(
    kind: str, patient: Json, culture: Culture, town: Town, number: str, chance: Random
) -> Json | None:
    """The Patient of such a near-twin of this person; None where there can be none.

    `town` is where those live who live elsewhere.
    """
    usual = next(name for name in patient["name"] if name["use"] == "usual")
    made = KINDS[kind](patient, usual["given"], culture, chance)
    if made is None:
        return None
    given, gender, born = made
    twin = {name: patient[name] for name in ("resourceType", "meta", "address")} | {
        "id": number,
        "identifier": [patient["identifier"][0] | {"value": number}],
        "name": [{"id": "0", "use": "usual", "given": given, "family": usual["family"]}],
        "gender": gender,
        "birthDate": born,
        "telecom": [{"id": "0", "system": "phone", "value": mobile(chance), "use": "mobile"}],
    }
    move = ELSEWHERE.get(kind)
    return move(twin, town, chance) if move else twin


Made = tuple[list[str], str, str]  # given names, gender, birth date


def _elsewhere(twin: Json, town: Town, chance: Random) -> Json | None:
    """At another postcode: within one, nothing but the house would tell two namesakes apart."""
    home = _house_elsewhere(twin, town, chance)
    return _moved(twin, home.lines, home.postcode) if home else None


def _another_street(twin: Json, town: Town, chance: Random) -> Json | None:
    """At the same number in another street, and nothing else in the lines is other."""
    lines = next((address["line"] for address in twin["address"] if address.get("line")), ())
    home = _house_elsewhere(twin, town, chance)
    if home is None or not any(map(NUMBERED.match, lines)):
        return None
    street = next(found[2] for found in map(NUMBERED.match, home.lines) if found)
    moved = tuple(NUMBERED.sub(rf"\1 {street}", line) for line in lines)
    return _moved(twin, moved, home.postcode) if moved != tuple(lines) else None


def _house_elsewhere(twin: Json, town: Town, chance: Random) -> Address | None:
    here = {address.get("postalCode") for address in twin["address"]}
    houses = (town.house(chance) for _ in range(DRAWN))
    return next((house for house in houses if house.postcode not in here), None)


def _moved(twin: Json, lines: tuple[str, ...], postcode: str) -> Json:
    address = {"id": "0", "use": "home", "line": list(lines), "postalCode": postcode}
    return twin | {"address": [address]}


def _twin(patient: Json, given: list[str], culture: Culture, chance: Random) -> Made | None:
    return _named_anew(patient, given, culture, chance, patient["gender"], patient["birthDate"])


def _other_sex(patient: Json, given: list[str], culture: Culture, chance: Random) -> Made | None:
    other = "male" if patient["gender"] == "female" else "female"
    return _named_anew(patient, given, culture, chance, other, patient["birthDate"])


def _sibling(patient: Json, given: list[str], culture: Culture, chance: Random) -> Made | None:
    day = date.fromisoformat(patient["birthDate"]).toordinal() - 300 - int(chance.random() * 500)
    born = date.fromordinal(day).isoformat()
    return _named_anew(patient, given, culture, chance, patient["gender"], born)


def _named_anew(
    patient: Json, given: list[str], culture: Culture, chance: Random, sex: str, born: str
) -> Made | None:
    """With a first name that the person never bore, and second names of their own."""
    borne = [*given, *_first_names(patient)]
    for _ in range(10):
        names = culture.given_names(chance, sex, int(born[:4]))
        if not _is_among(names[0], borne):
            return list(names), sex, born
    return None


def _first_names(patient: Json) -> list[str]:
    """By which the person goes, or once went: no parent gives one to two children."""
    return [name["given"][0] for name in patient["name"] if name.get("given")]


def _is_among(name: str, given: list[str]) -> bool:
    """Whether it is one of these names: some have lost their accents, or are written in two."""
    return _letters(name) in map(_letters, given)


def _letters(name: str) -> str:
    return "".join(filter(str.isalpha, unaccented(name))).lower()


def _alike(patient: Json, given: list[str], culture: Culture, chance: Random) -> Made | None:
    """Of many names, the one that has most of its letters in common with the person's own."""
    sex, born = patient["gender"], patient["birthDate"]
    year = int(born[:4])
    drawn = {culture.first_name(chance, sex, year) for _ in range(DRAWN)}
    others = [name for name in sorted(drawn) if not _is_among(name, _first_names(patient))]
    if not others:
        return None
    first = max(others, key=lambda name: _in_common(name, given[0]))
    second = [name for name in culture.given_names(chance, sex, year)[1:] if name != first]
    return [first, *second], sex, born


def _in_common(one: str, other: str) -> float:
    """The letters with which both begin and end, as a share of the longer."""
    low, others = one.lower(), other.lower()
    begin = end = 0
    while begin < min(len(low), len(others)) and low[begin] == others[begin]:
        begin += 1
    while end < min(len(low), len(others)) - begin and low[-1 - end] == others[-1 - end]:
        end += 1
    return (begin + end) / max(len(low), len(others))


def _same_first(patient: Json, given: list[str], culture: Culture, chance: Random) -> Made | None:
    if len(given) < 2:
        return None
    second = culture.first_name(chance, patient["gender"], int(patient["birthDate"][:4]))
    if _is_among(second, given):
        return None
    return [given[0], second], patient["gender"], patient["birthDate"]


def _unnamed(patient: Json, given: list[str], culture: Culture, chance: Random) -> Made | None:
    if given != [UNNAMED]:
        return None
    return [UNNAMED], chance.choice(("female", "male")), patient["birthDate"]


def _parent(patient: Json, given: list[str], culture: Culture, chance: Random) -> Made | None:
    older = int((20 + chance.random() * 20) * YEAR)
    day = date.fromisoformat(patient["birthDate"]).toordinal() - older
    return list(given), patient["gender"], date.fromordinal(day).isoformat()


def _parent_same_day(
    patient: Json, given: list[str], culture: Culture, chance: Random
) -> Made | None:
    born: str = patient["birthDate"]
    if born.endswith("02-29"):
        return None
    older = 20 + int(chance.random() * 20)
    return list(given), patient["gender"], f"{int(born[:4]) - older:04}{born[4:]}"


def _namesake(patient: Json, given: list[str], culture: Culture, chance: Random) -> Made | None:
    return list(given), patient["gender"], patient["birthDate"]


KINDS: dict[str, Callable[[Json, list[str], Culture, Random], Made | None]] = {
    "twin": _twin,
    "twin-other-sex": _other_sex,
    "twin-alike": _alike,
    "twin-first-name": _same_first,
    "twin-unnamed": _unnamed,
    "sibling": _sibling,
    "parent": _parent,
    "parent-same-day": _parent_same_day,
    "namesake": _namesake,
    "cousin": _twin,
    "namesake-alike": _namesake,
}
ELSEWHERE: dict[str, Callable[[Json, Town, Random], Json | None]] = {
    "namesake": _elsewhere,
    "cousin": _elsewhere,
    "namesake-alike": _another_street,
}
