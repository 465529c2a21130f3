"""What is wrong with a store and an audit log that a power cut has left, said in sentences.

For the crash campaign. The real store and the real log are opened on what is left, as the next
start of the server would open them, and held against a model of what was committed.

Source: none.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from openroots.gateway.proof import unproved
from openroots.storage import Change, Mark, Query, Snapshot, Term
from openroots.storage.audit import Segment, broken_at
from openroots.storage.sqlite import open_connection, open_sqlite
from tests.crash.campaign import DATABASE, KEYS, LOG, MARKS, History, Left
from tests.storage.desk import BY, Desk, forms, terms

QUERIES = [
    Query("Patient"),
    Query("Thing"),
    Query("Patient", (Term("family", ("Smith",)),), form="short"),
    Query("Patient", (Term("family", ("Jones",)),)),
]


class Judge:
    """Knows what was committed, and how it ought to look after each commit."""

    def __init__(self, history: History, loop: Any) -> None:
        self._history = history
        self._model = history.model()
        self._loop = loop
        self._wanted: dict[int, Any] = {}  # what is to be seen after each commit
        self.kept = 0  # commits that the last power cut left

    def wrong(self, left: Left, folder: Path, *, goes_on: bool = False) -> list[str]:
        """Every way in which what is left is not as it was promised; none is as it should be.
        Where it `goes_on`, one more commit is made on it."""
        left.write(folder)
        try:
            desk = Desk(lambda: open_sqlite(folder / DATABASE, terms, forms), self._loop)
        except Exception as error:
            return [f"the store does not open: {error!r}"]
        try:
            return [*self._of_store(desk, left, folder), *self._of_log(desk, left, folder, goes_on)]
        except Exception as error:
            return [f"what is left cannot be read: {error!r}"]
        finally:
            desk.close()

    def _of_store(self, desk: Desk, left: Left, folder: Path) -> Iterator[str]:
        store = desk.store
        if (sound := integrity(folder / DATABASE)) != "ok":
            yield f"the database is broken: {sound}"
        kept = [commit.by.trail for commit in store.commits(limit=1 << 30)]
        self.kept = len(kept)
        if kept != self._history.order[: len(kept)]:
            yield "the commits are not those that were made, in their order"
        lost = left.told & set(self._history.order) - set(kept)
        if lost:
            yield f"{len(lost)} commits that were told of are lost"
        elif self._seen(store.snapshot()) != self._to_be_seen(len(kept)):
            yield "what is read and found is not what was committed"
        if [(told.t, told.signal) for told in desk.run(store.feed(limit=1 << 30))] != [
            (told.t, told.signal) for told in self._model.told if told.t <= len(kept)
        ]:
            yield "the signals are not those of the commits"
        if store.snapshot().marks(MARKS) != self._marks(kept):
            yield "the marks are not those of the commits"

    def _to_be_seen(self, t: int) -> Any:
        if t not in self._wanted:
            self._wanted[t] = self._seen(self._model.snapshot(at=t))
        return self._wanted[t]

    def _seen(self, db: Snapshot) -> Any:
        histories = [db.history(*key) for key in KEYS]
        found = [db.search(query).rows for query in QUERIES]
        return histories, [list(rows) for rows in found], db.read(KEYS, form="short")

    def _marks(self, kept: list[str]) -> dict[str, Mark]:
        made = (mark for trail in kept for mark in self._history.asked[trail].marks)
        return {mark.key: mark for mark in made}

    def _of_log(self, desk: Desk, left: Left, folder: Path, goes_on: bool) -> Iterator[str]:
        log, store = folder / LOG, desk.store
        segment = Segment(log)
        if at := broken_at(log):
            yield f"the chain of the audit log is broken at {at}"
            segment.close()
            return
        entries = [orjson.loads(line) for line in log.read_bytes().splitlines()]
        told = {what.removeprefix("refused ") for what in left.told}
        if lost := told - {entry["trail"] for entry in entries}:
            yield f"{len(lost)} audit entries that were told of are lost"
        if any(entry["t"] > self.kept for entry in entries):
            yield "the audit log tells of a commit that is not there"
        late = [entry["t"] for entry in unproved(store, folder / "audit")]
        proved = {entry["t"] for entry in entries}
        if late != [t for t in range(1, self.kept + 1) if t not in proved]:
            yield "not each commit without an audit entry is found"
        if goes_on:
            yield from self._goes_on(desk, segment, log)
        segment.close()

    def _goes_on(self, desk: Desk, segment: Segment, log: Path) -> Iterator[str]:
        t = desk.commit(Change("New", "1", {}, 0), by=BY._replace(trail="new"))
        segment.append([b'{"wall":"2026-03-01T12:00:00Z","trail":"new","subjects":["1"]'])
        if t != self.kept + 1 or not desk.store.snapshot().read([("New", "1")]):
            yield "the store does not go on"
        if broken_at(log):
            yield "the audit log does not go on"


def integrity(database: Path) -> str:
    """What SQLite finds when it goes through all of a database: "ok" where nothing is wrong."""
    db = open_connection(database)
    try:
        return str(db.execute("PRAGMA integrity_check").get)
    finally:
        db.close()
