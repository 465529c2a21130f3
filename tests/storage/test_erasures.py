"""Who is erased stays so, in whatever state is put back."""

from pathlib import Path

import pytest

from openroots.storage import Change, Unavailable
from openroots.storage.erasures import Erasures, applied_in, erase, erase_again
from openroots.storage.sqlite import open_sqlite
from tests.storage.desk import BY, Desk, forms, running_loop, terms

NAME = "Featherstonehaughton"


def test_the_list_is_kept_in_order(tmp_path: Path) -> None:
    """Whoever is put on it is there for the next who opens it, until a world begins afresh."""
    Erasures(tmp_path).add("p")
    Erasures(tmp_path).add("q")
    assert Erasures(tmp_path).all() == ["p", "q"]
    Erasures(tmp_path).forget()
    assert Erasures(tmp_path).all() == []


def test_a_list_that_cannot_be_written_makes_the_store_unavailable(tmp_path: Path) -> None:
    """As where its disk is full: nobody is told that they are erased who would come back."""
    (tmp_path / "erased.new").mkdir()
    with pytest.raises(Unavailable, match="erased: "):
        Erasures(tmp_path).add("p")
    assert Erasures(tmp_path).all() == []


def test_a_list_that_is_none_makes_the_store_unavailable(tmp_path: Path) -> None:
    """Nobody who was erased comes back because the list of them was spoilt."""
    (tmp_path / "erased").write_bytes(b"\xf7\x00")
    with pytest.raises(Unavailable, match="erased does not hold the keys"):
        Erasures(tmp_path).all()


@pytest.fixture
def named(tmp_path: Path):
    """A store in which somebody has that name in two versions, and in another form of each."""
    with running_loop() as loop:
        desk = Desk(lambda: open_sqlite(tmp_path / "kept.db", terms, forms), loop)
        for version in (0, 1):
            shown = {"forms": {"short": {"family": NAME}}}
            body = {"is": {"family": [NAME]}, "long": NAME * 2000, **shown}
            desk.commit(Change("Patient", "1", body, version, "p"))
        yield desk
        desk.close()


def test_no_byte_of_who_was_erased_is_left_in_the_files(named: Desk, tmp_path: Path) -> None:
    """Neither in the database nor in the log beside it, while the store is open."""
    named.run(erase(named.store, Erasures(tmp_path), "p", BY))
    assert Erasures(tmp_path).all() == ["p"]
    for file in tmp_path.glob("kept.db*"):
        assert NAME.encode() not in file.read_bytes(), file


def test_who_is_erased_twice_is_on_the_list_once(named: Desk, tmp_path: Path) -> None:
    """The second time there is nothing left to empty; and a store that forgot them itself has
    nothing of the list to go through, and is left as it is."""
    erasures = Erasures(tmp_path)
    counts = [named.run(erase(named.store, erasures, "p", BY)) for _ in range(2)]
    assert (counts, erasures.all()) == ([2, 0], ["p"])
    before = named.store.snapshot()
    assert applied_in(before) == 1
    assert named.run(erase_again(named.store, erasures, 1, BY)) == 0
    assert named.store.snapshot().t == before.t


def test_a_copy_from_before_is_gone_through_again(named: Desk, tmp_path: Path) -> None:
    """As far as it has not been, and once."""
    erasures = Erasures(tmp_path)
    erasures.add("somebody else")
    named.run(erase_again(named.store, erasures, 0, BY))
    named.run(named.store.save(tmp_path / "copy.db"))
    named.run(erase(named.store, erasures, "p", BY))
    with running_loop() as loop:
        copy = Desk(lambda: open_sqlite(tmp_path / "copy.db", terms, forms), loop)
        assert copy.store.snapshot().read([("Patient", "1")]) != {}
        for left in (1, 0):
            applied = applied_in(copy.store.snapshot())
            assert copy.run(erase_again(copy.store, erasures, applied, BY)) == left
        assert copy.store.snapshot().read([("Patient", "1")]) == {}
        copy.close()
