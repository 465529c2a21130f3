"""Questions to the index: a conjunction of plain comparisons, answered a page at a time.

A store indexes each resource by the (name, value) pairs that its service gives for it. It knows
nothing of what they mean; values compare as text, byte by byte.

Source: none; FHIR search is compiled to these.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openroots.storage.types import Row

EXISTS = ""  # the name of a term that every resource has: it finds all of a type
LAST_CHARACTER = "\U0010ffff"
FIRST_SURROGATE, AFTER_SURROGATES = 0xD800, 0xE000  # no text holds what lies between


class How(Enum):
    """How a value is compared with those asked for."""

    IS = "is"  # equal to one of them
    STARTS = "starts"  # begins with one of them
    FROM = "from"  # not before the only one
    TO = "to"  # not after the only one


@dataclass(frozen=True, slots=True)
class Term:
    """Some value that the resource is indexed by under `name` compares so with `values`."""

    name: str
    values: tuple[str, ...]
    how: How = How.IS

    def __post_init__(self) -> None:
        if not self.values or (self.how in (How.FROM, How.TO) and len(self.values) > 1):
            raise ValueError("FROM and TO take one value, IS and STARTS one or more")

    def matches(self, value: str) -> bool:
        """Whether one indexed value satisfies this term: what every engine must agree with."""
        match self.how:
            case How.IS:
                return value in self.values
            case How.STARTS:
                return value.startswith(self.values)
            case How.FROM:
                return value.encode() >= self.values[0].encode()
            case How.TO:
                return value.encode() <= self.values[0].encode()


def after_all_with(prefix: str) -> str:
    """The first text, byte by byte, that follows every text with this prefix; "" if none does."""
    cut = prefix.rstrip(LAST_CHARACTER)
    if not cut:
        return ""
    following = ord(cut[-1]) + 1
    return cut[:-1] + chr(AFTER_SURROGATES if following == FIRST_SURROGATE else following)


@dataclass(frozen=True, slots=True)
class Query:
    """Resources of one type for which every term holds, in the order of their ids (bytes).

    `after` is the `next` of the page before; `limit` bounds the page. No terms: all of the type.
    Rows that are kept in the form asked for are given in it. `also` names types of what stands
    under the same ids: an id is found where every term holds for a resource of any of these types,
    and the resources that it has of all of them are given side by side.
    """

    type: str
    where: tuple[Term, ...] = ()
    limit: int = 50
    after: str = ""
    form: str = ""
    also: tuple[str, ...] = ()

    @property
    def types(self) -> tuple[str, ...]:
        """All types of which resources are found and given."""
        return (self.type, *self.also)


@dataclass(frozen=True, slots=True)
class Page:
    """What a query found. `next` is empty on the last page."""

    rows: Sequence["Row"]
    next: str = ""
