"""A made-up nation: people, households, moves and practices, the same each time for a seed.

For whoever fills a store: a sandbox, a test, a bench. Everyone is invented. The nation comes in a
stream, a household at a time, so that a million people need no more memory than one family; and
the first people of a large nation are those of a small one with the same seed and day. Nobody
answers to a search that published documents give as an example.

Source: own tables, see the modules beside this one; PDS FHIR API for the form of a record.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from random import Random

from openroots.identifiers import NHSNumber
from openroots.population import households, names, places, practices
from openroots.population.cards import card
from openroots.population.extensions import COMMUNICATION
from openroots.population.hidden import (
    CONFIDENTIAL,
    removed_in_confidence,
    with_an_empty_line,
)
from openroots.population.lives import Life, Scene
from openroots.population.names import Weighted
from openroots.population.numbers import nhs_numbers, person_key
from openroots.population.records import former_addresses, patient
from openroots.population.relatives import relatives
from openroots.storage import Change, Json

__all__ = ["KINDS", "Household", "Person", "find", "make", "organisations"]

KINDS = {
    "accented": "a usual name with letters that ASCII has not",
    "baby": "not yet named: the given name is Baby",
    "care-home": "lives in a care home",
    "centenarian": "a hundred years old or more",
    "child": "under 16",
    "dead": "has died",
    "empty-line": "an empty line in the address, which few applications are shown",
    "former-name": "had another name before",
    "health-card": "holds a European Health Insurance Card",
    "hyphenated": "a family name of two, with a hyphen",
    "interpreter": "needs an interpreter",
    "invalidated": "another number of theirs was made invalid",
    "language": "prefers a language other than English",
    "long-name": "a usual name of 35 characters or more",
    "moved": "had another address before",
    "newborn": "less than four weeks old",
    "nickname": "prefers another name",
    "related": "somebody is recorded as related to them",
    "removed": "no longer registered, for another reason than death",
    "removed-in-confidence": "no longer registered, for a reason that few applications are told",
    "restricted": "a sensitive record (R)",
    "same-name": "a son who bears his father's name",
    "superseded": "another number of theirs was superseded by the present one",
    "temporary-address": "stays elsewhere for a time",
    "twin": "one of two born at one birth",
    "very-restricted": "a very sensitive record (V)",
}

# Rare kinds come at regular intervals: (each so many people, beginning with this one).
RESTRICTED = (200, 41)
VERY_RESTRICTED = (2000, 97)
SUPERSEDED = (250, 13)
INVALIDATED = (1000, 29)
REMOVED_IN_CONFIDENCE = (250, 9)
EMPTY_LINE = (60, 9)  # of households

# What somebody is of whom there is a resource of these types.
BESIDES = {"RelatedPerson": "related", "Coverage": "health-card"}


@dataclass(frozen=True, slots=True)
class Person:
    """A made-up person: the changes that record them, their Patient first, and the life behind.

    `besides` are the changes that record who is related to them, and their insurance card.
    """

    subject: str
    number: NHSNumber
    changes: tuple[Change, ...]
    life: Life
    today: int
    besides: tuple[Change, ...] = ()

    @property
    def patient(self) -> Json:
        """The body of their Patient."""
        body = self.changes[0].body
        assert body  # a made-up person is never removed
        return body

    @property
    def kinds(self) -> frozenset[str]:
        """Which kinds of test person they are."""
        former = {
            change.body["status"]
            for change in self.changes
            if change.type == "NHSNumber" and change.body
        }
        besides = {BESIDES[change.type] for change in self.besides}
        true = _of_record(self.patient) | _of_life(self.life, self.today)
        return frozenset({kind for kind, holds in true.items() if holds} | former | besides)


@dataclass(frozen=True, slots=True)
class Household:
    """Made-up people who live together. `places` are Organizations made for them: a care home."""

    people: tuple[Person, ...]
    places: tuple[Change, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """All that records them, for one commit across several subjects."""
        people = self.people
        recorded = (change for one in people for change in (*one.changes, *one.besides))
        return (*self.places, *recorded)


def make(people: int, seed: int, today: date) -> Iterator[Household]:
    """So many made-up people as they are on a day, a household at a time.

    The last household is cut short where it would be too many; those who are cut off are nobody's
    relatives.
    """
    nation = _Nation(seed, today.toordinal())
    left, index = people, 0
    while left > 0:
        household = nation.household(index, left)
        yield household
        left -= len(household.people)
        index += 1


def organisations() -> Iterator[Change]:
    """The practices, pharmacies and trusts of the nation, whatever its seed."""
    return practices.organisations(places.load(names.load()[0]))


def find(kind: str, people: int, seed: int, today: date) -> Iterator[Person]:
    """Those of a nation who are of this kind. Raises ValueError for a kind that is not known."""
    if kind not in KINDS:
        raise ValueError(f"no kind of person is called {kind}: there are {', '.join(KINDS)}")
    return (
        person
        for household in make(people, seed, today)
        for person in household.people
        if kind in person.kinds
    )


class _Nation:
    """What one stream needs from household to household."""

    def __init__(self, seed: int, today: int) -> None:
        self.seed, self.today = seed, today
        cultures, self.nicknames = names.load()
        self.towns = places.load(cultures)
        self.by_size = Weighted(self.towns, (town.size for town in self.towns))
        self.registered = [
            (practices.practices(town), practices.pharmacies(town)) for town in self.towns
        ]
        self.numbers = nhs_numbers()
        self.ordinal = 0

    def household(self, index: int, most: int) -> Household:
        """The household with this index: as much of it as there is room for."""
        chance = Random(f"{self.seed}/{index}")
        town = self.by_size.draw(chance)
        scene = Scene(chance, town, self.towns, *self.registered[town.number], self.today)
        lives = households.household(index, chance, scene)
        home = lives[0].home
        homes: tuple[Change, ...] = ()
        if home and lives[0].care_home:
            homes = (practices.care_home(index // households.CARE_HOME_EVERY, home),)
        empty_line = _due(index, EMPTY_LINE)
        people = [self._person(one, chance, empty_line) for one in lives[:most]]
        return Household(tuple(_with_what_hangs_on_them(scene, people)), homes)

    def _person(self, one: Life, chance: Random, empty_line: bool) -> Person:
        ordinal, self.ordinal = self.ordinal, self.ordinal + 1
        subject, number = person_key(self.seed, ordinal), next(self.numbers)
        security = (
            "V" if _due(ordinal, VERY_RESTRICTED) else "R" if _due(ordinal, RESTRICTED) else ""
        )
        body = patient(one, number, security or "U", self.today, chance, self.nicknames)
        if _due(ordinal, REMOVED_IN_CONFIDENCE):
            body = removed_in_confidence(body, one, self.today, Random(f"{self.seed}/{subject}"))
        if empty_line:
            body = with_an_empty_line(body)
        labels = frozenset(security)
        changes = [Change("Patient", number, body, 0, subject, labels=labels)]
        if one.before:
            before = {"address": former_addresses(one, chance)}
            changes.append(Change("FormerPart", number, before, 0, subject, labels=labels))
        former: list[Json] = []
        if _due(ordinal, SUPERSEDED):
            former.append({"status": "superseded", "by": number})
        if _due(ordinal, INVALIDATED):
            former.append({"status": "invalidated"})
        changes += [
            Change("NHSNumber", next(self.numbers), status, 0, subject, labels=labels)
            for status in former
        ]
        return Person(subject, number, tuple(changes), one, self.today)


def _with_what_hangs_on_them(scene: Scene, people: list[Person]) -> Iterator[Person]:
    """The people of a household with their relatives, as far as they were asked, and cards."""
    numbers = {id(person.life): person.number for person in people}
    lives = [person.life for person in people]
    related = {id(one): found for one, found in relatives(scene, lives, numbers)}
    for person in people:
        patient, number = person.changes[0], person.number
        besides = [
            ("RelatedPerson", f"{number}.{body['id']}", {"of": number, **body})
            for body in related.get(id(person.life), ())
        ]
        if held := card(scene, person.life, number):
            besides.append(("Coverage", number, held))
        changes = tuple(
            Change(type, id, body, 0, person.subject, labels=patient.labels)
            for type, id, body in besides
        )
        yield replace(person, besides=changes) if changes else person


def _due(ordinal: int, interval: tuple[int, int]) -> bool:
    every, beginning = interval
    return ordinal % every == beginning


def _of_life(one: Life, today: int) -> dict[str, bool]:
    """Which kinds a life makes somebody."""
    living, age = not one.died, one.age(today)
    return {
        "care-home": one.care_home,
        "centenarian": living and age >= 100,
        "child": living and age < 16,
        "dead": not living,
        "former-name": bool(one.maiden or one.formerly),
        "moved": bool(one.before),
        "newborn": living and today - one.born < households.NEWBORN_DAYS,
        "removed": one.removed is not None,
        "removed-in-confidence": one.removed in CONFIDENTIAL,
        "same-name": one.same_name,
        "temporary-address": one.temporary is not None,
        "twin": one.birth_order > 0,
    }


def _of_record(body: Json) -> dict[str, bool]:
    """Which kinds the way in which somebody is recorded makes them."""
    usual = body["name"][0]
    written = " ".join((*usual["given"], usual["family"]))
    security = body["meta"]["security"][0]["code"]
    extensions = {extension["url"]: extension for extension in body.get("extension", ())}
    language = extensions.get(COMMUNICATION)
    return {
        "accented": not written.isascii(),
        "baby": usual["given"] == ["Baby"],
        "empty-line": any("" in address["line"] for address in body["address"]),
        "hyphenated": "-" in usual["family"],
        "interpreter": bool(language and language["extension"][1]["valueBoolean"]),
        "language": language is not None,
        "long-name": len(written) >= 35,
        "nickname": any(name["use"] == "nickname" for name in body["name"]),
        "restricted": security == "R",
        "very-restricted": security == "V",
    }
