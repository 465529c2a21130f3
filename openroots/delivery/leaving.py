"""What was kept of a subscription's delivery goes once the subscription has been removed.

For the dispatcher, which reads of the removal in the feed. Dead letters can be many, so they go
some at a time; those subscriptions of which some are left are kept beside how far the feed was
read. So a crash leaves nothing behind that nobody would come back for.

Source: none.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

import orjson

from openroots.delivery.kept import DEAD_LETTER, LANE, LOG
from openroots.storage import Change, Mark, Query, Snapshot, Term

LEAVING = "delivery/leaving"
MOST = 500  # dead letters that go in one commit
OVER = datetime(1970, 1, 1, tzinfo=UTC)  # marks that hold until then are swept


class Going(NamedTuple):
    """What to commit so that some more has gone; of the subscriptions in `ended` nothing is left
    then."""

    changes: list[Change]
    marks: list[Mark]
    ended: list[str]


class Leaving:
    """The subscriptions that were removed, and of which not all has gone yet."""

    def __init__(self, ids: Iterable[str] = ()) -> None:
        self._ids = dict.fromkeys(ids)

    def __bool__(self) -> bool:
        return bool(self._ids)

    def add(self, id: str) -> None:
        """This one was removed."""
        self._ids[id] = None

    def end(self, ids: Iterable[str]) -> None:
        """Of these all has gone."""
        for id in ids:
            self._ids.pop(id, None)

    def going(self, db: Snapshot) -> Going:
        """What is to go next. Until `end` is told, it goes on being asked for."""
        changes: list[Change] = []
        ended: list[str] = []
        for id in self._ids:
            room = MOST - len(changes)
            term = Term("subscription", (id,))
            letters = db.search(Query(DEAD_LETTER, (term,), room + 1)).rows
            changes += [Change(DEAD_LETTER, row.id, None, row.version) for row in letters[:room]]
            if len(letters) > room:
                break
            ended.append(id)
        left = [id for id in self._ids if id not in ended]
        marks = [Mark(prefix + id, b"", OVER) for id in ended for prefix in (LANE, LOG)]
        return Going(changes, [*marks, Mark(LEAVING, orjson.dumps(left))], ended)


def leaving(db: Snapshot) -> Leaving:
    """Those of which something was left when that was last kept."""
    mark = db.marks([LEAVING]).get(LEAVING)
    return Leaving(orjson.loads(mark.value) if mark else ())
