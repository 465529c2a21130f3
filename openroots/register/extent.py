"""Extent: whom a mandate is for, and which of two that are for the same organisation is its own.

A mandate comes in waves: some care settings first, or some types of organisation and regions in
them. Of waves that were decided together the narrowest holds, whichever is written first: London in
July and everybody in September means London in July. Where neither of two is the narrower, nobody
could say which days are those of an organisation that is in both.

Source: none.
"""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from openroots.register.bearer import Bearer

ANYBODY = 1_000_000  # how broad it is to name nobody: more than anybody could name


class Bounded(Protocol):
    """What is for some: a mandate, or one wave of it. What names nobody is for all."""

    @property
    def settings(self) -> tuple[str, ...]: ...
    @property
    def organisation_types(self) -> tuple[str, ...]: ...
    @property
    def regions(self) -> tuple[str, ...]: ...


class Extent(NamedTuple):
    """Whom it is for, in whatever order they are named."""

    settings: frozenset[str]
    organisation_types: frozenset[str]
    regions: frozenset[str]

    @classmethod
    def of(cls, one: Bounded) -> "Extent":
        """That of a mandate or of a wave."""
        return cls(*map(frozenset, (one.settings, one.organisation_types, one.regions)))

    @property
    def breadth(self) -> int:
        """The smaller, the narrower: of two, one of which is within the other."""
        return sum(len(named) or ANYBODY for named in self[1:])

    def holds(self, bearer: Bearer) -> bool:
        """Whether it is for this bearer."""
        return (
            bearer.setting in self.settings
            and (not self.organisation_types or bearer.organisation_type in self.organisation_types)
            and (not self.regions or bearer.region in self.regions)
        )

    def shared(self, other: "Extent") -> list[str]:
        """The care settings in which both can be for the same organisation, and neither is the
        narrower."""
        bounds = list(zip(self[1:], other[1:], strict=True))
        apart = any(one and another and not one & another for one, another in bounds)
        nested = self[1:] != other[1:] and (
            _is_within(bounds) or _is_within((b, a) for a, b in bounds)
        )
        return [] if apart or nested else sorted(self.settings & other.settings)


def _is_within(bounds: Iterable[tuple[frozenset[str], frozenset[str]]]) -> bool:
    """Whether each of these names no more than the other beside it, where that names any."""
    return all(not other or (one and one <= other) for one, other in bounds)
