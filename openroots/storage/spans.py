"""From which commit until which each term of a resource held, worked out from all its versions.

For bringing a store of an earlier version up to date: a search of the past finds then by what this
version finds by.

Source: none.
"""

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Generic, NamedTuple, TypeVar

Marks = TypeVar("Marks")  # whose a version is, and how sensitive
Pair = tuple[str, str]
Tell = Callable[[int, int], None]  # how many versions of the store are done, of how many

TOLD_EVERY = 5000  # versions


class Span(NamedTuple, Generic[Marks]):
    """A term, the commit since which it held, the one until before which, and under what marks."""

    pair: Pair
    since: int
    until: int
    marks: Marks


def tell_nobody(done: int, of: int) -> None:
    """Keep to oneself how far it has come."""


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
