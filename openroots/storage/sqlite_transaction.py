"""One transaction of the SQLite writer: what its commits look at, and what they write.

For `sqlite_writer`. Each row that a statement gives or takes one by one costs the thread a turn at
the interpreter, which it must wait for while requests are answered. So what all commits of a
transaction look at is asked for at once and kept in step with what they write, and what they write
goes to the file in a few statements.

Source: SQLite's documentation of its JSON functions.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any, NamedTuple

import apsw
import orjson

from openroots.storage.sqlite_pruning import prune
from openroots.storage.sqlite_search import compiled
from openroots.storage.submission import Erasure, Pruning, Submission, Written, read_terms
from openroots.storage.types import (
    EVERYTHING,
    Absent,
    Conflict,
    Guard,
    Key,
    Mark,
    Unchanged,
)

FOREVER = 1 << 62
NEVER = "0"  # before every moment; "" is for good
AT_ONCE = (32, 4, 1)  # rows to a statement

# A body is not read to see whether there is one.
CURRENT = """
SELECT json_group_array(json_array(v.type, v.id, v.version, length(v.raw) > 0, v.terms,
v.subject, v.holder, v.labels)) FROM json_each(?) k CROSS JOIN version v
WHERE v.type = k.value->>0 AND v.id = k.value->>1 AND v.version = (SELECT max(o.version)
FROM version o WHERE o.type = k.value->>0 AND o.id = k.value->>1)
"""
MARKED = """
SELECT json_group_array(json_array(m.key, ifnull(m.expires, ''))) FROM json_each(?) k
CROSS JOIN mark m WHERE m.key = k.value
"""
CLOSE = "UPDATE term SET until=? WHERE type=? AND name=? AND value=? AND id=? AND until=?"
VERSION, TERM, COMMITTED = "INSERT INTO version", "INSERT INTO term", "INSERT INTO committed"
SIGNAL = "INSERT INTO signal (t, time, type, subject, dataref)"
MARK = "INSERT INTO mark (key, value, expires)"
MARK_AGAIN = " ON CONFLICT (key) DO UPDATE SET value=excluded.value, expires=excluded.expires"
ERASE = (
    "UPDATE version SET raw=x'', forms=x'', terms='', holder='', labels='' "
    "WHERE subject=? AND raw <> x''",
    "DELETE FROM term WHERE subject=?",
    # Emptied and not removed: the number of the newest would be given to another.
    "UPDATE signal SET type='erased', subject='', dataref='' WHERE subject=?",
)

Values = tuple[Any, ...]


class Newest(NamedTuple):
    """The newest version of a resource, whether it is there, its terms packed, and its subject,
    holder and labels."""

    version: int = 0
    there: bool = False
    terms: str = ""
    marks: tuple[str, ...] = ()


NONE = Newest()


class Transaction:
    """What is written together. `t` and `n` are the numbers of the newest commit and version."""

    def __init__(self, db: apsw.Connection, t: int, n: int) -> None:
        self._db = db
        self.t, self.n = t, n
        self._newest: dict[Key, Newest] = {}
        self._marked: dict[str, str] = {}  # until when marks hold
        self._written: set[Key] = set()  # since the last flush
        self._rows: dict[str, list[Values]] = {}

    def look(self, works: Iterable[Submission]) -> None:
        """Ask for all that these commits go by, before the first of them is kept."""
        keys, once = set(), set()
        for work in works:
            keys |= {(write.type, write.id) for write in work.writes}
            keys |= {(one.type, one.id) for one in work.guards if isinstance(one, Unchanged)}
            once |= {mark.key for mark in work.marks if mark.once}
        for type, id, version, there, terms, *marks in self._asked(CURRENT, keys):
            self._newest[type, id] = Newest(version, bool(there), terms, tuple(marks))
        self._marked.update(self._asked(MARKED, once))

    def keep(self, work: Submission) -> int:
        """Keep one commit; returns its number. Raises Conflict, with nothing of it kept."""
        self._refuse_conflicts(work)
        self.t += 1
        first = self.n + 1
        for change in work.writes:
            self._write(change)
        by, time = work.by, moment_text(work.by.time)
        made = (by.application, by.organisation, by.endpoint, by.trail, moment_text(by.wall), time)
        self._add(COMMITTED, (self.t, first, self.n, *made))
        for signal in work.signals:
            self._add(SIGNAL, (self.t, time, signal.type, signal.subject, signal.dataref))
        for mark in work.marks:
            self._mark(mark)
        return self.t

    def sweep(self, now: datetime) -> int:
        """Forget marks that expired before this wall time; returns how many."""
        self.flush()
        gone = moment_text(now)
        self._db.execute("DELETE FROM mark WHERE expires <= ?", (gone,))
        self._marked = {key: at for key, at in self._marked.items() if not at or at > gone}
        return self._db.changes()

    def erase(self, erasure: Erasure, works: Iterable[Submission]) -> int:
        """Take out all that is held about a person; returns how many versions were emptied. The
        commits that come after it go by what is left."""
        self.flush()
        emptied, *others = ERASE
        self._db.execute(emptied, (erasure.subject,))
        count = self._db.changes()
        for statement in others:
            self._db.execute(statement, (erasure.subject,))
        self.look(works)
        return count

    def prune(self, pruning: Pruning) -> int:
        """Let go of some of the versions that others took the place of; returns how many."""
        self.flush()
        return prune(self._db, moment_text(pruning.before), pruning.owed)

    def flush(self) -> None:
        """Write what waits to be written."""
        rows, self._rows, self._written = self._rows, {}, set()
        # Before new terms: of these some are the same, under other marks.
        if closed := rows.pop(CLOSE, None):
            self._db.executemany(CLOSE, closed)
        for sql, waiting in rows.items():
            self._insert(sql, waiting)

    def _asked(self, sql: str, keys: Iterable[Key] | Iterable[str]) -> list[Any]:
        """What is found for these, as the rows of one JSON document."""
        asked = list(keys)
        if not asked:
            return []
        found: list[Any] = orjson.loads(self._db.execute(sql, (orjson.dumps(asked).decode(),)).get)
        return found

    def _refuse_conflicts(self, work: Submission) -> None:
        for change in work.writes:
            self._refuse_other(change.type, change.id, change.expect)
        for guard in work.guards:
            self._refuse_broken(guard)
        for mark in work.marks:
            until = self._marked.get(mark.key, NEVER) if mark.once else NEVER
            if not until or until > moment_text(work.by.wall):
                raise Conflict("marked before")

    def _refuse_other(self, type: str, id: str, expected: int) -> None:
        newest = self._newest.get((type, id), NONE)
        version = newest.version if newest.there else 0
        if expected != version:
            raise Conflict(f"{type} is at version {version}")

    def _refuse_broken(self, guard: Guard) -> None:
        if isinstance(guard, Unchanged):
            self._refuse_other(guard.type, guard.id, guard.version)
        elif isinstance(guard, Absent):
            self.flush()
            sql, values = compiled(guard.query, EVERYTHING, FOREVER - 1)
            if self._db.execute(sql, values).fetchone():
                raise Conflict(f"{guard.query.type} is there")

    def _write(self, change: Written) -> None:
        key = change.type, change.id
        if key in self._written:  # its terms are closed and opened in this order
            self.flush()
        self._written.add(key)
        # What was expected has been found so; only what was not there may have been there before.
        before = self._newest.get(key, NONE)
        version = (change.expect or before.version) + 1
        marks = (change.subject, change.holder, packed_labels(change.labels))
        terms = before.terms if change.terms is None else change.terms
        now = Newest(version, bool(change.raw), terms, marks)
        self._index(key, before, now)
        self._newest[key] = now
        self.n += 1
        kept = (change.raw, change.forms, terms)
        self._add(VERSION, (self.n, *key, version, self.t, *marks, *kept))

    def _index(self, key: Key, before: Newest, now: Newest) -> None:
        """Close the terms that are no longer so and open the new ones: often there are none."""
        alike = before.marks == now.marks
        if alike and before.terms == now.terms:
            return
        type, id = key
        held, found = read_terms(before.terms), read_terms(now.terms)
        kept = held & found if alike else set()
        for name, value in held - kept:
            self._add(CLOSE, (self.t, type, name, value, id, FOREVER))
        for name, value in found - kept:
            self._add(TERM, (type, name, value, id, self.t, FOREVER, *now.marks))

    def _mark(self, mark: Mark) -> None:
        until = moment_text(mark.expires) if mark.expires else None
        self._marked[mark.key] = until or ""
        self._add(MARK, (mark.key, mark.value, until))

    def _add(self, sql: str, row: Values) -> None:
        self._rows.setdefault(sql, []).append(row)

    def _insert(self, sql: str, rows: Sequence[Values]) -> None:
        at, places = 0, f"({','.join('?' * len(rows[0]))})"
        again = MARK_AGAIN if sql == MARK else ""
        for size in AT_ONCE:
            while len(rows) - at >= size:
                values = list(chain.from_iterable(rows[at : at + size]))
                self._db.execute(f"{sql} VALUES {','.join([places] * size)}{again}", values)
                at += size


def packed_labels(labels: frozenset[str]) -> str:
    """Labels as one column holds them: |R|V|."""
    return f"|{'|'.join(sorted(labels))}|" if labels else ""


def read_labels(kept: str) -> frozenset[str]:
    """The labels in a column."""
    return frozenset(kept.strip("|").split("|")) if kept else frozenset()


def moment_text(moment: datetime) -> str:
    """UTC and of fixed width, so that text compares as time does."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")
