"""A store in a few dicts, so plain that it is right by reading it: what the others must agree with.

Source: none.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from openroots.storage import (
    EVERYTHING,
    Author,
    Batched,
    Change,
    Commit,
    Conflict,
    Guard,
    Key,
    Mark,
    Page,
    Query,
    Row,
    Scope,
    Signal,
    Terms,
    Told,
    Unchanged,
)
from openroots.storage.forms import Forms, form_in, no_forms
from openroots.storage.submission import Submission, must_be_about_one_person, written


class Model:
    """Everything that was ever kept, in lists."""

    inline = True

    def __init__(self, terms: Terms, forms: Forms = no_forms) -> None:
        self.terms = terms
        self.forms = forms
        self.packed: dict[tuple[Key, int], bytes] = {}
        self.rows: dict[Key, list[Row]] = {}
        self.log: list[Commit] = []
        self.told: list[Told] = []
        self.marked: dict[str, Mark] = {}
        self.batched = Batched()
        self.pruned = 0  # the past before this commit may have gone

    def snapshot(self, scope: Scope = EVERYTHING, at: int | None = None) -> "ModelSnapshot":
        """The store as it is now, or as it was after commit `at`."""
        return ModelSnapshot(self, len(self.log) if at is None else at, scope)

    async def commit(
        self,
        changes: Sequence[Change] = (),
        guards: Sequence[Guard] = (),
        signals: Sequence[Signal] = (),
        marks: Sequence[Mark] = (),
        *,
        by: Author,
        across: bool = False,
    ) -> int:
        """Keep all of it and return its number. Raises Conflict and ValueError."""
        if not across:
            must_be_about_one_person(changes)
        work = Submission(written(changes, self.terms, self.forms), guards, signals, marks, by)
        now = self.snapshot()
        if not all(now.holds(guard) for guard in (*map(relied_on, changes), *guards)):
            raise Conflict
        if any(mark.once and self.is_marked(mark.key, by.wall) for mark in marks):
            raise Conflict
        self._keep(work, now.t + 1)
        return now.t + 1

    def is_marked(self, key: str, now: datetime) -> bool:
        """Whether a mark of this key is there and has not expired."""
        mark = self.marked.get(key)
        return mark is not None and (mark.expires is None or mark.expires > now)

    def _keep(self, work: Submission, t: int) -> None:
        for made in work.writes:
            rows = self.rows.setdefault((made.type, made.id), [])
            about = made.subject, made.holder, made.labels
            version = rows[-1].version + 1 if rows else 1
            rows.append(Row(made.type, made.id, version, t, made.raw, *about))
            self.packed[(made.type, made.id), version] = made.forms
        keys = tuple((made.type, made.id) for made in work.writes)
        self.log.append(Commit(t, work.by, keys))
        for signal in work.signals:
            self.told.append(Told(str(len(self.told) + 1), t, work.by.time, signal))
        for mark in work.marks:
            self.marked[mark.key] = Mark(mark.key, mark.value, mark.expires)

    async def feed(self, after: str = "", limit: int = 1000) -> list[Told]:
        """The signals that follow a cursor."""
        return self.told[int(after or 0) :][:limit]

    def commits(self, after: int = 0, limit: int = 1000) -> list[Commit]:
        """What was committed after `t`."""
        return self.log[after:][:limit]

    async def sweep(self, now: datetime) -> int:
        """Forget what expired."""
        gone = [key for key in self.marked if not self.is_marked(key, now)]
        for key in gone:
            del self.marked[key]
        return len(gone)

    async def erase(self, subject: str) -> int:
        """Empty every version about this person, and every signal."""
        count = 0
        for rows in self.rows.values():
            for at, row in enumerate(rows):
                if row.subject == subject and row.raw:
                    rows[at] = row._replace(raw=b"", holder="", labels=frozenset())
                    self.packed[(row.type, row.id), row.version] = b""
                    count += 1
        erased = Signal("erased", "", "")
        self.told = [
            replace(told, signal=erased) if told.signal.subject == subject else told
            for told in self.told
        ]
        return count

    async def prune(self, before: datetime, owed: int) -> int:
        """Drop each version about somebody of which the next one was made before then."""
        late = [each.t for each in self.log if each.by.wall >= before]
        first = min([len(self.log) + 1, owed, *late])
        count = 0
        for rows in self.rows.values():
            for old, new in [*pairwise(rows)]:
                if old.subject and new.t < first:
                    rows.remove(old)
                    count += 1
        self.pruned = max(self.pruned, first - 1)
        return count

    def hasten(self) -> None:
        """Nobody waits for anything."""

    async def close(self) -> None:
        """Nothing to close."""


class ModelSnapshot:
    """The model after commit `t`, within a scope."""

    def __init__(self, store: Model, t: int, scope: Scope) -> None:
        self.store = store
        self.t = t
        self.scope = scope
        self.seen: list[str] = []

    def read(self, keys: Sequence[Key], form: str = "") -> dict[Key, Row]:
        """The current row for each key that has one in scope."""
        found = {key: row for key in keys if (row := self._current(key))}
        return {key: self._in_form(self._given(row), form) for key, row in found.items()}

    def get(self, type: str, id: str, form: str = "") -> Row | None:
        """The current row of this one, if it has one in scope."""
        return self.read([(type, id)], form).get((type, id))

    def _in_form(self, row: Row, form: str) -> Row:
        raw = form_in(self.store.packed[(row.type, row.id), row.version], form, row.raw)
        return row._replace(raw=raw, form=form) if raw else row

    def search(self, query: Query) -> Page:
        """Every resource of the types, looked at in the order of the ids."""
        keys = sorted(self.store.rows, key=lambda key: key[1].encode())
        found = [row.id for key in keys if (row := self._current(key)) and self._found(row, query)]
        ids = list(dict.fromkeys(found))
        shown = [(type, id) for id in ids[: query.limit] for type in query.types]
        page = list(self.read(shown, query.form).values())
        return Page(page, page[-1].id if page and len(ids) > query.limit else "")

    def before(self, time: datetime) -> int:
        """The commit before the first that was made then or later."""
        log = self.store.log[: self.t]
        late = [each.t for each in log if each.by.time >= time and each.by.time != log[0].by.time]
        return late[0] - 1 if late else self.t

    def tally(self, type: str, name: str) -> dict[str, int]:
        """Every resource of the type, looked at for its values of the name."""
        found = [row for key in self.store.rows if key[0] == type and (row := self._current(key))]
        return Counter(
            value
            for row in found
            for named, value in {("", ""), *self.store.terms(row.type, row.body)}
            if named == name
        )

    def history(
        self, type: str, id: str, *, to: int | None = None, newest: int | None = None
    ) -> list[Row]:
        """Every version up to `t` in scope, removals included."""
        rows = [row for row in self._until_now((type, id)) if to is None or row.t <= to]
        rows = rows if newest is None else rows[::-1][:newest][::-1]
        return [self._given(row) for row in rows if self._in_scope(row)]

    def versions(self, since: Mapping[Key, int]) -> list[Row]:
        """Every version of these from a number on."""
        rows = [
            row
            for key, number in since.items()
            for row in self._until_now(key)
            if row.version >= number and self._in_scope(row)
        ]
        return [self._given(row) for row in rows]

    def marks(self, keys: Sequence[str]) -> dict[str, Mark]:
        """Today's marks of these keys."""
        return {key: self.store.marked[key] for key in keys if key in self.store.marked}

    def holds(self, guard: Guard) -> bool:
        """Whether what a commit relied on is so."""
        if isinstance(guard, Unchanged):
            row = self._current((guard.type, guard.id))
            return guard.version == (row.version if row else 0)
        return not self.search(guard.query).rows

    def _until_now(self, key: Key) -> list[Row]:
        return [row for row in self.store.rows.get(key, []) if row.t <= self.t]

    def _current(self, key: Key) -> Row | None:
        newest = self._until_now(key)[-1:]
        return next((row for row in newest if row.raw and self._in_scope(row)), None)

    def _found(self, row: Row, query: Query) -> bool:
        pairs = list(self.store.terms(row.type, row.body))
        return (
            row.type in query.types
            and row.id.encode() > query.after.encode()
            and all(
                any(name == term.name and term.matches(value) for name, value in pairs)
                for term in query.where
            )
        )

    def _in_scope(self, row: Row) -> bool:
        if not self.scope.holds(row.subject, row.holder, row.labels):
            return False
        objection = self._until_now((self.scope.without, row.subject))[-1:]
        return not (row.subject and objection and objection[0].raw)

    def _given(self, row: Row) -> Row:
        if row.subject:
            self.seen.append(row.subject)
        return row


def relied_on(change: Change) -> Unchanged:
    """What a change says of the version before it."""
    return Unchanged(change.type, change.id, change.expect)
