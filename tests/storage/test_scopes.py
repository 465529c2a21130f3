"""What is outside a scope does not exist, on any store."""

import pytest

from openroots.storage import Change, Query, Scope
from tests.storage.desk import Desk, family, found, patient, read

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
    versions = snapshot.versions({("Patient", id): 1 for id in every})
    assert sorted(row.id for row in versions) == inside
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
