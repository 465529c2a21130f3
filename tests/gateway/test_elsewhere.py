"""Documents of other machines: within bounds, from nowhere else, and told apart from failures."""

import asyncio

import aiohttp
import pytest
from aiohttp import web

from openroots.delivery.addresses import Refused
from openroots.gateway.elsewhere import Heard, TooLong, heard
from tests.delivery.desk import receiver


def asked(answer, **bounds):
    """What is heard of a machine that answers so."""

    async def ask():
        async with receiver() as (machine, url):
            machine.answer = answer
            return await heard(url, {"x-asked": "1"}, **{"seconds": 5, "largest": 1000} | bounds)

    return asyncio.run(ask())


def test_a_document_is_heard_whole():
    """With its headers, and what is sent along with the question arrives."""
    told = asked(lambda request: web.Response(text=request.headers["x-asked"] * 1000))
    assert (told.status, told.body, told.headers["content-length"]) == (200, b"1" * 1000, "1000")


def test_a_document_that_is_too_long_is_not_read_to_its_end():
    """One byte more is too many."""
    with pytest.raises(TooLong, match="1000 bytes"):
        asked(lambda request: web.Response(text="1" * 1001))


@pytest.mark.parametrize("status", [204, 302, 304, 404, 500])
def test_any_other_answer_has_no_body_and_leads_nowhere(status):
    """A redirect is an answer as any other."""
    headers = {"location": "http://127.0.0.1:9/"}
    told = asked(lambda request: web.Response(status=status, headers=headers))
    assert told == Heard(status, told.headers)


def test_who_is_slow_is_not_waited_for():
    """The whole answer has so many seconds."""

    async def late(request):
        await asyncio.sleep(5)
        return web.Response()

    with pytest.raises(TimeoutError):
        asked(late, seconds=0.1)


def test_an_address_that_is_not_permitted_is_not_asked():
    """By whatever name it is known."""
    asking = heard("http://localhost:9/", seconds=5, largest=1, permit=lambda address: False)
    with pytest.raises(aiohttp.ClientConnectorError) as raised:
        asyncio.run(asking)
    assert isinstance(raised.value.os_error, Refused)
