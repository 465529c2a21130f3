"""A commit on its way to the disk: encoded, with everything worked out that needs no store.

For the stores. Who makes a commit does this work, before the one writer has it.

Source: none.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import NamedTuple

import orjson

from openroots.storage.forms import Forms, packed
from openroots.storage.search import EXISTS
from openroots.storage.types import Author, Change, Guard, Json, Mark, Signal, Terms

Encode = Callable[[Json], bytes]


class Written(NamedTuple):
    """One change as it goes to disk: encoded, with its terms and its forms packed. Terms of None
    are those of the version before it."""

    type: str
    id: str
    expect: int
    subject: str
    holder: str
    labels: frozenset[str]
    raw: bytes
    terms: str | None
    forms: bytes


class Submission(NamedTuple):
    """A commit on its way to the store, with everything worked out that needs no store."""

    writes: Sequence[Written]
    guards: Sequence[Guard]
    signals: Sequence[Signal]
    marks: Sequence[Mark]
    by: Author


@dataclass(frozen=True, slots=True)
class Erasure:
    """An order to take out all that is held about this person. Raises ValueError for nobody."""

    subject: str

    def __post_init__(self) -> None:
        if not self.subject:
            raise ValueError("what is nobody's is not erased")


class Pruning(NamedTuple):
    """An order to let go of versions that others took the place of, before this wall time and
    before this commit."""

    before: datetime
    owed: int


def written(
    changes: Sequence[Change],
    terms: Terms,
    forms: Forms,
    *,
    all_terms: bool = False,
    encoded: Encode = orjson.dumps,
) -> list[Written]:
    """The changes of one commit as they go to disk, `encoded` as the store keeps a body, with terms
    also where they are as before if it asks for `all_terms`. Raises ValueError for two changes of
    one resource."""
    if len({(change.type, change.id) for change in changes}) < len(changes):
        raise ValueError("a commit changes a resource once")
    return [_written(change, terms, forms, all_terms, encoded) for change in changes]


def _written(
    change: Change, terms: Terms, forms: Forms, all_terms: bool, encoded: Encode
) -> Written:
    type, id, body, expect, subject, holder, labels = (
        *(change.type, change.id, change.body, change.expect),
        *(change.subject, change.holder, change.labels),
    )
    if body is None:
        return Written(type, id, expect, subject, holder, labels, b"", "", b"")
    found = None
    if all_terms or not (expect and change.found_as_before):
        found = packed_terms({(EXISTS, ""), *terms(type, body)})
    kept = packed(forms(type, body, labels))
    return Written(type, id, expect, subject, holder, labels, encoded(body), found, kept)


def packed_terms(terms: Iterable[tuple[str, str]]) -> str:
    """Terms as one text, the same for the same terms: each name and then its value, as JSON."""
    return orjson.dumps(list(chain.from_iterable(sorted(terms)))).decode() if terms else ""


def read_terms(kept: str) -> set[tuple[str, str]]:
    """The terms in a text."""
    parts = iter(orjson.loads(kept) if kept else ())
    return set(zip(parts, parts, strict=True))


def must_be_about_one_person(changes: Sequence[Change]) -> None:
    """Raises ValueError where the changes are about more than one subject."""
    if len({change.subject for change in changes if change.subject}) > 1:
        raise ValueError("a commit is about one person unless it is marked `across`")
