"""From which commit until which each term of a resource held, worked out from all its versions.

For bringing a store of an earlier version up to date: a search of the past finds then by what this
version finds by.

Source: none.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Generic, NamedTuple, TypeVar

Marks = TypeVar("Marks")  # whose a version is, and how sensitive
Pair = tuple[str, str]


class Span(NamedTuple, Generic[Marks]):
    """A term, the commit since which it held, the one until before which, and under what marks."""

    pair: Pair
    since: int
    until: int
    marks: Marks


def spans(
    versions: Iterable[tuple[int, AbstractSet[Pair], Marks]], forever: int
) -> Iterator[Span[Marks]]:
    """The terms of one resource through time, from the commit, the terms and the marks of each of
    its versions, oldest first. A removal has no terms; what still holds does so until `forever`."""
    held: dict[Pair, tuple[int, Marks]] = {}
    for t, terms, marks in versions:
        for pair, (since, own) in list(held.items()):
            if pair not in terms or own != marks:
                yield Span(pair, since, t, own)
                del held[pair]
        held = dict.fromkeys(terms, (t, marks)) | held
    yield from (Span(pair, since, forever, own) for pair, (since, own) in held.items())
