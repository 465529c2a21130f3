"""A store in one SQLite file as it was after a commit, within a scope.

For `sqlite`. A snapshot holds a number and no lock; it is the same whenever it is asked.

Source: SQLite's documentation on WAL.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import apsw
import orjson

from openroots.storage.forms import form_in
from openroots.storage.phrases import whole
from openroots.storage.search import Page, Query
from openroots.storage.sqlite_reading import newest, newest_of, unavailable_where_lost
from openroots.storage.sqlite_search import compiled, tallied
from openroots.storage.sqlite_transaction import moment_text, read_labels
from openroots.storage.types import EVERYTHING, Key, Mark, Row, Scope

UNLABELLED: frozenset[str] = frozenset()
FIRST_SINCE = """
SELECT t FROM committed WHERE time >= ? AND t <= ?
AND time <> (SELECT time FROM committed ORDER BY t LIMIT 1) ORDER BY t LIMIT 1
"""
HISTORY = """
SELECT version, t, raw, subject, holder, labels FROM version
WHERE type = ? AND id = ? AND t <= ? ORDER BY version DESC LIMIT ?
"""

VERSIONS = """
SELECT v.type, v.id, v.version, v.t, v.raw, v.subject, v.holder, v.labels
FROM json_each(?) k CROSS JOIN version v WHERE v.type = k.value->>0 AND v.id = k.value->>1
AND v.version >= k.value->>2 AND v.t <= ? ORDER BY k.key, v.version
"""


class SqliteSnapshot:
    """The store after commit `t`, within a scope. See `storage.store.Snapshot`."""

    __slots__ = ("_db", "_last", "scope", "seen", "t")

    def __init__(self, db: apsw.Connection, t: int, scope: Scope) -> None:
        self._db = db
        self.t = t
        self.scope = scope
        self.seen: list[str] = []
        self._last: dict[Key, Any] = {}

    @unavailable_where_lost
    def read(self, keys: Sequence[Key], form: str = "") -> dict[Key, Row]:
        """The current row for each key that has one in scope, in the form asked for."""
        # What was read last is not read again: it is often asked for in another form.
        if not all(map(self._last.__contains__, keys)):
            self._last = dict(newest(self._db, keys, self.t))
        rows = {}
        for key in keys:
            found = self._last.get(key)
            if found and found[2] and (row := self._in_scope(key, found, form)):
                rows[key] = row
        return rows

    @unavailable_where_lost
    def get(self, type: str, id: str, form: str = "") -> Row | None:
        """The current row of this one, if it has one in scope."""
        key = type, id
        if key not in self._last:
            self._last = {key: newest_of(self._db, key, self.t)}
        found = self._last[key]
        return self._in_scope(key, found, form) if found and found[2] else None

    @unavailable_where_lost
    def history(
        self, type: str, id: str, *, to: int | None = None, newest: int | None = None
    ) -> list[Row]:
        """Every version up to `t` in scope, oldest first, removals included."""
        last, most = self.t if to is None else min(to, self.t), -1 if newest is None else newest
        found = list(self._db.execute(HISTORY, (type, id, last, most)))
        rows = (self._in_scope((type, id), (*version, b"")) for version in reversed(found))
        return [row for row in rows if row is not None]

    @unavailable_where_lost
    def versions(self, since: Mapping[Key, int]) -> list[Row]:
        """Of each every version from its number on, up to `t`, in scope, removals included."""
        asked = orjson.dumps([(*key, number) for key, number in since.items()]).decode()
        found = self._db.execute(VERSIONS, (asked, self.t))
        rows = (self._in_scope((type, id), (*version, b"")) for type, id, *version in found)
        return [row for row in rows if row is not None]

    @unavailable_where_lost
    def search(self, query: Query) -> Page:
        """The rows that a query finds, with the cursor of the next page."""
        sql, values = compiled(query, self.scope, self.t)
        ids = [id for (id,) in self._db.execute(sql, values)]
        more = len(ids) > query.limit
        keys = [(type, id) for id in ids[: query.limit] for type in query.types]
        rows = list(self.read(keys, query.form).values())
        return Page(rows, keys[-1][1] if more and keys else "")

    @unavailable_where_lost
    def tally(self, type: str, name: str) -> dict[str, int]:
        """How many resources have each value of a name."""
        sql, values = tallied(type, name, self.scope, self.t)
        return dict(self._db.execute(sql, values))

    @unavailable_where_lost
    def before(self, time: datetime) -> int:
        """The commit before the first that was made at this time of the world or later."""
        found = self._db.execute(FIRST_SINCE, (moment_text(time), self.t)).get
        return self.t if found is None else found - 1

    @unavailable_where_lost
    def marks(self, keys: Sequence[str]) -> dict[str, Mark]:
        """Today's marks of these keys."""
        marks = {}
        for key in keys:
            found = self._db.execute("SELECT value, expires FROM mark WHERE key=?", (key,))
            for value, expires in found:
                marks[key] = Mark(key, value, datetime.fromisoformat(expires) if expires else None)
        return marks

    def _in_scope(self, key: Key, found: tuple[Any, ...], form: str = "") -> Row | None:
        version, t, raw, subject, holder, labels, forms = found
        named = read_labels(labels) if labels else UNLABELLED
        if self.scope is not EVERYTHING and not self._holds(subject, holder, named):
            return None
        if subject:
            self.seen.append(subject)
        if form and forms and (formed := form_in(forms, form, raw)):
            written = whole(raw) if formed is raw else formed
            return Row(*key, version, t, written, subject, holder, named, form)
        return Row(*key, version, t, whole(raw), subject, holder, named)

    def _holds(self, subject: str, holder: str, labels: frozenset[str]) -> bool:
        scope = self.scope
        if not scope.holds(subject, holder, labels):
            return False
        if not scope.without or not subject:
            return True
        found = newest_of(self._db, (scope.without, subject), self.t)
        return not (found and found[2])
