"""How often tracing takes one person for another, and how often it misses somebody who is there.

A made-up nation is held in memory and asked for its own people, with what is told of them spoilt by
each kind of error, and for people who are almost the same as one of them. Each process has a nation
of its own, so that more of them ask more. What is asked is what batches commonly hold: names, birth
date, gender and postcode; with near-twins at another address the lines of it too, beside the
postcode or instead.

Source: none.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from itertools import combinations
from random import Random
from typing import NamedTuple

from bench.holders import Holders
from openroots.population import Person, make, names, places
from openroots.population.errors import BIRTH, NAMES, Error, errors, spoilt
from openroots.population.names import unaccented
from openroots.population.near import ELSEWHERE, NEAR, near_twin
from openroots.population.told import Past, Told, past_of, tell
from openroots.storage import Json
from openroots.tracing import Doubtful, Known, Match, Wanted, judge, keys, keys_of, known, score

TODAY = date(2026, 11, 21)
TWIN = "9000000000"  # of whoever is planted: nobody else's, as its check digit is wrong
MATCHED, FIRST, AMONG, MISSED, WRONG = "matched", "first", "among", "missed", "wrong"
TAKEN = "taken for another"
OF_ANOTHER = "of another"  # what is told is, word for word, what the record of another says
SLIPS_OF_A_TWIN = 3  # spoilt queries for each near-twin, beside the one that is right

BY_POSTCODE = ""  # the usual way of telling where somebody lives
WAYS: dict[str, Callable[[Told], Told]] = {
    BY_POSTCODE: lambda told: replace(told, lines=()),
    ", by lines": lambda told: replace(told, postcode=""),
    ", by lines and postcode": lambda told: told,
}

Tally = Counter[tuple[str, str, str]]  # what was asked, of which kind, and what came of it


class Planted(NamedTuple):
    """Somebody who is put beside those who are there, and the keys under which they are found."""

    known: Known
    keys: frozenset[str]


class Register:
    """A made-up nation, by the keys under which its people are looked up."""

    def __init__(self, people: int, seed: int) -> None:
        made = make(people, seed, TODAY)
        self.people = [person for household in made for person in household.people]
        self.known: dict[str, Known] = {}
        self._under: defaultdict[str, list[str]] = defaultdict(list)
        self._known_as = Counter(each for person in self.people for each in _as_once_called(person))
        for person in self.people:
            held = known(person.patient, former_of(person))
            self.known[person.number] = held
            for key in keys_of(held):
                self._under[key].append(person.number)
        self._holders = Holders(self.known)

    def has_already(self, twin: Json, person: Person) -> bool:
        """Whether somebody else there is who was to be planted: a true twin, by the same name; or
        the person, who has lived there too, at that postcode or at those lines."""
        others = self._known_as[_as_called(twin)]
        by_others = others > (_as_called(twin) == _as_called(person.patient))
        former = {each.lines for each in self.known[person.number].addresses if not each.now}
        return by_others or wanted_of(tell(twin)).lines in former

    def candidates(self, wanted: Wanted, planted: Planted | None = None) -> dict[str, Known]:
        """Those to be looked at; with them whoever is planted, if they would be found."""
        sought = keys(wanted)
        found = {id: self.known[id] for key in sought for id in self._under.get(key, ())}
        if planted is not None and not planted.keys.isdisjoint(sought):
            found[TWIN] = planted.known
        return found

    def asked_for(self, told: Told, meant: str, planted: Planted | None) -> str:
        """Whose record is asked for where somebody is meant: another's, if that alone says so."""
        there = {} if planted is None else {TWIN: planted.known}
        return self._holders.asked_for(wanted_of(told), meant, there)

    def asked(self, told: Told, right: str, planted: Planted | None = None) -> str:
        """What comes of asking for somebody whose number is `right`; "" is in no record."""
        wanted = wanted_of(told)
        found = self.candidates(wanted, planted)
        verdict = judge((id, score(wanted, held)) for id, held in found.items())
        if isinstance(verdict, Match):
            return MATCHED if verdict.id == right else WRONG
        if isinstance(verdict, Doubtful):
            ids = [one.id for one in verdict.found]
            return FIRST if ids[0] == right else AMONG if right in ids else MISSED
        return MISSED


def _as_called(patient: Json) -> tuple[str, str, str]:
    """First name, birth date and postcode."""
    told = tell(patient)
    return unaccented(told.given[0]), told.born, told.postcode


def _as_once_called(person: Person) -> Iterator[tuple[str, str, str]]:
    """The same, with each postcode of the past too."""
    first, born, postcode = _as_called(person.patient)
    past = past_of(person.patient, former_of(person)).postcodes
    return ((first, born, each) for each in dict.fromkeys((postcode, *past)))


def former_of(person: Person) -> Json:
    """What is kept of somebody's past, beside their record."""
    bodies = (change.body for change in person.changes if change.type == "FormerPart")
    return next(bodies, None) or {}


def wanted_of(told: Told) -> Wanted:
    """What is told, as what is sought."""
    return Wanted(told.family, told.given, told.born, told.gender, told.postcode, told.lines)


def measured(people: int, seed: int, ask: int) -> Tally:
    """What came of asking a nation of this seed for `ask` of its people, in each way."""
    register = Register(people, seed)
    cultures, nicknames = names.load()
    towns, every = places.load(cultures), errors(nicknames)
    tally: Tally = Counter()
    for person in spread(register.people, ask):
        chance = Random(f"{seed}/{person.number}")
        told, past = tell(person.patient), past_of(person.patient, former_of(person))
        _spoil(register, person, (WAYS[BY_POSTCODE](told), past), every, chance, tally)
        for kind in NEAR:
            town = chance.choice(towns)
            twin = near_twin(kind, person.patient, person.life.culture, town, TWIN, chance)
            if twin is not None and not register.has_already(twin, person):
                near = Counter[tuple[str, str, str]]()
                for way in WAYS if kind in ELSEWHERE else (BY_POSTCODE,):
                    _near(register, person, (kind, twin, past), way, every, chance, near)
                tally.update(near)
                tally.update(_taken_for_another(near, seed, person))
    return tally


def _taken_for_another(near: Tally, seed: int, person: Person) -> Tally:
    """Which cases came out wrong, so that they can be looked at."""
    cases = {
        (TAKEN, f"{asked}, {kind}, of {person.number} in nation {seed}", came): count
        for (asked, kind, came), count in near.items()
        if came == WRONG
    }
    return Counter(cases)


def spread(people: list[Person], ask: int) -> Iterable[Person]:
    """So many of them, taken from all over the nation."""
    return people[:: max(len(people) // ask, 1)][:ask]


def _spoil(
    register: Register,
    person: Person,
    known_of: tuple[Told, Past],
    every: dict[str, Error],
    chance: Random,
    tally: Tally,
) -> None:
    """Ask for somebody as they are, with each error, and with pairs of errors."""
    told, past = known_of
    community = person.life.culture.name
    tally["right", community, register.asked(told, person.number)] += 1
    for error in every.values():
        wrong = spoilt(told, past, (error,), chance)
        if wrong is not None:
            came = register.asked(wrong, person.number)
            tally["error", error.name, came] += 1
            if error.field != BIRTH:
                tally["one", community, came] += 1
    for pair in chance.sample(list(pairs(every.values())), 12):
        wrong = spoilt(told, past, pair, chance)
        if wrong is not None:
            tally["two", community, register.asked(wrong, person.number)] += 1


def pairs(every: Iterable[Error]) -> Iterator[tuple[Error, Error]]:
    """The errors by two, of two fields other than the birth date."""
    for one, other in combinations(every, 2):
        fields = {one.field, other.field}
        if BIRTH not in fields and len(fields) == 2 and not _both_of_names(fields):
            yield one, other


def _both_of_names(fields: set[str]) -> bool:
    """Whether a name is spoilt twice: once by itself, and once with the other one."""
    return NAMES in fields and not fields.isdisjoint({"family", "given"})


def _near(
    register: Register,
    person: Person,
    planted: tuple[str, Json, Past],
    way: str,
    every: dict[str, Error],
    chance: Random,
    tally: Tally,
) -> None:
    """Ask for a near-twin of somebody, who is in no record or in one; and for them beside it."""
    kind, twin, past = planted
    words, there = kind + way, _planted(twin)
    for asked in _variants(WAYS[way](tell(twin)), Past(), every, chance):
        tally[came_of(register, ("near, not there", words), asked, "", None)] += 1
        tally[came_of(register, ("near, there", words), asked, TWIN, there)] += 1
    for asked in _variants(WAYS[way](tell(person.patient)), past, every, chance):
        tally[came_of(register, ("beside", words), asked, person.number, there)] += 1


def came_of(
    register: Register, group: tuple[str, str], told: Told, meant: str, there: Planted | None
) -> tuple[str, str, str]:
    """What came of one query; where it is no trial, as what is told is another's, of that one."""
    name, kind = group
    whose = register.asked_for(told, meant, there)
    trial = name if whose == meant else OF_ANOTHER
    return trial, kind, register.asked(told, whose, there)


def _planted(twin: Json) -> Planted:
    held = known(twin)
    return Planted(held, frozenset(keys_of(held)))


def _variants(told: Told, past: Past, every: dict[str, Error], chance: Random) -> Iterator[Told]:
    """What is told as it is, and with a few errors: the second names stay, as without them nobody
    can tell two who share the first."""
    yield told
    for error in chance.sample(list(every.values()), SLIPS_OF_A_TWIN):
        wrong = spoilt(told, past, (error,), chance)
        if wrong is not None:
            yield (
                replace(wrong, given=(*wrong.given[:1], *told.given[1:])) if wrong.given else wrong
            )
