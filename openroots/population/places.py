"""Where made-up people live: invented towns, streets, postcodes and telephone numbers.

For the population. A street has one postcode for each 24 houses, and a house always the same
property number, so that people who share an address share all of it.

Source: own list in towns.toml; Royal Mail's form of a postcode; Ofcom's telephone numbers for
drama, which nobody has.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from random import Random
from typing import Any

from openroots.population.names import Culture, Weighted, words

INWARD = "ABDEFGHJLNPQRSTUWXYZ"  # letters that the second half of a postcode may have
HOUSES = 120  # in a street
PER_POSTCODE = 24
MORE_HERE = 10  # how many times as common a community is in a town that is listed as its own


@dataclass(frozen=True, slots=True)
class Address:
    """Where one household lives: the lines, the postcode, the unique property reference."""

    lines: tuple[str, ...]
    postcode: str
    uprn: str


@dataclass(frozen=True, slots=True)
class Town:
    """One town, and what an address in it is made of. `number` is its place in the list."""

    number: int
    name: str
    county: str
    districts: tuple[str, ...]
    size: int
    communities: Weighted[Culture]
    words: Mapping[str, tuple[str, ...]]

    def house(self, chance: Random) -> Address:
        """The address of a house, or seldom of a cottage with a name."""
        street, number = self._place(chance)
        named = chance.random() < 0.03
        name = (chance.choice(self.words["houses"]),) if named else ()
        return self._address((*name, f"{number} {self._street(street)}"), street, number, 0)

    def flat(self, chance: Random) -> Address:
        """The address of a flat."""
        street, number = self._place(chance)
        flat = 1 + int(chance.random() * 18)
        lines = (f"Flat {flat}", f"{number} {self._street(street)}")
        return self._address(lines, street, number, flat)

    def hall(self, chance: Random) -> Address:
        """A room in a hall of residence."""
        street, number = self._place(chance)
        room = 1 + int(chance.random() * 98)
        name = f"Room {room} {chance.choice(self.words['halls'])} Hall"
        return self._address((name, f"{number} {self._street(street)}"), street, number, room)

    def care_home(self, chance: Random) -> Address:
        """The address of a care home, its name the first line."""
        street, number = self._place(chance)
        name = chance.choice(self.words["homes"])
        return self._address((name, f"{number} {self._street(street)}"), street, number, 99)

    def landline(self, chance: Random) -> str:
        """A telephone number that is kept for drama."""
        prefix = "02079460" if self.county == "London" else "01632960"
        return f"{prefix}{int(chance.random() * 580):03}"  # below the one of a published person

    def _place(self, chance: Random) -> tuple[int, int]:
        # Twelve streets for each thousand people, so that a small town has few.
        streets = min(self.size * 12, len(self.words["streets"]) * len(self.words["ways"]))
        return int(chance.random() * streets), 1 + int(chance.random() * HOUSES)

    def _street(self, street: int) -> str:
        names, ways = self.words["streets"], self.words["ways"]
        nth, name = divmod(street, len(names))
        return f"{names[name]} {ways[(name * 7 + nth) % len(ways)]}"

    def _address(self, lines: tuple[str, ...], street: int, number: int, part: int) -> Address:
        locality = self.words["localities"][street % 23 :][:1]  # one street in two has one
        town = (self.name,) if self.county == self.name else (self.name, self.county)
        return Address(
            (*lines, *locality, *town),
            self._postcode(street, number),
            f"90{self.number:02}{street:03}{number:03}{part:02}",
        )

    def _postcode(self, street: int, number: int) -> str:
        unit = street * (HOUSES // PER_POSTCODE) + (number - 1) // PER_POSTCODE
        unit, district = divmod(unit, len(self.districts))
        sector, letters = divmod(unit, 400)
        first, second = divmod(letters, 20)
        return f"{self.districts[district]} {sector}{INWARD[first]}{INWARD[second]}"


def load(cultures: Mapping[str, Culture]) -> tuple[Town, ...]:
    """The towns, in their order."""
    table = tomllib.loads(files(__package__).joinpath("towns.toml").read_text("utf-8"))
    lists = {key: words(text) for key, text in table.items() if key != "towns"}
    return tuple(
        _town(number, entry, cultures, lists) for number, entry in enumerate(table["towns"])
    )


def mobile(chance: Random) -> str:
    """A mobile number that is kept for drama."""
    return f"07700900{int(chance.random() * 1000):03}"


def _town(
    number: int,
    entry: list[Any],
    cultures: Mapping[str, Culture],
    lists: Mapping[str, tuple[str, ...]],
) -> Town:
    name, county, districts, size, own = entry
    weights = {culture.name: culture.weight for culture in cultures.values()}
    for culture in own.split():
        weights[culture] *= MORE_HERE
    communities = Weighted(tuple(cultures.values()), weights.values())
    return Town(number, name, county, tuple(districts.split()), size, communities, lists)
