"""The store that counts."""

import pytest

from openroots.storage import Change, Query, Scope
from openroots.storage.counting import CountingStore, Counts
from tests.storage.desk import BY, desk_for, terms
from tests.storage.model import Model


async def counting() -> CountingStore:
    return CountingStore(Model(terms))


def test_counts_questions_and_not_keys() -> None:
    """A read of a hundred keys is one read, and each kind of question is counted by itself."""
    with desk_for(counting) as desk:
        assert isinstance(desk.store, CountingStore)
        desk.commit(Change("Patient", "1", {}, expect=0))
        snapshot = desk.store.snapshot()
        snapshot.read([("Patient", str(number)) for number in range(100)])
        snapshot.get("Patient", "1")
        snapshot.search(Query("Patient"))
        snapshot.search(Query("Patient"))
        snapshot.history("Patient", "1")
        snapshot.versions({("Patient", "1"): 1, ("Patient", "2"): 1})
        snapshot.marks(["a", "b"])
        assert desk.store.counts == Counts(reads=2, searches=2, histories=2, marks=1)
        assert desk.store.counts.total == 7


def test_counts_add_up_over_snapshots_until_fresh_ones_are_put() -> None:
    """All snapshots of a store add to the same counts, and fresh counts begin at nothing."""
    with desk_for(counting) as desk:
        assert isinstance(desk.store, CountingStore)
        desk.store.snapshot().read([])
        desk.store.snapshot().read([])
        assert desk.store.counts.reads == 2
        desk.store.counts = Counts()
        desk.store.snapshot().read([])
        assert desk.store.counts.reads == 1


def test_answers_as_the_store_within() -> None:
    """Counting changes nothing of what a store says: rows, number, scope and who was seen."""
    with desk_for(counting) as desk:
        desk.commit(Change("Patient", "1", {}, expect=0, subject="p"))
        within = desk.store.snapshot(Scope(subjects=frozenset({"p"})))
        assert within.t == 1
        assert within.search(Query("Patient")).rows == [*within.read([("Patient", "1")]).values()]
        assert within.seen == ["p", "p"]
        assert desk.store.snapshot(Scope(subjects=frozenset())).history("Patient", "1") == []
        assert desk.store.commits()[0].by == BY
        assert desk.feed() == []


@pytest.mark.parametrize("inline", [True, False])
def test_is_inline_where_the_store_within_is(inline: bool) -> None:
    """A handler runs where it would have run."""
    model = Model(terms)
    model.inline = inline
    assert CountingStore(model).inline == inline
