"""Agreements in the store: a worker that looks again reads what changed, and nothing else."""

import pytest

from openroots.register.agreement import Malformed
from openroots.register.founding_agreements import founding_agreements
from openroots.register.kept_agreements import (
    REMEMBERED,
    agreements_in,
    changes_to,
    missing,
    rows_in,
    since,
    version_of,
)
from openroots.storage import Change, Conflict
from openroots.storage.counting import CountingStore
from tests.gateway.governed import AGREEMENT


def put(nation, *ids, **parts):
    db = nation.house.world.store.snapshot()
    nation.holds(*changes_to([{**AGREEMENT, "id": id, **parts} for id in ids], db))


def test_a_fresh_world_has_the_founding_agreements(openroots):
    """They are there from the first second, once; one that was removed comes back at the next
    start, and one that was ended stays ended."""
    db = openroots.house.world.store.snapshot()
    assert [row.id for row in rows_in(db)] == sorted(one["id"] for one in founding_agreements())
    assert missing(db) == []
    put(openroots, "national-demographics", state="ended")
    assert missing(openroots.house.world.store.snapshot()) == []
    openroots.holds(Change("Agreement", "national-relationships", None, 1))
    again = missing(openroots.house.world.store.snapshot())
    assert [change.id for change in again] == ["national-relationships", "latest"]


@pytest.mark.parametrize("commits", [[1], [1, 2, 1], [REMEMBERED // 2] * 3])
def test_what_changed_since_is_as_all_read_anew(openroots, commits):
    """However much changed since a worker looked, what it then knows is what stands; few changes
    cost two reads, whatever else there is."""
    store = CountingStore(openroots.house.world.store)
    before, version = agreements_in(store.snapshot()), version_of(store.snapshot())
    for number, count in enumerate(commits):
        put(openroots, *(f"a{n}" for n in range(count)), title=f"Title {number}")
    store.counts.reads = store.counts.searches = 0
    found = since(before, version, store.snapshot())
    assert (store.counts.reads, store.counts.searches) == ((2, 0) if max(commits) < 50 else (1, 1))
    assert found.hash == agreements_in(store.snapshot()).hash


def test_two_changes_at_once_are_not_both_kept_unseen(openroots):
    """Of two changes that were decided on the same state, the second is told so."""
    db = openroots.house.world.store.snapshot()
    one, other = (changes_to([{**AGREEMENT, "id": id}], db) for id in ("a", "b"))
    openroots.holds(*one)
    with pytest.raises(Conflict):
        openroots.holds(*other)


def test_what_is_no_agreement_is_not_kept(openroots):
    """A change to something that is no agreement is refused before it is committed."""
    with pytest.raises(Malformed):
        put(openroots, "a", purposes=["FUN"])
