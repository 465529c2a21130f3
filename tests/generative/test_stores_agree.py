"""Random lives of a store: each real store answers as the model does, or as it refuses.

A life is a list of steps: commits one by one and together, sweeps, and questions at any earlier
moment and in any scope. What a commit expects is right more often than not, so that lives get on.

Source: none.
"""

import asyncio
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openroots.storage import (
    EVERYTHING,
    Absent,
    Author,
    Change,
    Guard,
    How,
    Key,
    Mark,
    Query,
    Scope,
    Signal,
    Snapshot,
    Store,
    Term,
    Unchanged,
)
from openroots.storage.postgres import open_postgres
from openroots.storage.sqlite import open_sqlite
from openroots.storage.submission import Erasure
from tests.conftest import execute
from tests.storage.desk import BY, NOON, Desk, at, forms, running_loop, terms
from tests.storage.model import Model

RIGHT = -1  # an expected version that is to be what it is
STORES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
TRUNCATE = "TRUNCATE openroots.committed, openroots.version, openroots.term, openroots.signal"


@dataclass(frozen=True)
class Asked:
    """The arguments of one commit."""

    changes: Sequence[Change]
    guards: Sequence[Guard]
    signals: Sequence[Signal]
    marks: Sequence[Mark]
    by: Author
    across: bool


@dataclass(frozen=True)
class Together:
    """Commits asked for in the same breath."""

    asked: Sequence[Asked]


@dataclass(frozen=True)
class Look:
    """Every question there is, of one snapshot."""

    scope: Scope
    back: int  # so many commits ago
    queries: Sequence[Query]


Step = Together | Look | datetime | Erasure


# Ids that sort otherwise by words, by UTF-16 or by locale than by bytes.
TYPES = ["Patient", "Person"]
IDS = ["10", "2", "a", "B", "\uffff", "\U0001f600"]
KEYS = [*itertools.product(TYPES, IDS)]
# Values that begin with one another, that LIKE and SQL would misread, and long ones that differ
# about where an index may leave off. Few, so that questions have answers.
VALUES = ["", "a", "ab", "aB", "a%", "a_", "b", "'", "\\", "é", "\uffff", "\U0001f600"]
VALUES += [long + end for long in ("x" * 199, "x" * 200) for end in ("", "a")]

types = st.sampled_from(["Patient", "Patient", *TYPES])
ids = st.sampled_from(IDS)
values = st.one_of(st.sampled_from(["a", "ab", "b"]), st.sampled_from(VALUES))
names = st.sampled_from(["family", "given"])
moments = st.integers(0, 4).map(lambda hours: NOON + timedelta(hours=hours))
holders = st.sampled_from(["", "X26", "RXX"])
subjects = st.sampled_from(["", "p", "a", "q"])  # one is an id too
labels = st.frozensets(st.sampled_from(["R", "V", "RV"]), max_size=2)
expected = st.one_of(st.just(RIGHT), st.just(RIGHT), st.just(RIGHT), st.integers(0, 3))

bodies = st.builds(
    lambda index, text, forms: {"is": index, "text": text, "forms": forms},
    st.dictionaries(names, st.lists(values, min_size=1, max_size=3), min_size=1),
    st.text(alphabet="\x00aé\U0001f600", max_size=2),
    st.dictionaries(st.sampled_from(["short", "other"]), st.just({"text": "é"})),
)
changes = st.builds(
    Change,
    type=types,
    id=ids,
    body=st.one_of(bodies, bodies, bodies, st.none()),
    expect=expected,
    subject=subjects,
    holder=holders,
    labels=labels,
)


def key_of(change: Change) -> Key:
    return change.type, change.id


def term(how: How) -> st.SearchStrategy[Term]:
    most = 1 if how in (How.FROM, How.TO) else 3
    asked = st.lists(values, min_size=1, max_size=most).map(tuple)
    return st.builds(Term, names, asked, st.just(how))


wheres = st.lists(st.sampled_from(How).flatmap(term), max_size=2).map(tuple)
queries = st.builds(
    Query,
    type=types,
    where=wheres,
    limit=st.integers(0, 4),
    after=st.one_of(st.just(""), st.just(""), ids),
    form=st.sampled_from(["", "short"]),
)
scopes = st.one_of(
    st.just(EVERYTHING),
    st.builds(
        Scope,
        subjects=st.one_of(st.none(), st.frozensets(st.sampled_from(["p", "a", "q"]))),
        holders=st.one_of(st.none(), st.frozensets(st.sampled_from(["X26", "RXX"]))),
        hidden=labels,
        without=st.sampled_from(["", "", "Person"]),
    ),
)
guards = st.one_of(
    st.builds(Unchanged, types, ids, expected),
    st.builds(Absent, st.builds(Query, type=types, where=wheres)),
)
marks = st.builds(
    Mark,
    key=st.sampled_from(["a", "b", "c"]),
    value=st.binary(max_size=3),
    expires=st.one_of(st.none(), moments),
    once=st.booleans(),
)
signals = st.builds(Signal, st.sampled_from(["born", "died"]), subjects, values)
commits = st.builds(
    Asked,
    changes=st.one_of(
        st.lists(changes, min_size=1, max_size=5, unique_by=key_of),
        st.lists(changes, max_size=2),
    ),
    guards=st.one_of(st.just([]), st.lists(guards, max_size=1)),
    signals=st.lists(signals, max_size=2),
    marks=st.one_of(st.just([]), st.lists(marks, max_size=2)),
    by=moments.map(at),
    across=st.sampled_from([True, True, True, False]),
)
looks = st.builds(
    Look, scopes, st.sampled_from([0, 0, 0, 1, 2, 4]), st.lists(queries, min_size=2, max_size=5)
)
founding = st.lists(
    changes.filter(lambda change: change.body is not None),
    min_size=5,
    max_size=8,
    unique_by=key_of,
).map(
    lambda changes: Together([Asked([replace(c, expect=0) for c in changes], (), (), (), BY, True)])
)
erasures = st.builds(Erasure, subjects.filter(bool))
doings = st.lists(commits, min_size=1, max_size=3).map(Together)
steps = st.one_of(doings, doings, looks, looks, st.one_of(doings, moments, erasures))
lives = st.builds(
    lambda first, rest: [first, *rest], founding, st.lists(steps, min_size=5, max_size=15)
)

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
    assert remembered(desk.store, desk.run) == remembered(model, asyncio.run)


def taken(step: Step, store: Store, model: Model, run: Callable[[Any], Any]) -> Any:
    """What comes of one step. The model is only asked what there is now."""
    match step:
        case Together():
            return run(together([made_right(asked, model) for asked in step.asked], store))
        case Look():
            snapshot = store.snapshot(step.scope, max(0, len(model.log) - step.back))
            return told(snapshot, step.queries)
        case datetime():
            return run(store.sweep(step))
        case Erasure():
            return run(store.erase(step.subject))


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
        [snapshot.history(*key) for key in KEYS],
        [snapshot.history(*key, to=snapshot.t - 1, newest=2) for key in KEYS],
        [snapshot.search(query) for query in queries],
        [snapshot.tally("Patient", name) for name in ("", "family")],
        snapshot.marks(["a", "b", "c", "d"]),
        snapshot.t,
        snapshot.seen,
    )


def remembered(store: Store, run: Callable[[Any], Any]) -> Any:
    """The feed, read from cursor to cursor, and every commit with all that was there after it."""
    feed = []
    cursor = ""
    while part := run(store.feed(cursor, limit=3)):
        feed += [(one.t, one.time, one.signal) for one in part]
        cursor = part[-1].cursor
    log = store.commits()
    every = [store.snapshot(at=one.t).search(Query("Patient")) for one in log]
    return feed, log, every


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
