"""What every store promises, shown on each of them.

Where a test is about one store only, it says why.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import apsw
import asyncpg
import pytest

from openroots.storage import (
    Absent,
    Change,
    Conflict,
    How,
    Mark,
    Query,
    Row,
    Scope,
    Signal,
    Snapshot,
    Store,
    Term,
    TooNew,
    Unavailable,
    Unchanged,
)
from openroots.storage.postgres import KEEP_ALL, open_postgres, packed
from openroots.storage.sqlite import open_sqlite
from openroots.storage.submission import Submission
from tests.conftest import execute
from tests.storage.desk import BY, NOON, Desk, Opening, at, desk_for, forms, running_loop, terms

STORES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
SMITH = {"is": {"family": ["Smith"]}}
HOUR = timedelta(hours=1)


@pytest.fixture
def database(new_database: Callable[[], str]) -> str:
    """The URL of an empty database."""
    return new_database()


@pytest.fixture(params=STORES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Opening, Callable[[], None]]:
    """How to open a store, and how to make it look as if a later version had written it."""
    if request.param == "sqlite":
        path = tmp_path / "store.db"
        return lambda: open_sqlite(path, terms, forms), lambda: age_file(path)
    url: str = request.getfixturevalue("database")
    return lambda: open_postgres(url, terms, forms), lambda: age_database(url)


@pytest.fixture
def desk(engine: tuple[Opening, Callable[[], None]]) -> Iterator[Desk]:
    """An open store."""
    with desk_for(engine[0]) as desk:
        yield desk


@pytest.fixture
def postgres(database: str) -> Iterator[Desk]:
    """An open store in PostgreSQL."""
    with desk_for(lambda: open_postgres(database, terms, forms)) as desk:
        yield desk


def age_file(path: Path) -> None:
    db = apsw.Connection(str(path))
    db.pragma("user_version", 99)
    db.close()


def age_database(url: str) -> None:
    asyncio.run(execute(url, "UPDATE openroots.schema_version SET number = 99"))


def patient(
    id: str,
    expect: int = 0,
    *values: str,
    subject: str = "",
    holder: str = "",
    labels: Sequence[str] = (),
) -> Change:
    """A patient whose family names are these values."""
    body = {"id": id, "is": {"family": list(values)}}
    return Change("Patient", id, body, expect, subject, holder, frozenset(labels))


def removed(id: str, expect: int, subject: str = "") -> Change:
    return Change("Patient", id, None, expect, subject)


def read(snapshot: Snapshot, id: str) -> Row | None:
    return snapshot.read([("Patient", id)]).get(("Patient", id))


def found(snapshot: Snapshot, *where: Term) -> list[str]:
    return [row.id for row in snapshot.search(Query("Patient", where)).rows]


def family(*values: str, how: How = How.IS) -> Term:
    return Term("family", values, how)


# Snapshots


def test_keeps_what_is_committed(desk: Desk) -> None:
    """A row comes back as it was given, at version 1, with the number of its commit."""
    t = desk.commit(patient("1", 0, "Smith", subject="p", holder="X26", labels=["R", "V"]))
    row = read(desk.store.snapshot(), "1")
    assert row is not None
    assert row.body == {"id": "1", "is": {"family": ["Smith"]}}
    assert row == Row("Patient", "1", 1, t, row.raw, "p", "X26", frozenset({"R", "V"}))


def test_new_store_is_at_nothing(desk: Desk) -> None:
    """Before the first commit `t` is 0, and nothing is there."""
    snapshot = desk.store.snapshot()
    assert snapshot.t == 0
    assert snapshot.read([]) == {}
    assert found(snapshot) == []
    assert desk.store.commits() == []
    assert desk.feed() == []


def test_snapshot_is_steady(desk: Desk) -> None:
    """What is committed after a snapshot is not in it, however it is asked."""
    desk.commit(patient("1", 0, "Smith"))
    snapshot = desk.store.snapshot()
    assert snapshot.t == 1
    desk.commit(patient("1", 1, "Jones"))
    desk.commit(patient("2", 0, "Smith"))
    assert read(snapshot, "1") == snapshot.history("Patient", "1")[0]
    assert read(snapshot, "2") is None
    assert len(snapshot.history("Patient", "1")) == 1
    assert found(snapshot, family("Smith")) == ["1"]
    assert found(snapshot, family("Jones")) == []


def test_store_as_it_was(desk: Desk) -> None:
    """The store as at an earlier commit is read and searched like that of today."""
    first = desk.commit(patient("1", 0, "Smith"))
    second = desk.commit(patient("1", 1, "Jones"), patient("2", 0, "Smith"))
    third = desk.commit(removed("1", 2))
    families = [family("Smith"), family("Jones")]
    seen = [
        [found(desk.store.snapshot(at=t), term) for term in families]
        for t in (0, first, second, third)
    ]
    assert seen == [[[], []], [["1"], []], [["2"], ["1"]], [["2"], []]]
    assert [read(desk.store.snapshot(at=t), "1") is None for t in (0, first, second, third)] == [
        True,
        False,
        False,
        True,
    ]


def test_many_keys_are_one_read(desk: Desk) -> None:
    """Keys go in together and rows come out in their order; what is not there is left out."""
    desk.commit(*(patient(str(number)) for number in range(5)))
    keys = [("Patient", id) for id in ("3", "9", "1")] + [("Practitioner", "1")]
    assert list(desk.store.snapshot().read(keys)) == [("Patient", "3"), ("Patient", "1")]


def test_a_hundred_keys_are_read_as_a_few_are(desk: Desk) -> None:
    """Also as at an earlier commit, with removals and strangers left out, whatever the types."""
    first = desk.commit(*(patient(str(number)) for number in range(100)))
    desk.commit(patient("7", 1, "Smith"), removed("8", 1), Change("Other", "7", {}, 0))
    keys = [(type, str(id)) for id in range(120, -1, -1) for type in ("Patient", "Other")]
    for db in (desk.store.snapshot(), desk.store.snapshot(at=first)):
        alone = {key: row for key in keys for row in db.read([key]).values()}
        assert list(db.read(keys).items()) == list(alone.items())
    assert len(alone) == 100


def test_lists_whom_it_gave_out(desk: Desk) -> None:
    """The subjects of the rows given out are listed for the audit, and of no others."""
    desk.commit(patient("1", 0, "Smith", subject="p"))
    desk.commit(patient("2", 0, "Jones", subject="q"))
    desk.commit(patient("3", 0, "Smith"))
    snapshot = desk.store.snapshot()
    found(snapshot, family("Smith"))
    assert snapshot.seen == ["p"]
    snapshot.history("Patient", "2")
    assert snapshot.seen == ["p", "q"]


# Versions


def test_removed_resource_goes_on_counting(desk: Desk) -> None:
    """A resource that is removed and comes back goes on with its next version."""
    desk.commit(patient("1"))
    desk.commit(removed("1", 1))
    assert read(desk.store.snapshot(), "1") is None
    desk.commit(patient("1"))
    history = desk.store.snapshot().history("Patient", "1")
    assert [(row.version, row.t, bool(row.raw)) for row in history] == [
        (1, 1, True),
        (2, 2, False),
        (3, 3, True),
    ]


@pytest.mark.parametrize("expect", [0, 2])
def test_expected_version_must_be_the_version(desk: Desk, expect: int) -> None:
    """A change names the version it was made from; with another it is refused."""
    desk.commit(patient("1"))
    with pytest.raises(Conflict, match="Patient is at version 1"):
        desk.commit(patient("1", expect))
    assert desk.commit(patient("1", 1)) == 2


def test_removed_counts_as_none(desk: Desk) -> None:
    """What was removed is expected at 0, and not at the version of its removal."""
    desk.commit(patient("1"))
    desk.commit(removed("1", 1))
    with pytest.raises(Conflict, match="version 0"):
        desk.commit(patient("1", 2))


def test_all_or_nothing(desk: Desk) -> None:
    """Of a commit in conflict nothing is kept: no row, term, signal, mark, nor number."""
    desk.commit(patient("1"))
    with pytest.raises(Conflict):
        desk.commit(
            patient("2", 0, "Smith"),
            patient("1", 7),
            signals=[Signal("born", "p", "/Patient/2")],
            marks=[Mark("token", b"x")],
        )
    snapshot = desk.store.snapshot()
    assert snapshot.t == 1
    assert read(snapshot, "2") is None
    assert found(snapshot, family("Smith")) == []
    assert snapshot.marks(["token"]) == {}
    assert desk.feed() == []
    assert len(desk.store.commits()) == 1


def test_resource_changes_once_in_a_commit(desk: Desk) -> None:
    """Two changes of one resource in a commit are a mistake of the caller."""
    with pytest.raises(ValueError, match="once"):
        desk.commit(patient("1"), patient("1", 1))


# Guards


def test_unchanged_holds_while_it_is_so(desk: Desk) -> None:
    """A guard refuses the commit when what was only read has changed since."""
    desk.commit(patient("1"))
    desk.commit(patient("2"), guards=[Unchanged("Patient", "1", 1), Unchanged("Patient", "3", 0)])
    desk.commit(patient("1", 1))
    with pytest.raises(Conflict):
        desk.commit(patient("3"), guards=[Unchanged("Patient", "1", 1)])
    with pytest.raises(Conflict):
        desk.commit(patient("3"), guards=[Unchanged("Patient", "2", 0)])


def test_absent_holds_while_nothing_is_found(desk: Desk) -> None:
    """A guard refuses the commit when its query finds something, and not what is gone."""
    smiths = Absent(Query("Patient", (family("Smith"),)))
    desk.commit(patient("1", 0, "Smith"), guards=[smiths])
    with pytest.raises(Conflict, match="Patient is there"):
        desk.commit(patient("2", 0, "Smith"), guards=[smiths])
    desk.commit(patient("1", 1, "Jones"))
    assert desk.commit(patient("2", 0, "Smith"), guards=[smiths]) == 3


def test_guard_sees_what_no_scope_hides(desk: Desk) -> None:
    """A guard is about the whole store, restricted records included."""
    desk.commit(patient("1", 0, "Smith", subject="p", holder="X26", labels=["R"]))
    with pytest.raises(Conflict):
        desk.commit(guards=[Absent(Query("Patient", (family("Smith"),)))])


# Marks


def test_mark_is_kept_and_replaced(desk: Desk) -> None:
    """A mark is read back by its key, and a later one of that key takes its place."""
    desk.commit(marks=[Mark("a", b"1"), Mark("b", b"\x00\xff", expires=NOON + HOUR)])
    desk.commit(marks=[Mark("a", b"2")])
    marks = desk.store.snapshot().marks(["a", "b", "c"])
    assert marks == {"a": Mark("a", b"2"), "b": Mark("b", b"\x00\xff", expires=NOON + HOUR)}


def test_once_is_once(desk: Desk) -> None:
    """A mark that may be made once is refused while another of its key lives."""
    desk.commit(marks=[Mark("jti", b"1", once=True)])
    with pytest.raises(Conflict, match="marked before"):
        desk.commit(marks=[Mark("jti", b"2", once=True)])
    assert desk.store.snapshot().marks(["jti"])["jti"].value == b"1"


def test_once_again_after_it_expired(desk: Desk) -> None:
    """A mark that has expired, by the wall time of the commit, is as good as none."""
    until = NOON + HOUR
    desk.commit(marks=[Mark("jti", b"1", until, once=True)])
    with pytest.raises(Conflict):
        desk.commit(marks=[Mark("jti", b"2", once=True)], by=at(until - timedelta(seconds=1)))
    desk.commit(marks=[Mark("jti", b"2", once=True)], by=at(until))
    assert desk.store.snapshot().marks(["jti"])["jti"].value == b"2"


def test_sweep_forgets_what_expired(desk: Desk) -> None:
    """Sweeping removes the marks whose time has come, says how many, and leaves the others."""
    desk.commit(marks=[Mark("a", b"", NOON), Mark("b", b"", NOON + HOUR), Mark("c", b"")])
    assert set(desk.store.snapshot().marks("abc")) == {"a", "b", "c"}
    assert desk.run(desk.store.sweep(NOON)) == 1
    assert set(desk.store.snapshot().marks("abc")) == {"b", "c"}


# Erasure


def test_who_is_erased_is_in_no_version_and_no_signal(desk: Desk) -> None:
    """Past and present alike; others are untouched, and what told of them is told as before."""
    about = {"subject": "p", "holder": "X26", "labels": ["R"]}
    desk.commit(patient("1", 0, "Smith", **about))
    moves = [Signal("moved", "p", "/Patient/1"), Signal("moved", "q", "/Patient/2")]
    desk.commit(patient("1", 1, "Smith", **about), signals=moves)
    desk.commit(patient("2", 0, "Smith", subject="q"))
    assert desk.run(desk.store.erase("p")) == 2
    for t in (1, 2, 3):
        snapshot = desk.store.snapshot(at=t)
        assert snapshot.read([("Patient", "1")]) == {}
        assert {row.raw for row in snapshot.history("Patient", "1")} <= {b""}
        assert "1" not in found(snapshot, family("Smith"))
    assert found(desk.store.snapshot(), family("Smith")) == ["2"]
    assert desk.feed() == [Signal("erased", "", ""), moves[1]]
    assert desk.run(desk.store.erase("p")) == 0


def replaced(desk: Desk) -> list[int]:
    """Versions of four resources that others took the place of, an hour apart; the last of nobody;
    returns the commits."""
    commits = []
    for version in range(3):
        wall = BY.wall + version * HOUR
        family = ("Smith", "Jones", "Patel")[version]
        changes = [
            patient("1", version, family, subject="p"),
            patient("2", version, "Smith", subject="q"),
            patient("3", version, family),
        ]
        commits.append(desk.commit(*changes, by=BY._replace(wall=wall), across=True))
    removal = Change("Patient", "2", None, 3, "q")
    commits.append(desk.commit(removal, by=BY._replace(wall=BY.wall + 3 * HOUR)))
    return commits


def versions(desk: Desk, id: str) -> list[int]:
    return [row.version for row in desk.store.snapshot().history("Patient", id)]


def test_old_versions_about_people_go_and_nothing_else(desk: Desk) -> None:
    """Those that others took the place of before then: not the newest, a removal neither, and none
    of what is nobody's. What is there now is read and found as before, and can be changed."""
    replaced(desk)
    assert desk.run(desk.store.prune(BY.wall + 2 * HOUR, 99)) == 2
    assert [versions(desk, id) for id in "123"] == [[2, 3], [2, 3, 4], [1, 2, 3]]
    assert desk.run(desk.store.prune(BY.wall + 9 * HOUR, 99)) == 3
    assert [versions(desk, id) for id in "123"] == [[3], [4], [1, 2, 3]]
    assert found(desk.store.snapshot(), family("Patel")) == ["1", "3"]
    assert found(desk.store.snapshot(), family("Smith")) == []
    assert desk.run(desk.store.prune(BY.wall + 9 * HOUR, 99)) == 0
    desk.commit(patient("1", 3, "Smith", subject="p"), patient("2", 0, "Kaur"), across=True)
    desk.reopen()
    assert [versions(desk, id) for id in "12"] == [[3, 4], [4, 5]]
    assert found(desk.store.snapshot(), family("Smith")) == ["1"]


def test_the_past_shows_no_more_of_what_went(desk: Desk) -> None:
    """Neither is it read there, nor found by what it was indexed by."""
    first, second, *_ = replaced(desk)
    desk.run(desk.store.prune(BY.wall + 2 * HOUR, 99))
    assert set(desk.store.snapshot(at=first).read([("Patient", "1"), ("Patient", "3")])) == {
        ("Patient", "3")
    }
    assert found(desk.store.snapshot(at=first), family("Smith")) == ["3"]
    assert found(desk.store.snapshot(at=second), family("Jones")) == ["1", "3"]


def test_what_is_owed_to_somebody_stays(desk: Desk) -> None:
    """A version stays until all were told of the commit that took its place."""
    _, second, third, _ = replaced(desk)
    assert desk.run(desk.store.prune(BY.wall + 9 * HOUR, second)) == 0
    assert desk.run(desk.store.prune(BY.wall + 9 * HOUR, third)) == 2
    assert versions(desk, "1") == [2, 3]


def test_nobody_cannot_be_erased(desk: Desk) -> None:
    """What is nobody's, such as an organisation, is about no person."""
    with pytest.raises(ValueError, match="nobody"):
        desk.run(desk.store.erase(""))


# Scope


SCOPES = [
    (Scope(), ["1", "2", "3", "4"]),
    (Scope(subjects=frozenset({"p"})), ["1", "2", "4"]),
    (Scope(subjects=frozenset()), ["4"]),
    (Scope(holders=frozenset({"X26"})), ["1", "3", "4"]),
    (Scope(hidden=frozenset({"R"})), ["1", "3", "4"]),
    (Scope(frozenset({"p"}), frozenset({"X26"}), frozenset({"R", "V"})), ["1", "4"]),
]


@pytest.mark.parametrize(("scope", "inside"), SCOPES)
def test_what_is_out_of_scope_does_not_exist(desk: Desk, scope: Scope, inside: list[str]) -> None:
    """Read, search and history agree on what is there; what is nobody's is in every scope."""
    desk.commit(
        patient("1", 0, "Smith", subject="p", holder="X26"),
        patient("2", 0, "Smith", subject="p", holder="RXX", labels=["R", "S"]),
        patient("3", 0, "Smith", subject="q", holder="X26"),
        patient("4", 0, "Smith"),
        across=True,
    )
    snapshot = desk.store.snapshot(scope)
    every = ["1", "2", "3", "4"]
    assert [id for id in every if read(snapshot, id)] == inside
    assert [id for id in every if snapshot.history("Patient", id)] == inside
    assert found(snapshot) == inside
    assert found(snapshot, family("Smith")) == inside


@pytest.mark.parametrize(
    "scope",
    [
        Scope(subjects=frozenset({"q"})),
        Scope(holders=frozenset({"X26"})),
        Scope(hidden=frozenset({"R"})),
    ],
)
def test_scope_is_applied_before_the_page_is_cut(desk: Desk, scope: Scope) -> None:
    """A page is full of what the caller may see, and its cursor tells nothing of the rest."""
    inside = {"subject": "q", "holder": "X26", "labels": ["V"]}
    outside = {"subject": "p", "holder": "RXX", "labels": ["V", "R"]}
    rows = [patient(str(n), 0, **(inside if n % 2 else outside)) for n in range(9)]
    desk.commit(*rows, across=True)
    page = desk.store.snapshot(scope).search(Query("Patient", limit=3))
    assert [row.id for row in page.rows] == ["1", "3", "5"]
    assert page.next == "5"


def test_who_objects_is_outside_with_all_that_is_about_them(desk: Desk) -> None:
    """Where a scope is without those who have an objection, they are outside from its commit on,
    with what was written before it and after it; once it is lifted they are inside again."""
    about_p, about_q = {"subject": "p"}, {"subject": "q"}
    rows = [patient("1", 0, "Smith", **about_p), patient("2", 0, "Smith", **about_q)]
    desk.commit(*rows, patient("3", 0, "Smith"), across=True)
    desk.commit(Change("Objection", "p", {}, 0, subject="p"))
    desk.commit(patient("4", 0, "Smith", **about_p))
    scope = Scope(without="Objection")
    without = desk.store.snapshot(scope)
    assert found(without) == found(without, family("Smith")) == ["2", "3"]
    assert [id for id in "1234" if read(without, id)] == ["2", "3"]
    assert [id for id in "1234" if without.history("Patient", id)] == ["2", "3"]
    assert "p" not in without.seen
    assert found(desk.store.snapshot(scope, at=without.t - 2)) == ["1", "2", "3"]
    desk.commit(Change("Objection", "p", None, 1, subject="p"))
    assert found(desk.store.snapshot(scope)) == ["1", "2", "3", "4"]


def test_each_version_has_its_own_scope(desk: Desk) -> None:
    """A record that moves to another holder or is restricted takes only its later versions."""
    desk.commit(patient("1", 0, "Smith", holder="X26"))
    desk.commit(patient("1", 1, "Smith", holder="RXX", labels=["R"]))
    kept = desk.store.snapshot(Scope(holders=frozenset({"X26"})))
    taken = desk.store.snapshot(Scope(holders=frozenset({"RXX"})))
    assert [row.version for row in kept.history("Patient", "1")] == [1]
    assert [row.version for row in taken.history("Patient", "1")] == [2]
    assert (found(kept, family("Smith")), found(taken, family("Smith"))) == ([], ["1"])
    assert (read(kept, "1"), read(taken, "1") is None) == (None, False)


# Search


@pytest.mark.parametrize(
    ("term", "ids"),
    [
        (family("Smith"), ["1"]),
        (family("Smith", "Jones"), ["1", "3"]),
        (family("smith"), []),
        (family("Smi", how=How.STARTS), ["1", "2"]),
        (family("Smi", "Jo", how=How.STARTS), ["1", "2", "3"]),
        (family("", how=How.STARTS), ["1", "2", "3", "4"]),
        (family("%", how=How.STARTS), []),
        (family("Smith", how=How.FROM), ["1", "2", "4"]),
        (family("Smith", how=How.TO), ["1", "3"]),
        (family("É", how=How.FROM), ["4"]),
        (Term("given", ("Smith",)), []),
    ],
)
def test_terms(desk: Desk, term: Term, ids: list[str]) -> None:
    """Values compare as text, byte by byte, in each of the four ways."""
    for id, name in (("1", "Smith"), ("2", "Smithson"), ("3", "Jones"), ("4", "Étienne")):
        desk.commit(patient(id, 0, name))
    assert found(desk.store.snapshot(), term) == ids


def test_every_term_holds(desk: Desk) -> None:
    """Terms are a conjunction, and each may be satisfied by another value of the resource."""
    desk.commit(patient("1", 0, "Smith", "Jones"))
    desk.commit(patient("2", 0, "Smith"))
    snapshot = desk.store.snapshot()
    assert found(snapshot, family("Smith"), family("Jones")) == ["1"]
    assert found(snapshot, family("K", how=How.FROM), family("K", how=How.TO)) == ["1"]


def test_resource_is_found_once(desk: Desk) -> None:
    """A resource of which several values satisfy a term is one row."""
    desk.commit(patient("1", 0, "Smith", "Smithson", "Smith"))
    assert found(desk.store.snapshot(), family("S", how=How.STARTS)) == ["1"]


def test_type_bounds_a_query(desk: Desk) -> None:
    """A query finds nothing of another type."""
    desk.commit(patient("1", 0, "Smith"), Change("Person", "2", SMITH, expect=0))
    assert found(desk.store.snapshot(), family("Smith")) == ["1"]


def test_long_values(desk: Desk) -> None:
    """Values too long for an index entry are told apart all the same."""
    long = "x" * 5000
    desk.commit(patient("1", 0, long + "a"))
    desk.commit(patient("2", 0, long + "b"))
    snapshot = desk.store.snapshot()
    assert found(snapshot, family(long + "b")) == ["2"]
    assert found(snapshot, family(long, how=How.STARTS)) == ["1", "2"]
    assert found(snapshot, family(long + "b", how=How.FROM)) == ["2"]
    assert found(snapshot, family(long + "a", how=How.TO)) == ["1"]


def test_pages_follow_one_another(desk: Desk) -> None:
    """Pages in the order of ids, byte by byte, each from the `next` of the one before."""
    ids = ["10", "2", "B", "a", "é"]
    desk.commit(*(patient(id, 0, "Smith") for id in reversed(ids)))
    pages = []
    query = Query("Patient", (family("Smith"),), limit=2)
    while not pages or query.after:
        page = desk.store.snapshot().search(query)
        pages.append([row.id for row in page.rows])
        query = replace(query, after=page.next)
    assert pages == [["10", "2"], ["B", "a"], ["é"]]


def test_full_last_page_has_no_next(desk: Desk) -> None:
    """A page that ends with the last row says so."""
    desk.commit(patient("1"), patient("2"))
    assert desk.store.snapshot().search(Query("Patient", limit=2)).next == ""


# Feed and commits


def test_feed_gives_signals_in_order(desk: Desk) -> None:
    """Signals come in the order of commits, and within one in the order given."""
    told = [Signal("born", "p", f"/Patient/{number}") for number in range(4)]
    desk.commit(signals=told[:2])
    desk.commit(signals=told[2:])
    feed = desk.run(desk.store.feed())
    assert [one.signal for one in feed] == told
    assert [one.t for one in feed] == [1, 1, 2, 2]
    assert {one.time for one in feed} == {BY.time}


def test_feed_goes_on_from_a_cursor(desk: Desk) -> None:
    """A cursor, handed back, gives what followed it: nothing twice and nothing left out."""
    told = [Signal("born", "p", f"/Patient/{number}") for number in range(5)]
    desk.commit(signals=told[:3])
    desk.commit(signals=told[3:])
    read: list[Signal] = []
    cursor = ""
    while part := desk.run(desk.store.feed(cursor, limit=2)):
        read += [one.signal for one in part]
        cursor = part[-1].cursor
    assert read == told
    desk.commit(signals=told[:1])
    assert desk.feed(cursor) == told[:1]


def test_commits_say_who_and_what(desk: Desk) -> None:
    """Each commit is remembered with its author and its resources, in order."""
    other = BY._replace(application="other", trail="trail-2")
    desk.commit(patient("2"), patient("1"))
    desk.commit(signals=[Signal("born", "p", "/Patient/1")], by=other)
    first, second = desk.store.commits()
    assert (first.t, first.by, first.keys) == (1, BY, (("Patient", "2"), ("Patient", "1")))
    assert (second.t, second.by, second.keys) == (2, other, ())
    assert desk.store.commits(after=1) == [second]
    assert desk.store.commits(limit=1) == [first]


def test_a_snapshot_tells_how_far_the_store_had_come_by_a_time(desk: Desk) -> None:
    """By the world's time, which can be put back: nothing that was made then or later is in it,
    but for what the store began with."""
    noon = BY.time
    for hour in (0, 2, 1, 3):
        desk.commit(patient(str(hour)), by=BY._replace(time=noon + timedelta(hours=hour)))
    db = desk.store.snapshot()
    found = [db.before(noon + timedelta(hours=hour)) for hour in (-1, 0, 1, 2, 3, 4)]
    assert found == [1, 1, 1, 1, 3, 4]
    assert desk.store.snapshot(at=2).before(noon + timedelta(hours=3)) == 2


def test_commit_is_about_one_person(desk: Desk) -> None:
    """A commit about two people is refused unless it is marked as one of the exceptions."""
    changes = [patient("1", subject="p"), patient("2", subject="q"), patient("3")]
    with pytest.raises(ValueError, match="one person"):
        desk.commit(*changes)
    desk.commit(changes[0], changes[2])
    assert desk.commit(changes[1], patient("1", 1, subject="p"), across=True) == 2


# Many at once


def test_many_callers(desk: Desk) -> None:
    """Of many commits asked for together each gets a number of its own, none left out."""
    told = desk.all_at_once([patient(str(number), 0, "Smith")] for number in range(300))
    assert sorted(told) == list(range(1, 301))
    snapshot = desk.store.snapshot()
    rows = snapshot.read([("Patient", str(number)) for number in range(300)])
    assert [row.t for row in rows.values()] == told
    assert len(snapshot.search(Query("Patient", (family("Smith"),), limit=500)).rows) == 300


def test_conflict_leaves_its_neighbours_alone(desk: Desk) -> None:
    """Commits that go together fail apart: one winner among rivals, and all that had none."""
    rivals = [[patient("rival", 0, str(number))] for number in range(10)]
    others = [[patient(str(number))] for number in range(10)]
    pairs = zip(rivals, others, strict=True)
    told = desk.all_at_once(commit for pair in pairs for commit in pair)
    assert sum(isinstance(one, Conflict) for one in told[::2]) == 9
    assert all(isinstance(one, int) for one in told[1::2])
    assert sorted(one for one in told if isinstance(one, int)) == list(range(1, 12))


def test_what_is_on_disk_is_counted(desk: Desk) -> None:
    """A commit counts once it is kept, and so does the batch that it went in; a refused one not."""
    told = desk.all_at_once([patient(str(number % 200), 0)] for number in range(300))
    commits, batches = desk.store.batched
    assert commits == sum(isinstance(one, int) for one in told) == 200
    assert 1 <= batches <= commits
    desk.all_at_once([[patient("0", 0)]])
    assert desk.store.batched == (commits, batches)


def test_mistake_leaves_its_neighbours_alone(desk: Desk) -> None:
    """A commit that cannot be indexed fails alone."""
    wrong = Change("Patient", "wrong", {"is": {"family": None}}, expect=0)
    told = desk.all_at_once([[patient("1")], [wrong], [patient("2")]])
    assert isinstance(told[1], TypeError)
    assert [told[0], told[2]] == [1, 2]


def test_abandoned_commit_harms_nobody(desk: Desk) -> None:
    """A caller that gives up waiting leaves the others their answers."""

    async def give_up() -> int:
        first = asyncio.ensure_future(desk.store.commit([patient("1")], by=BY))
        second = asyncio.ensure_future(desk.store.commit([patient("2")], by=BY))
        await asyncio.sleep(0)
        first.cancel()
        return await second

    assert desk.run(give_up()) in (1, 2)
    assert read(desk.store.snapshot(), "2") is not None


# The life of a store


def test_reopening_keeps_everything(desk: Desk) -> None:
    """Rows, history, index, marks, signals and authors are all there for the next run."""
    signal = Signal("born", "p", "/Patient/1")
    desk.commit(patient("1", 0, "Smith"), signals=[signal], marks=[Mark("a", b"1")])
    desk.commit(patient("1", 1, "Jones"))
    before = desk.store.snapshot()
    kept = (before.history("Patient", "1"), before.marks(["a"]), desk.store.commits())
    desk.reopen()
    after = desk.store.snapshot()
    assert (after.history("Patient", "1"), after.marks(["a"]), desk.store.commits()) == kept
    assert found(after, family("Jones")) == ["1"]
    assert desk.feed() == [signal]
    assert desk.commit(patient("1", 2)) == 3


def test_closing_finishes_what_was_accepted(desk: Desk) -> None:
    """Commits under way when the store is closed are kept and answered."""

    async def commit_and_close() -> list[int]:
        asked = [asyncio.ensure_future(desk.store.commit([patient(id)], by=BY)) for id in "123"]
        await asyncio.sleep(0)
        await desk.store.close()
        return await asyncio.gather(*asked)

    assert desk.run(commit_and_close()) == [1, 2, 3]
    desk.store = desk.run(desk._open())
    assert desk.store.snapshot().t == 3


def test_refuses_a_newer_schema(engine: tuple[Opening, Callable[[], None]]) -> None:
    """A store that a later version of the program wrote is left as it is."""
    opening, age = engine
    with desk_for(opening):
        pass
    age()
    with running_loop() as loop, pytest.raises(TooNew, match="99"):
        Desk(opening, loop)


# PostgreSQL alone: what follows is about other nodes, and about a server that can be lost


@pytest.mark.postgres
def test_slow_commit_is_never_skipped(postgres: Desk, database: str) -> None:
    """While a commit of a lower number is not to be seen, none of a higher number is either."""
    slow, fast = Signal("slow", "p", "/1"), Signal("fast", "p", "/2")

    async def overtake() -> None:
        node = await asyncpg.connect(database)
        transaction = node.transaction()
        await transaction.start()
        work, blobs = packed(Submission((), (), [slow], (), BY))
        [first] = await node.fetch(
            KEEP_ALL.replace("keep_all", "openroots.keep_all"), [work], blobs, [0]
        )
        second = asyncio.ensure_future(postgres.store.commit(signals=[fast], by=BY))
        await until_somebody_waits(node)
        assert await postgres.store.feed() == []
        assert not second.done()
        await transaction.commit()
        assert (first["kept"], await second) == (1, 2)
        await node.close()

    postgres.run(overtake())
    assert postgres.feed() == [slow, fast]


async def until_somebody_waits(node: asyncpg.Connection) -> None:
    """Returns when some connection waits for the lock that this one holds."""
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    async with asyncio.timeout(30):
        while not await node.fetchval(waiting):  # noqa: ASYNC110 - another process is waited for
            await asyncio.sleep(0.01)


@pytest.mark.postgres
def test_nodes_share_a_database(postgres: Desk, database: str) -> None:
    """Two stores on one database number their commits together and see each other's."""
    with desk_for(lambda: open_postgres(database, terms, forms)) as other:
        own = [postgres.start(postgres.store.commit([patient(f"a{n}")], by=BY)) for n in range(50)]
        numbers = other.all_at_once([patient(f"b{n}")] for n in range(50))
        numbers += [one.result(30) for one in own]
        assert sorted(numbers) == list(range(1, 101))
        assert len(other.store.snapshot().search(Query("Patient", limit=200)).rows) == 100


@pytest.mark.postgres
def test_lost_server_is_unavailable_until_it_is_back(postgres: Desk, database: str) -> None:
    """A connection lost under a commit is told as such, and the next commit finds a new one."""
    postgres.commit(patient("1"))

    async def lose() -> None:
        node = await asyncpg.connect(database)
        transaction = node.transaction()
        await transaction.start()
        await node.execute("SELECT pg_advisory_xact_lock(8030029660642307956)")
        lost = asyncio.ensure_future(postgres.store.commit([patient("2")], by=BY))
        await until_somebody_waits(node)
        await node.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        with pytest.raises(Unavailable):
            await lost
        await transaction.commit()
        await node.close()

    postgres.run(lose())
    assert postgres.commit(patient("2")) == 2


@pytest.mark.postgres
def test_server_that_is_not_there(database: str) -> None:
    """A database that cannot be reached is unavailable."""
    with running_loop() as loop, pytest.raises(Unavailable):
        Desk(lambda: open_postgres(database.replace("/store_", "/nowhere_"), terms), loop)


@pytest.mark.postgres
def test_is_not_read_on_its_own_loop(postgres: Desk) -> None:
    """A snapshot read where it would stop the loop that must answer says so at once."""

    async def on_the_loop() -> None:
        postgres.store.snapshot().read([("Patient", "1")])

    with pytest.raises(RuntimeError, match="on a thread"):
        postgres.run(on_the_loop())


@pytest.mark.postgres
def test_closed_store_is_unavailable(database: str) -> None:
    """After closing, and after its loop has ended, a store says that it is not to be had."""
    with desk_for(lambda: open_postgres(database, terms, forms)) as desk:
        store: Store = desk.store
        desk.run(store.close())
        with pytest.raises(Unavailable):
            desk.commit(patient("1"))
        with pytest.raises(Unavailable):
            store.snapshot().read([("Patient", "1")])
    with pytest.raises(Unavailable):
        store.commits()


@pytest.mark.postgres
@pytest.mark.parametrize("text", ["\x00", "a\x00", "\\\x00"])
def test_nul_is_refused_by_itself(postgres: Desk, text: str) -> None:
    """PostgreSQL keeps no NUL in text: a commit with one is refused, and its neighbours are not."""
    told = postgres.all_at_once([[patient("1", 0, "\\u0000")], [patient("2", 0, text)]])
    assert told[0] == 1
    assert isinstance(told[1], ValueError)
    assert found(postgres.store.snapshot(), family("\\u0000")) == ["1"]
    with pytest.raises(ValueError, match="NUL"):
        found(postgres.store.snapshot(), family(text))


@pytest.mark.postgres
def test_text_compares_by_bytes_whatever_the_database_does(postgres: Desk, database: str) -> None:
    """The columns by which rows are found and ordered do not follow the collation around them."""

    async def other_collations() -> list[asyncpg.Record]:
        node = await asyncpg.connect(database)
        try:
            return await node.fetch(
                "SELECT table_name, column_name FROM information_schema.columns"
                " WHERE table_schema = 'openroots' AND table_name IN ('version', 'term', 'mark')"
                " AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'"
            )
        finally:
            await node.close()

    assert asyncio.run(other_collations()) == []


def test_a_row_is_given_in_the_form_asked_for(desk: Desk) -> None:
    """A form kept beside a version is read in its place; where there is none, all of it."""
    short = {"resourceType": "Patient", "short": True}
    kept = {"other": {}, "short": short}
    desk.commit(Change("Patient", "1", {"forms": kept, "is": {"a": ["b"]}}, expect=0))
    desk.commit(Change("Patient", "2", {"is": {"a": ["b"]}}, expect=0))
    found = desk.store.snapshot().read([("Patient", "1"), ("Patient", "2")], form="short")
    first, second = found.values()
    assert (first.body, first.form) == (short, "short")
    assert (second.body, second.form) == ({"is": {"a": ["b"]}}, "")
    page = desk.store.snapshot().search(Query("Patient", (Term("a", ("b",)),), form="short"))
    assert list(page.rows) == [first, second]


def test_a_form_that_is_all_of_the_resource_is_kept_as_nothing_more(desk: Desk) -> None:
    """It is told to be in that form, so that nobody looks whether there is anything to hide."""
    body = {"forms": {"empty": {}, "short": None}}
    desk.commit(Change("Patient", "1", body, expect=0))
    key = ("Patient", "1")
    shown = {form: desk.store.snapshot().read([key], form)[key] for form in ("short", "empty")}
    assert (shown["short"].body, shown["short"].form) == (body, "short")
    assert (shown["empty"].body, shown["empty"].form) == ({}, "empty")


def test_a_form_belongs_to_its_version(desk: Desk) -> None:
    """A version without a form is not shown in that of the one before; an old one still is."""
    t = desk.commit(Change("Patient", "1", {"forms": {"short": {"a": 1}}}, expect=0))
    desk.commit(Change("Patient", "1", {"b": 2}, expect=1))
    key = ("Patient", "1")
    assert desk.store.snapshot().read([key], form="short")[key].body == {"b": 2}
    assert desk.store.snapshot(at=t).read([key], form="short")[key].body == {"a": 1}
