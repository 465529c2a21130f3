"""A commit on its way to the disk: encoded, with everything worked out that needs no store.

For the stores. Who makes a commit does this work, before the one writer has it.

Source: none.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

import orjson

from openroots.storage.forms import Forms, packed
from openroots.storage.search import EXISTS
from openroots.storage.types import Author, Change, Guard, Mark, Signal, Terms


class Written(NamedTuple):
    """One change as it goes to disk: encoded, with its terms and its forms packed."""

    type: str
    id: str
    expect: int
    subject: str
    holder: str
    labels: frozenset[str]
    raw: bytes
    terms: str
    forms: bytes


class Submission(NamedTuple):
    """A commit on its way to the store, with everything worked out that needs no store."""

    writes: Sequence[Written]
    guards: Sequence[Guard]
    signals: Sequence[Signal]
    marks: Sequence[Mark]
    by: Author


def written(changes: Sequence[Change], terms: Terms, forms: Forms) -> list[Written]:
    """The changes of one commit as they go to disk. Raises ValueError for two of one resource."""
    if len({(change.type, change.id) for change in changes}) < len(changes):
        raise ValueError("a commit changes a resource once")
    return [_written(change, terms, forms) for change in changes]


def _written(change: Change, terms: Terms, forms: Forms) -> Written:
    type, id, body, expect, subject, holder, labels = (
        *(change.type, change.id, change.body, change.expect),
        *(change.subject, change.holder, change.labels),
    )
    if body is None:
        return Written(type, id, expect, subject, holder, labels, b"", "", b"")
    found = packed_terms({(EXISTS, ""), *terms(type, body)})
    kept = packed(forms(type, body, labels))
    return Written(type, id, expect, subject, holder, labels, orjson.dumps(body), found, kept)


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
