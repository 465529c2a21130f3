"""What is noted soon is noted, also where nothing comes after it."""

import asyncio

import pytest

from openroots.gateway.wire import GIVES_WHOLE

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
ID = "60e0b220-8136-4ca5-ae46-1d97ef59d068"


def scope_of(path):
    """What a server tells of a request that came over HTTP."""
    headers = [(b"host", b"localhost"), (b"x-request-id", ID.encode())]
    return {
        **{"type": "http", "method": "GET", "path": path, "scheme": "http", "query_string": b""},
        **{"headers": headers, "client": ("127.0.0.1", 1), "extensions": {GIVES_WHOLE: refused}},
    }


def refused(answer):
    """A client that is too slow to be given an answer whole."""
    return False


async def nothing():
    await asyncio.Event().wait()


async def taken(message):
    """A client that takes what it is sent."""


def test_an_answer_that_its_client_never_takes_is_noted_when_it_is_given_up(openroots):
    """As when a server that stops has waited long enough: there may be no turn after that."""

    async def ask():
        sending = asyncio.Event()

        async def hang(message):
            sending.set()
            await nothing()

        asked = asyncio.create_task(openroots.house.application(scope_of(JANE), nothing, hang))
        await sending.wait()
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        return len(openroots.house.gateway.recorder.newest(1))

    assert openroots.run(ask()) == 1
    assert [trail["request_id"] for trail in openroots.trails()] == [ID]


def test_figures_asked_for_in_the_turn_of_an_answer_count_it(openroots):
    """Whoever asks within one turn of the loop has nothing between that could have it noted."""
    figures = []

    async def kept(message):
        figures.append(message.get("body", b""))

    async def ask():
        await openroots.house.application(scope_of(JANE), nothing, taken)
        await openroots.house.application(scope_of("/metrics"), nothing, kept)

    openroots.run(ask())
    assert b'demographics.read-patient",method="GET",status="200"} 1.0' in b"".join(figures)
