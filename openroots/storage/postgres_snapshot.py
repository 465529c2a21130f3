"""A store in PostgreSQL as it was after some commit, within a scope.

For handlers, which run on threads: each statement is one round trip, made by the event loop of the
store, and waited for here.

Source: PostgreSQL's documentation on LATERAL subqueries.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from openroots.storage.forms import form_in
from openroots.storage.postgres_schema import LATEST
from openroots.storage.postgres_search import compile_query, compile_tally
from openroots.storage.search import Page, Query
from openroots.storage.types import Key, Mark, Row, Scope

NEWEST = """
SELECT v.type, v.id, v.version, v.t, v.raw, v.subject, v.holder, v.labels{forms} FROM {keys}
CROSS JOIN LATERAL (
    SELECT * FROM version WHERE type = k.type AND id = k.id AND t <= $2
    ORDER BY version DESC LIMIT 1
) v ORDER BY k.n
"""
KEYS = "unnest($1::text[], $3::text[]) WITH ORDINALITY AS k(type, id, n)"
FORMS = {False: "", True: ", v.forms"}  # fetched only for those who ask for one
HISTORY = """
SELECT type, id, version, t, raw, subject, holder, labels FROM version
WHERE type = $1 AND id = $2 AND t <= $3 ORDER BY version DESC LIMIT $4
"""
VERSIONS = """
SELECT v.type, v.id, v.version, v.t, v.raw, v.subject, v.holder, v.labels
FROM unnest($1::text[], $3::text[], $4::bigint[]) WITH ORDINALITY AS k(type, id, since, n)
JOIN version v ON v.type = k.type AND v.id = k.id AND v.version >= k.since AND v.t <= $2
ORDER BY k.n, v.version
"""
MARKS = "SELECT key, value, expires FROM mark WHERE key = ANY ($1)"
FIRST_SINCE = """
SELECT t FROM committed WHERE time >= $1 AND t <= $2
AND time <> (SELECT time FROM committed ORDER BY t LIMIT 1) ORDER BY t LIMIT 1
"""


class Asks(Protocol):
    """The store, of which a snapshot asks what it needs."""

    def ask(self, sql: str, *values: Any) -> list[Any]:
        """The records that a statement gives. Raises Unavailable."""
        ...


class PostgresSnapshot:
    """The store after commit `t`, within a scope. See `storage.store.Snapshot`.

    Used on any thread but that of the store's event loop, which each call waits for. The number
    is looked up when first needed, so that a handler that reads nothing costs no round trip.
    """

    __slots__ = ("_at", "_store", "scope", "seen")

    def __init__(self, store: Asks, at: int | None, scope: Scope) -> None:
        self._store = store
        self._at = at
        self.scope = scope
        self.seen: list[str] = []

    @property
    def t(self) -> int:
        """The commit after which this is the store."""
        if self._at is None:
            self._at = int(self._store.ask(LATEST)[0][0])
        return self._at

    def read(self, keys: Sequence[Key], form: str = "") -> dict[Key, Row]:
        """The current row for each key that has one in scope, in the form asked for."""
        types, ids = [type for type, _ in keys], [id for _, id in keys]
        sql = NEWEST.format(keys=KEYS, forms=FORMS[bool(form)])
        found = self._store.ask(sql, types, self.t, ids) if keys else []
        rows = self._in_scope([record for record in found if record["raw"]], form)
        return {(row.type, row.id): row for row in rows}

    def get(self, type: str, id: str, form: str = "") -> Row | None:
        """The current row of this one, if it has one in scope."""
        return self.read([(type, id)], form).get((type, id))

    def search(self, query: Query) -> Page:
        """The rows that a query finds, with the cursor of the next page."""
        ids, texts = compile_query(query, self.scope)
        sql = NEWEST.format(keys=f"({ids}) AS k", forms=FORMS[bool(query.form)])
        found = [record for record in self._store.ask(sql, texts, self.t) if record["raw"]]
        all_ids = list(dict.fromkeys(record["id"] for record in found))
        shown = all_ids[: query.limit]
        page = [record for record in found if record["id"] in shown]
        rows = self._in_scope(page, query.form)
        return Page(rows, str(shown[-1]) if shown and len(all_ids) > query.limit else "")

    def tally(self, type: str, name: str) -> dict[str, int]:
        """How many resources have each value of a name."""
        sql, texts = compile_tally(type, name, self.scope)
        return dict(map(tuple, self._store.ask(sql, texts, self.t)))

    def before(self, time: datetime) -> int:
        """The commit before the first that was made at this time of the world or later."""
        found = self._store.ask(FIRST_SINCE, time.astimezone(UTC), self.t)
        return int(found[0]["t"]) - 1 if found else self.t

    def history(
        self, type: str, id: str, *, to: int | None = None, newest: int | None = None
    ) -> list[Row]:
        """Every version up to `t` in scope, oldest first, removals included."""
        last = self.t if to is None else min(to, self.t)
        return self._in_scope(self._store.ask(HISTORY, type, id, last, newest)[::-1])

    def versions(self, since: Mapping[Key, int]) -> list[Row]:
        """Of each every version from its number on, up to `t`, in scope, removals included."""
        types, ids = [type for type, _ in since], [id for _, id in since]
        numbers = list(since.values())
        return self._in_scope(self._store.ask(VERSIONS, types, self.t, ids, numbers))

    def marks(self, keys: Sequence[str]) -> dict[str, Mark]:
        """Today's marks of these keys."""
        found = self._store.ask(MARKS, list(keys))
        return {key: Mark(key, value, expires) for key, value, expires in found}

    def _in_scope(self, found: Sequence[Any], form: str = "") -> list[Row]:
        rows = [
            row
            for row in (_row(record, form) for record in found)
            if self.scope.holds(row.subject, row.holder, row.labels)
        ]
        if self.scope.without and rows:
            barred = self._who_has(self.scope.without, {row.subject for row in rows})
            rows = [row for row in rows if row.subject not in barred]
        self.seen += [row.subject for row in rows if row.subject]
        return rows

    def _who_has(self, type: str, subjects: set[str]) -> set[str]:
        """Those of these people who have a resource of the type under their own key."""
        ids = sorted(subjects - {""})
        sql = NEWEST.format(keys=KEYS, forms=FORMS[False])
        found = self._store.ask(sql, [type] * len(ids), self.t, ids) if ids else []
        return {record["id"] for record in found if record["raw"]}


def _row(record: Any, form: str) -> Row:
    type, id, version, t, raw, subject, holder, labels, *forms = record
    row = Row(type, id, version, t, raw, subject, holder, frozenset(labels))
    formed = form_in(forms[0], form, raw) if forms else b""
    return row._replace(raw=formed, form=form) if formed else row
