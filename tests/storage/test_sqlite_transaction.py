"""Commits that reach the disk together, as the writer of a SQLite store keeps them.

Source: none.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from openroots.storage import (
    Absent,
    Change,
    Conflict,
    Guard,
    Json,
    Mark,
    Query,
    Signal,
    Term,
    Unchanged,
)
from openroots.storage.sqlite import open_sqlite
from tests.storage.desk import BY, HOUR, NOON, Desk, desk_for, terms

Commit = dict[str, Any]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_for(lambda: open_sqlite(tmp_path / "store.db", terms)) as desk:
        yield desk


def together(desk: Desk, *commits: Commit) -> list[int | BaseException]:
    """What came of commits that were made in one turn of the loop."""

    async def keep() -> list[int | BaseException]:
        made = [desk.store.commit(**commit, by=BY) for commit in commits]
        return await asyncio.gather(*made, return_exceptions=True)

    told: list[int | BaseException] = desk.run(keep())
    assert desk.store.batched.batches == 1
    return told


def put(id: str, expect: int, family: str, guards: Sequence[Guard] = ()) -> Commit:
    body: Json = {"is": {"family": [family]}}
    return {"changes": [Change("Patient", id, body, expect, f"subject {id}")], "guards": guards}


def named(desk: Desk, family: str, at: int | None = None) -> list[str]:
    page = desk.store.snapshot(at=at).search(Query("Patient", (Term("family", (family,)),)))
    return [row.id for row in page.rows]


def test_one_goes_by_what_another_just_wrote(desk: Desk) -> None:
    told = together(
        desk, put("1", 0, "Ash"), put("1", 1, "Beech"), put("1", 2, "Ash"), put("1", 1, "Cedar")
    )
    assert told[:3] == [1, 2, 3]
    assert isinstance(told[3], Conflict)
    assert [row.t for row in desk.store.snapshot().history("Patient", "1")] == [1, 2, 3]


def test_terms_are_of_each_version_in_turn(desk: Desk) -> None:
    together(desk, put("1", 0, "Ash"), put("1", 1, "Beech"), put("1", 2, "Ash"))
    assert [named(desk, "Ash", at) for at in (1, 2, 3)] == [["1"], [], ["1"]]
    assert [named(desk, "Beech", at) for at in (1, 2, 3)] == [[], ["1"], []]


def test_another_holder_is_found_in_the_terms(desk: Desk) -> None:
    moved = put("1", 1, "Ash")
    moved["changes"] = [Change("Patient", "1", moved["changes"][0].body, 1, "subject 1", "Y12345")]
    told = together(desk, put("1", 0, "Ash"), moved)
    assert told == [1, 2]
    assert named(desk, "Ash") == ["1"]


def test_a_guard_sees_what_was_just_written(desk: Desk) -> None:
    none_yet = (Absent(Query("Patient", (Term("family", ("Ash",)),))),)
    told = together(
        desk,
        put("1", 0, "Ash"),
        put("2", 0, "Beech", none_yet),
        put("3", 0, "Cedar", (Unchanged("Patient", "1", 1),)),
        put("4", 0, "Elm", (Unchanged("Patient", "1", 2),)),
    )
    assert [isinstance(one, Conflict) for one in told] == [False, True, False, True]


def test_a_mark_is_made_once_among_many(desk: Desk) -> None:
    once: Commit = {"marks": [Mark("request/1", b"first", NOON.replace(year=2031), once=True)]}
    told = together(desk, *([once] * 5))
    assert sum(isinstance(one, Conflict) for one in told) == 4
    assert desk.store.snapshot().marks(["request/1"])["request/1"].value == b"first"


def test_more_than_a_statement_takes_is_kept_in_order(desk: Desk) -> None:
    signals = [Signal("born", "subject", f"/Patient/{number}") for number in range(77)]
    told = together(desk, *({"signals": [signal]} for signal in signals))
    assert told == list(range(1, 78))
    assert desk.feed() == signals


def test_what_is_found_as_before_needs_no_terms(desk: Desk) -> None:
    """It is found by those of the version before it, under its own marks; a first version has
    none to be found by, and is asked for its own."""

    def as_before(id: str, expect: int, holder: str = "", **facts: Any) -> None:
        marks = f"subject {id}", holder
        desk.commit(Change("Patient", id, {"is": facts}, expect, *marks, found_as_before=True))

    desk.commit(*put("1", 0, "Ash")["changes"])
    as_before("1", 1)
    as_before("1", 2, "Y12345")
    as_before("2", 0, family=["Ash"])
    assert [named(desk, "Ash", at) for at in (1, 2, 3, 4)] == [["1"], ["1"], ["1"], ["1", "2"]]


def at_once(desk: Desk, *asked: Callable[[], Awaitable[int]]) -> list[int | BaseException]:
    """What came of what was asked for in one turn of the loop."""

    async def all_of_it() -> list[int | BaseException]:
        return await asyncio.gather(*(each() for each in asked), return_exceptions=True)

    told: list[int | BaseException] = desk.run(all_of_it())
    return told


def test_one_goes_by_whom_another_just_erased(desk: Desk) -> None:
    """Nobody goes on from a version that is no longer there."""
    together(desk, put("1", 0, "Ash"))
    erased, told = at_once(
        desk,
        lambda: desk.store.erase("subject 1"),
        lambda: desk.store.commit(**put("1", 1, "Beech"), by=BY),
    )
    assert erased == 1
    assert isinstance(told, Conflict)
    assert named(desk, "Beech") == []


def test_one_goes_by_the_marks_that_another_just_swept(desk: Desk) -> None:
    """What is forgotten stands in nobody's way, whatever the time of who comes."""
    mark = Mark("a", b"", NOON + HOUR, once=True)
    together(desk, {"marks": [mark]})
    told = at_once(
        desk,
        lambda: desk.store.sweep(NOON + 2 * HOUR),
        lambda: desk.store.commit(marks=[mark], by=BY),
    )
    assert told == [1, 2]


def test_what_cannot_be_written_costs_nobody_else_their_commit(desk: Desk) -> None:
    """It is found only as it is written, when others are in the same transaction."""
    wrong: Any = object()
    first, second, third = at_once(
        desk,
        lambda: desk.store.commit(**put("1", 0, "Ash"), by=BY),
        lambda: desk.store.commit(marks=[Mark("a", wrong)], by=BY),
        lambda: desk.store.commit(**put("2", 0, "Ash"), by=BY),
    )
    assert (first, third) == (1, 2)
    assert isinstance(second, TypeError)
    assert named(desk, "Ash") == ["1", "2"]
    desk.commit(*put("3", 0, "Beech")["changes"])
