"""What any store forgets of people: all of whoever is erased, and old versions of everybody."""

import pytest

from openroots.storage import Change, Signal
from tests.storage.desk import BY, HOUR, Desk, family, found, patient


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


def test_a_clock_that_once_stood_wrong_keeps_nothing_for_good(desk: Desk) -> None:
    """Nor does it have anything go before its time: what was committed before and after it goes
    once its own time has come."""
    desk.commit(patient("1", 0, subject="p"))
    for version, wall in enumerate([BY.wall, BY.wall - 9 * HOUR, BY.wall + HOUR], 1):
        desk.commit(patient("1", version, subject="p"), by=BY._replace(wall=wall))
    desk.run(desk.store.prune(BY.wall - HOUR, 99))
    assert {1, 3, 4} <= set(versions(desk, "1"))
    desk.run(desk.store.prune(BY.wall + HOUR, 99))
    assert versions(desk, "1") == [3, 4]
    desk.run(desk.store.prune(BY.wall + 2 * HOUR, 99))
    assert versions(desk, "1") == [4]


def test_an_earlier_moment_than_the_last_lets_go_of_nothing_more(desk: Desk) -> None:
    """What was committed since, by a clock that was put back, waits for what came before it."""
    replaced(desk)
    desk.run(desk.store.prune(BY.wall + 9 * HOUR, 99))
    desk.commit(patient("1", 3, subject="p"))
    assert desk.run(desk.store.prune(BY.wall + HOUR, 99)) == 0
    assert versions(desk, "1") == [3, 4]
    assert desk.run(desk.store.prune(BY.wall + 9 * HOUR, 99)) == 1
    assert versions(desk, "1") == [4]


def test_nobody_cannot_be_erased(desk: Desk) -> None:
    """What is nobody's, such as an organisation, is about no person."""
    with pytest.raises(ValueError, match="nobody"):
        desk.run(desk.store.erase(""))
