"""Random lives of a store: commits one by one and together, what is forgotten, and questions.

For `test_stores_agree`. A question is of any earlier moment and in any scope. What a commit expects
is right more often than not, so that lives get on.

Source: none.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

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
    Term,
    Unchanged,
)
from openroots.storage.submission import Erasure
from tests.storage.desk import BY, NOON, at

RIGHT = -1  # an expected version that is to be what it is


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


@dataclass(frozen=True)
class Pruning:
    """What a store is asked to let go of."""

    before: datetime
    owed: int


Step = Together | Look | datetime | Erasure | Pruning


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
    lambda also, query: replace(query, also=tuple(type for type in also if type != query.type)),
    st.sampled_from([(), (), TYPES]),
    st.builds(
        Query,
        type=types,
        where=wheres,
        limit=st.integers(0, 4),
        after=st.one_of(st.just(""), st.just(""), ids),
        form=st.sampled_from(["", "short"]),
    ),
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
    st.builds(Absent, queries.map(lambda query: replace(query, limit=1))),
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
    by=st.builds(lambda wall, time: at(wall)._replace(time=time), moments, moments),
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
prunings = st.builds(Pruning, moments, st.sampled_from([3, 99, 99]))
doings = st.lists(commits, min_size=1, max_size=3).map(Together)
steps = st.one_of(doings, doings, looks, looks, st.one_of(doings, moments, erasures, prunings))
lives = st.builds(
    lambda first, rest: [first, *rest], founding, st.lists(steps, min_size=5, max_size=15)
)
