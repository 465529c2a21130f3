"""Random lives of a store: each real store answers as the model does, or as it refuses.

Source: none.
"""

import asyncio
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from openroots.storage import Key, Query, Snapshot, Store, Unchanged
from openroots.storage.postgres import open_postgres
from openroots.storage.sqlite import open_sqlite
from openroots.storage.submission import Erasure
from tests.conftest import execute
from tests.generative.lives import KEYS, RIGHT, TYPES, Asked, Look, Pruning, Step, Together, lives
from tests.storage.desk import NOON, Desk, forms, running_loop, terms
from tests.storage.model import Model

STORES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
TRUNCATE = "TRUNCATE openroots.committed, openroots.version, openroots.term, openroots.signal"


Fresh = Callable[[], Desk]


@pytest.fixture(scope="module", params=STORES)
def fresh(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fresh]:
    """A function that gives an empty store of one kind, closed by itself in the end."""
    with running_loop() as loop:
        if request.param == "sqlite":
            yield from fresh_files(tmp_path_factory.mktemp("stores"), loop)
        else:
            yield from fresh_tables(request.getfixturevalue("new_database")(), loop)


def fresh_files(place: Path, loop: asyncio.AbstractEventLoop) -> Iterator[Fresh]:
    numbers = itertools.count()
    desks: list[Desk] = []

    def make() -> Desk:
        while desks:
            desks.pop().close()
        path = place / f"{next(numbers)}.db"
        desks.append(Desk(lambda: open_sqlite(path, terms, forms), loop))
        return desks[0]

    yield make
    desks.pop().close()


def fresh_tables(url: str, loop: asyncio.AbstractEventLoop) -> Iterator[Fresh]:
    desk = Desk(lambda: open_postgres(url, terms, forms), loop)

    def make() -> Desk:
        asyncio.run(execute(url, f"{TRUNCATE}, openroots.mark"))
        return desk

    yield make
    desk.close()


@settings(
    max_examples=80,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(life=lives)
def test_stores_agree(fresh: Fresh, life: list[Step]) -> None:
    """Whatever is done to a store and asked of it, it answers as the model does."""
    desk, model = fresh(), Model(terms, forms)
    for step in life:
        assert taken(step, desk.store, model, desk.run) == taken(step, model, model, asyncio.run)
    whole = model.pruned
    assert remembered(desk.store, desk.run, whole) == remembered(model, asyncio.run, whole)


def taken(step: Step, store: Store, model: Model, run: Callable[[Any], Any]) -> Any:
    """What comes of one step. The model is only asked what there is now."""
    match step:
        case Together():
            return run(together([made_right(asked, model) for asked in step.asked], store))
        case Look():
            snapshot = store.snapshot(step.scope, max(model.pruned, len(model.log) - step.back))
            return told(snapshot, step.queries)
        case datetime():
            return run(store.sweep(step))
        case Erasure():
            return run(store.erase(step.subject))
        case Pruning():
            return run(store.prune(step.before, step.owed))


async def together(asked: Sequence[Asked], store: Store) -> list[int | type[BaseException]]:
    """The number of each commit, or the kind of its refusal."""
    begun = [
        store.commit(one.changes, one.guards, one.signals, one.marks, by=one.by, across=one.across)
        for one in asked
    ]
    outcomes = await asyncio.gather(*begun, return_exceptions=True)
    return [one if isinstance(one, int) else type(one) for one in outcomes]


def told(snapshot: Snapshot, queries: Sequence[Query]) -> Any:
    """All that a snapshot says of every key and of these queries, and whom it gave out."""
    return (
        list(snapshot.read(KEYS).items()),
        list(snapshot.read(KEYS[::-2], "short").items()),
        [snapshot.get(*key) for key in KEYS],
        [snapshot.get(*key, "short") for key in KEYS],
        [snapshot.history(*key) for key in KEYS],
        [snapshot.history(*key, to=snapshot.t - 1, newest=2) for key in KEYS],
        snapshot.versions({key: at % 3 + 1 for at, key in enumerate(KEYS)}),
        [snapshot.search(query) for query in queries],
        [snapshot.tally(type, name) for type in TYPES for name in ("", "family", "none")],
        [snapshot.before(NOON + timedelta(hours=hours)) for hours in range(6)],
        snapshot.marks(["a", "b", "c", "d"]),
        snapshot.t,
        snapshot.seen,
    )


def remembered(store: Store, run: Callable[[Any], Any], whole: int) -> Any:
    """The feed, read from cursor to cursor, and every commit with what was there after it. Up to
    the last of which something may have gone, only that there was one is known, and by whom."""
    feed = []
    cursor = ""
    while part := run(store.feed(cursor, limit=3)):
        feed += [(one.t, one.time, one.signal) for one in part]
        cursor = part[-1].cursor
    log = store.commits()
    assert store.commits(after=1, limit=2) == log[1:3]
    known = [one if one.t > whole else replace(one, keys=()) for one in log]
    every = [store.snapshot(at=one.t).search(Query("Patient")) for one in log if one.t >= whole]
    return feed, known, every


def made_right(asked: Asked, model: Model) -> Asked:
    """With the versions that are there now where a commit is to expect them."""
    now = {key: row.version for key, row in model.snapshot().read([*model.rows]).items()}

    def right(version: int, key: Key) -> int:
        return now.get(key, 0) if version == RIGHT else version

    return replace(
        asked,
        changes=[replace(c, expect=right(c.expect, (c.type, c.id))) for c in asked.changes],
        guards=[
            replace(g, version=right(g.version, (g.type, g.id))) if isinstance(g, Unchanged) else g
            for g in asked.guards
        ],
    )
