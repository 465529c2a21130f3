"""What was kept of a subscription's delivery goes once the subscription has been removed.

For the dispatcher, which reads of the removal in the feed. Dead letters can be many, so they go
some at a time; those subscriptions of which some are left are kept beside how far the feed was
read. So a crash leaves nothing behind that nobody would come back for.

Source: none.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

import orjson

from openroots.delivery.kept import DEAD_LETTER, LANE, LOG
from openroots.storage import Change, Mark, Query, Snapshot, Term

LEAVING = "delivery/leaving"
MOST = 500  # dead letters that go in one commit
OVER = datetime(1970, 1, 1, tzinfo=UTC)  # marks that hold until then are swept


class Leaving:
    """The subscriptions that were removed, and of which not all has gone yet."""

    def __init__(self, ids: Iterable[str] = ()) -> None:
        self._ids = dict.fromkeys(ids)
        self._before: list[str] = []  # as of the last commit that was tried

    def __bool__(self) -> bool:
        return bool(self._ids)

    def add(self, id: str) -> None:
        """This one was removed."""
        self._ids[id] = None

    def to_keep(self, db: Snapshot) -> tuple[list[Change], list[Mark]]:
        """What to commit so that some more of it has gone."""
        changes: list[Change] = []
        marks: list[Mark] = []
        self._before = list(self._ids)
        for id in self._before:
            room = MOST - len(changes)
            term = Term("subscription", (id,))
            letters = db.search(Query(DEAD_LETTER, (term,), room + 1)).rows
            changes += [Change(DEAD_LETTER, row.id, None, row.version) for row in letters[:room]]
            if len(letters) > room:
                break
            marks += [Mark(LANE + id, b"", OVER), Mark(LOG + id, b"", OVER)]
            del self._ids[id]
        return changes, [*marks, Mark(LEAVING, orjson.dumps(list(self._ids)))]

    def not_kept(self) -> None:
        """What was to be committed was not: it is to be tried again."""
        self._ids = dict.fromkeys(self._before) | self._ids


def leaving(db: Snapshot) -> Leaving:
    """Those of which something was left when that was last kept."""
    mark = db.marks([LEAVING]).get(LEAVING)
    return Leaving(orjson.loads(mark.value) if mark else ())
