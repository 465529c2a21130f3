"""The life of any store: opened, closed, opened again, and left alone where it is too new."""

import asyncio
from collections.abc import Callable

import pytest

from openroots.storage import Mark, Signal, TooNew
from tests.storage.desk import BY, Desk, Opening, desk_for, family, found, patient, running_loop

MANY = 100  # more than go to a database at once


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
    """Commits under way when the store is closed are kept and answered, and those behind them."""

    async def commit_and_close() -> list[int]:
        commits = [desk.store.commit([patient(str(n))], by=BY) for n in range(MANY)]
        asked = [asyncio.ensure_future(commit) for commit in commits]
        await asyncio.sleep(0)
        await desk.store.close()
        return await asyncio.gather(*asked)

    assert desk.run(commit_and_close()) == list(range(1, MANY + 1))
    desk.store = desk.run(desk._open())
    assert desk.store.snapshot().t == MANY


def test_refuses_a_newer_schema(engine: tuple[Opening, Callable[[], None]]) -> None:
    """A store that a later version of the program wrote is left as it is."""
    opening, age = engine
    with desk_for(opening):
        pass
    age()
    with running_loop() as loop, pytest.raises(TooNew, match="99"):
        Desk(opening, loop)
