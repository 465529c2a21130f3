"""Exchanges that come together take each step together, and each comes to its own end."""

import asyncio
import gc
import weakref
from collections.abc import Sequence
from typing import Any

import pytest

from openroots.gateway.rounds import Rounds, Step
from openroots.problem import Problem


class Coming:
    """As much of an exchange as rounds need."""

    def __init__(self, name: str) -> None:
        self.name = name


def taken(steps: Sequence[Step], *names: str) -> list[Any]:
    """What became of exchanges that come together: None, or what a step raised."""

    async def take() -> list[Any]:
        rounds = Rounds(steps)
        coming: list[Any] = [Coming(name) for name in names]
        return await asyncio.gather(*map(rounds.through, coming), return_exceptions=True)

    return asyncio.run(take())


def telling(name: str, told: list[str]) -> Step:
    """A step that tells who takes it."""
    return lambda exchange: told.append(f"{name} {exchange.name}")  # type: ignore[attr-defined,func-returns-value]


def test_all_take_a_step_before_any_takes_the_next() -> None:
    told: list[str] = []
    taken((telling("match", told), telling("permit", told)), "a", "b")
    assert told == ["match a", "match b", "permit a", "permit b"]


def test_who_is_refused_takes_no_further_step_and_the_others_do() -> None:
    told: list[str] = []

    def refuse(exchange: Any) -> None:
        if exchange.name == "b":
            raise ValueError("no")

    outcomes = taken((refuse, telling("decide", told)), "a", "b", "c")
    assert told == ["decide a", "decide c"]
    assert [type(outcome) for outcome in outcomes] == [type(None), ValueError, type(None)]


def test_who_waits_goes_on_alone_and_keeps_nobody_waiting() -> None:
    told: list[str] = []

    async def wait(exchange: Any) -> None:
        for _ in range(5):
            await asyncio.sleep(0)
        told.append(f"waited {exchange.name}")

    def commit(exchange: Any) -> Any:
        return wait(exchange) if exchange.name == "a" else None

    taken((commit, telling("prove", told)), "a", "b")
    assert told == ["prove b", "waited a", "prove a"]


def test_what_is_raised_while_waiting_is_raised_too() -> None:
    told: list[str] = []

    async def fail() -> None:
        await asyncio.sleep(0)
        raise KeyError("others were first")

    [outcome] = taken((lambda _: fail(), telling("prove", told)), "a")
    assert isinstance(outcome, KeyError)
    assert not told


def test_who_comes_later_is_in_another_round() -> None:
    told: list[str] = []

    async def come() -> None:
        rounds = Rounds((telling("match", told), telling("permit", told)))
        first, second = (Coming(name) for name in "ab")
        await rounds.through(first)  # type: ignore[arg-type]
        await rounds.through(second)  # type: ignore[arg-type]

    asyncio.run(come())
    assert told == ["match a", "permit a", "match b", "permit b"]


def test_who_has_gone_away_takes_no_step() -> None:
    """A request whose task was cancelled is passed over, and the others are not."""
    told: list[str] = []

    async def come() -> None:
        rounds = Rounds((telling("match", told), telling("permit", told)))
        tasks = [asyncio.create_task(rounds.through(Coming(name))) for name in "ab"]  # type: ignore[arg-type]
        await asyncio.sleep(0)
        tasks[0].cancel()
        await tasks[1]

    asyncio.run(come())
    assert told == ["match b", "permit b"]


def test_who_goes_away_while_it_waits_leaves_nothing_begun() -> None:
    """Cancelled in the very turn in which its step was taken: what that would wait for is let go
    of, and Python has no coroutine to complain of."""
    told: list[str] = []

    async def commit() -> None:
        told.append("committed")

    async def come() -> None:
        rounds = Rounds((lambda exchange: commit(),))
        task = asyncio.create_task(rounds.through(Coming("a")))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(task.cancel)
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(come())
    assert not told


def test_whatever_a_step_raises_nobody_else_is_left_waiting() -> None:
    """Not even what asyncio itself raises to end a task keeps the others of the round from their
    answers."""

    def end(exchange: Any) -> None:
        if exchange.name == "b":
            raise asyncio.CancelledError

    outcomes = taken((end,), "a", "b", "c")
    assert [type(outcome) for outcome in outcomes] == [
        type(None),
        asyncio.CancelledError,
        type(None),
    ]


def test_nothing_is_kept_of_a_round_in_which_one_was_refused() -> None:
    """A refusal that is kept, as that of a body which was too large, holds none of the others: a
    server must not wait for its garbage to be looked for."""

    def refuse(exchange: Any) -> None:
        if exchange.name == "b":
            exchange.problem = Problem("body-too-large")
            raise exchange.problem

    async def come() -> "list[weakref.ref[Coming]]":
        rounds, coming = Rounds((refuse,)), [Coming(name) for name in "abc"]
        await asyncio.gather(*map(rounds.through, coming), return_exceptions=True)  # type: ignore[arg-type]
        return [weakref.ref(each) for each in coming]

    gc.disable()
    try:
        first, _, third = asyncio.run(come())
        assert (first(), third()) == (None, None)
    finally:
        gc.enable()


def test_nothing_is_kept_of_who_was_refused() -> None:
    """What a step raises holds the exchange by its traceback, and lets it go at once: a server
    under refused requests must not wait for its garbage to be looked for."""

    def refuse(exchange: Any) -> None:
        raise ValueError("no")

    async def come() -> "weakref.ref[Coming]":
        coming = Coming("a")
        with pytest.raises(ValueError, match="no"):
            await Rounds((refuse,)).through(coming)  # type: ignore[arg-type]
        return weakref.ref(coming)

    gc.disable()
    try:
        assert asyncio.run(come())() is None
    finally:
        gc.enable()
