"""Gathers what the versions of records tell of the past before they are let go of.

For `pruning`. A search of history looks at the versions of a record for what is no longer so, see
`former`; what is let go of it could not look at. So all that was changed until then is gathered
first, and a mark says up to which commit that was done, so that no change is looked at twice.

Source: none.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from openroots.services.demographics.former import FORMER, gathered, once
from openroots.storage import Change, Commit, Mark, Row, Snapshot, Store, Unchanged

MARK = "demographics/gathered"
# Commits that are looked at together, or fewer that come to so many people. What others change
# meanwhile is looked at again, so it must not take long.
COMMITS, PEOPLE = 200, 1000


class Gathered(NamedTuple):
    """What is to be committed: changes about any number of people, that those are still there, and
    how far they go."""

    changes: tuple[Change, ...]
    guards: tuple[Unchanged, ...]
    mark: Mark


def gathered_next(store: Store, before: datetime) -> Gathered | None:
    """What the next so many commits changed, of those made before this wall time; None where all of
    it was gathered. What it gives is to be committed before the next is asked for."""
    db = store.snapshot()
    mark = db.marks([MARK]).get(MARK)
    commits = list(_few(store.commits(int(mark.value) if mark else 0, COMMITS), before))
    if not commits:
        return None
    anew = list(_of(list(dict.fromkeys(_people(commits))), db))
    # Where something is kept, it is not there any more to be replaced once somebody is erased.
    first = [row for row, change in anew if not change.expect]
    still_there = tuple(Unchanged("Patient", row.id, row.version) for row in first)
    changes = tuple(change for _, change in anew)
    return Gathered(changes, still_there, Mark(MARK, str(commits[-1].t).encode()))


def _few(commits: Sequence[Commit], before: datetime) -> Iterator[Commit]:
    """Those made before this, up to the one that makes it enough people."""
    people: set[str] = set()
    for commit in commits:
        if commit.by.wall >= before or len(people) >= PEOPLE:
            return
        people.update(_people([commit]))
        yield commit


def _people(commits: Sequence[Commit]) -> Iterator[str]:
    return (id for commit in commits for type, id in commit.keys if type == "Patient")


def _of(numbers: Sequence[str], db: Snapshot) -> Iterator[tuple[Row, Change]]:
    """What is gathered anew of these people, each with their record."""
    patients, formers = _rows("Patient", numbers, db), _rows(FORMER, numbers, db)
    for id, told in once(list(patients.values()), formers, db).items():
        row, kept = patients.get(id), formers.get(id)
        if row and told != (kept.body if kept else {}):
            yield row, gathered(told, row.body, row, kept)


def _rows(type: str, ids: Sequence[str], db: Snapshot) -> dict[str, Row]:
    return {row.id: row for row in db.read([(type, id) for id in ids]).values()}
