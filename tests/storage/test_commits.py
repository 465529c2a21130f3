"""What a commit to any store promises: versions, guards, and all of it or nothing."""

import asyncio

import pytest

from openroots.storage import Absent, Change, Conflict, Mark, Query, Signal, Unchanged
from tests.storage.desk import BY, Desk, family, found, patient, read, removed


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


def test_commit_is_about_one_person(desk: Desk) -> None:
    """A commit about two people is refused unless it is marked as one of the exceptions."""
    changes = [patient("1", subject="p"), patient("2", subject="q"), patient("3")]
    with pytest.raises(ValueError, match="one person"):
        desk.commit(*changes)
    desk.commit(changes[0], changes[2])
    assert desk.commit(changes[1], patient("1", 1, subject="p"), across=True) == 2


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
