"""Gathers what the versions of records tell of the past before they are let go of.

For `pruning`. A search of history looks at the versions of a record for what is no longer so, see
`former`; what is let go of it could not look at. So all that was changed until then is gathered
first, and a mark says up to which commit that was done, so that no change is looked at twice.

Source: none.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import takewhile
from typing import NamedTuple

from openroots.services.demographics.former import FORMER, gathered, once
from openroots.storage import Change, Mark, Row, Snapshot, Store

MARK = "demographics/gathered"
COMMITS, PEOPLE = 200, 1000  # that are looked at together


class Gathered(NamedTuple):
    """What is to be committed: changes about any number of people, and how far they go."""

    changes: tuple[Change, ...]
    mark: Mark


def gathered_next(store: Store, before: datetime) -> Gathered | None:
    """What the next so many commits changed, of those made before this wall time; None where all of
    it was gathered. What it gives is to be committed before the next is asked for."""
    db = store.snapshot()
    mark = db.marks([MARK]).get(MARK)
    found = store.commits(int(mark.value) if mark else 0, COMMITS)
    commits = list(takewhile(lambda commit: commit.by.wall < before, found))
    if not commits:
        return None
    keys = (key for commit in commits for key in commit.keys)
    numbers = list(dict.fromkeys(id for type, id in keys if type == "Patient"))
    parts = (numbers[at : at + PEOPLE] for at in range(0, len(numbers), PEOPLE))
    changes = tuple(change for part in parts for change in _of(part, db))
    return Gathered(changes, Mark(MARK, str(commits[-1].t).encode()))


def _of(numbers: Sequence[str], db: Snapshot) -> Iterator[Change]:
    """What is gathered anew of these people."""
    patients, formers = _rows("Patient", numbers, db), _rows(FORMER, numbers, db)
    for id, told in once(list(patients.values()), formers, db).items():
        row, kept = patients.get(id), formers.get(id)
        if row and told != (kept.body if kept else {}):
            yield gathered(told, row.body, row, kept)


def _rows(type: str, ids: Sequence[str], db: Snapshot) -> dict[str, Row]:
    return {row.id: row for row in db.read([(type, id) for id in ids]).values()}
