"""Two ends of a channel: either asks, the other answers, and nothing that is asked is forgotten."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from openroots.storage import Conflict, Unavailable
from openroots.workers.channel import Answering, Channel, opened

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="workers share a port")


@asynccontextmanager
async def both_ends(answer: Answering) -> AsyncIterator[tuple[Channel, Channel]]:
    """The ends of a channel, each of which answers so."""
    ours, theirs = socket.socketpair()
    ends = await opened(ours, answer), await opened(theirs, answer)
    yield ends
    for end in ends:
        end.close()
        await end.lost.wait()


async def twice(what: str, value: Any) -> Any:
    """Twice the value, or the error that is asked for."""
    if isinstance(value, Exception):
        raise value
    return value * 2


def never(what: str, value: Any) -> Awaitable[Any]:
    """An answer that does not come."""
    return asyncio.get_running_loop().create_future()


def refuse(what: str, value: Any) -> Awaitable[Any]:
    """An end that does not even begin to answer."""
    raise Unavailable(f"{what}: not now")


def test_answers_come_to_those_who_asked() -> None:
    """However many ask at once, and from either end."""

    async def told() -> list[list[int]]:
        async with both_ends(twice) as ends:
            return [await asyncio.gather(*(end.ask("twice", n) for n in range(50))) for end in ends]

    assert asyncio.run(told()) == [[n * 2 for n in range(50)]] * 2


def test_an_error_comes_to_whoever_asked_and_to_nobody_else() -> None:
    async def told() -> list[Any]:
        values = 1, Conflict("was changed"), "a" * 300_000
        async with both_ends(twice) as (end, _):
            asked = [end.ask("twice", value) for value in values]
            return await asyncio.gather(*asked, return_exceptions=True)

    one, conflict, long = asyncio.run(told())
    assert (one, long) == (2, "a" * 600_000)
    assert isinstance(conflict, Conflict)
    assert str(conflict) == "was changed"


def test_an_end_that_cannot_begin_to_answer_says_so() -> None:
    async def told() -> None:
        async with both_ends(refuse) as (end, _):
            with pytest.raises(Unavailable, match="keep: not now"):
                await end.ask("keep", 1)

    asyncio.run(told())


def test_what_an_end_that_goes_away_had_not_answered_is_unavailable() -> None:
    """What was asked before and what is asked after."""

    async def told() -> list[Any]:
        async with both_ends(never) as (end, other):
            asked = end.ask("wait")
            other.close()
            await end.lost.wait()
            with pytest.raises(Unavailable):
                end.ask("wait")
            return await asyncio.gather(asked, return_exceptions=True)

    [error] = asyncio.run(told())
    assert isinstance(error, Unavailable)


class Unpackable(Exception):
    """An error that holds what cannot be sent to another process."""

    def __init__(self) -> None:
        super().__init__("odd")
        self.held = socket.socket()
        self.held.close()


async def odd(what: str, value: Any) -> Any:
    """An error that cannot be packed, or the value."""
    if what == "odd":
        raise Unpackable
    return value


def test_a_defect_at_the_other_end_costs_nobody_else_their_answer() -> None:
    """What cannot be packed is told by its name, and the answers that go with it arrive."""

    async def told() -> list[Any]:
        async with both_ends(odd) as (end, _):
            asked = [end.ask("odd"), end.ask("even", 2)]
            return await asyncio.gather(*asked, return_exceptions=True)

    error, value = asyncio.run(told())
    assert isinstance(error, RuntimeError)
    assert str(error) == "Unpackable: odd"
    assert value == 2
