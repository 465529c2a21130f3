"""What made-up people are called: given and family names of the many communities of England.

For the population. A name is drawn by its rank, the commonest far more often than the rest, and a
given name from those of the years around the birth. Only characters that the Personal
Demographics Service permits occur.

Source: own lists in names.toml; the order follows what is generally known of each community.
"""

import tomllib
import unicodedata
from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import accumulate
from random import Random
from typing import Any, Generic, TypeVar

T = TypeVar("T")

# What has no accent to take off, but a letter of its own.
LETTERS = str.maketrans({"ł": "l", "Ł": "L", "ß": "ss", "ı": "i", "ø": "o", "đ": "d", "æ": "ae"})
HEAD_START = 7  # ranks: the larger, the less the first few stand out from the rest


class Weighted(Generic[T]):
    """Things to draw from, each as often as its weight says."""

    __slots__ = ("sums", "things", "total")

    def __init__(self, things: Sequence[T], weights: Iterable[float]) -> None:
        self.things = things
        self.sums = list(accumulate(weights))
        self.total = self.sums[-1]

    def draw(self, chance: Random) -> T:
        """One of them."""
        return self.things[bisect(self.sums, chance.random() * self.total)]


@dataclass(frozen=True, slots=True)
class Culture:
    """How the people of one community are named. The fields are explained in names.toml."""

    name: str
    weight: float
    families: Weighted[str]
    given: dict[str, tuple[list[int], list[Weighted[str]]]]  # by sex: years, and names from each
    takes: float
    middle: float
    heads: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    tail: float = 0.0
    doubled: float = 0.0
    women: tuple[str, ...] = ()
    womens_share: float = 0.0
    middles: dict[str, tuple[str, ...]] = field(default_factory=dict)
    feminine: tuple[tuple[str, str], ...] = ()
    wife: tuple[tuple[str, str], ...] = ()
    language: tuple[str, str] | None = None
    speaks: float = 0.0

    def family(self, chance: Random) -> str:
        """A family name as a man bears it; some are rare ones, made of two parts."""
        if self.tail and chance.random() < self.tail:
            return chance.choice(self.heads) + chance.choice(self.endings)
        drawn = self.families.draw(chance)
        if self.doubled and chance.random() < self.doubled:
            return f"{drawn} {self.families.draw(chance)}"
        return drawn

    def borne(self, family: str, sex: str, as_wife: bool = False) -> str:
        """The form of a family name that a person of this sex bears."""
        if sex == "female":
            for ending, other in self.wife if as_wife and self.wife else self.feminine:
                if family.endswith(ending):
                    return family[: -len(ending)] + other
        return family

    def own_family(self, chance: Random, sex: str, fathers: str) -> str:
        """The family name of a child of this father: his, or one that only women bear."""
        if sex == "female" and self.women and chance.random() < self.womens_share:
            return chance.choice(self.women)
        return self.borne(fathers, sex)

    def first_name(self, chance: Random, sex: str, year: int) -> str:
        """A given name from those of the years around the birth."""
        years, lists = self.given[sex]
        around = year + chance.random() * 12 - 6
        return lists[max(bisect(years, around) - 1, 0)].draw(chance)

    def given_names(self, chance: Random, sex: str, year: int) -> tuple[str, ...]:
        """All given names of a person: one, two, or seldom more; a few only by their letter."""
        first = self.first_name(chance, sex, year)
        if chance.random() >= self.middle:
            return (first,)
        second = self._middle(chance, sex, year)
        more = chance.random()
        if more < 0.03:
            return first, second[0] if second[0].isalpha() else second
        if more < 0.12:
            return self._distinct(first, second, self._middle(chance, sex, year))
        if more < 0.14:
            others = (self._middle(chance, sex, year) for _ in range(2))
            return self._distinct(first, second, *others)
        return self._distinct(first, second)

    def _middle(self, chance: Random, sex: str, year: int) -> str:
        if sex in self.middles:
            return chance.choice(self.middles[sex])
        return self.first_name(chance, sex, year - 25)  # often a grandparent's

    @staticmethod
    def _distinct(*names: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(names))


def load() -> tuple[dict[str, Culture], dict[str, str]]:
    """The communities by name, and the names by which some people prefer to be called."""
    table = tomllib.loads(files(__package__).joinpath("names.toml").read_text("utf-8"))
    nicknames = table.pop("nicknames")
    return {name: _culture(name, entry) for name, entry in table.items()}, nicknames


def words(text: str) -> tuple[str, ...]:
    """The entries of a list in a data file: split at white space, underscores being spaces."""
    return tuple(word.replace("_", " ") for word in text.split())


def unaccented(text: str) -> str:
    """The text as a system without accents writes it."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text.translate(LETTERS))
    return decomposed.encode("ascii", "ignore").decode()


def _culture(name: str, entry: dict[str, Any]) -> Culture:
    code, _, display = entry.pop("language", "").partition(" ")
    return Culture(
        name=name,
        families=_ranked(entry.pop("family")),
        given={sex: _by_year(entry.pop(sex)) for sex in ("female", "male")},
        middles={sex: words(text) for sex, text in entry.pop("middles", {}).items()},
        heads=words(entry.pop("heads", "")),
        endings=words(entry.pop("endings", "")),
        women=words(entry.pop("women", "")),
        feminine=_endings(entry.pop("feminine", "")),
        wife=_endings(entry.pop("wife", "")),
        language=(code, display) if code else None,
        **entry,
    )


def _ranked(text: str) -> Weighted[str]:
    names = words(text)
    return Weighted(names, (1 / (rank + HEAD_START) for rank in range(len(names))))


def _by_year(lists: dict[str, str]) -> tuple[list[int], list[Weighted[str]]]:
    return [int(year) for year in lists], [_ranked(text) for text in lists.values()]


def _endings(text: str) -> tuple[tuple[str, str], ...]:
    pairs = (pair.partition(">") for pair in text.split())
    return tuple((ending, other) for ending, _, other in pairs)
