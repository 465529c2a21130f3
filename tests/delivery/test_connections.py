"""A connection to a receiver is kept for the next post, as long as it can be used."""

import asyncio
from contextlib import asynccontextmanager, suppress

import aiohttp
from aiohttp.client_reqrep import ClientRequest
from yarl import URL

from openroots.delivery.connections import Connections, Receiver

ASKED = b"POST / HTTP/1.1\r\ncontent-length: 0\r\n\r\n"
TAKEN = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


class Listener:
    """A server that answers each request so; it knows how many connections were made to it, and
    how many of them are open."""

    def __init__(self, answer, closes):
        self.answer, self.closes = answer, closes
        self.made = self.open = 0

    async def listen(self, reader, writer):
        self.made, self.open = self.made + 1, self.open + 1
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(self.answer)
                await writer.drain()
                if self.closes:
                    break
        self.open -= 1
        writer.close()


@asynccontextmanager
async def connections(answer=TAKEN, closes=False, most=4, longest=15.0):
    """Connections, the receiver that they are to, and what listens there."""
    listener = Listener(answer, closes)
    server = await asyncio.start_server(listener.listen, "127.0.0.1", 0)
    url = URL(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    asked = ClientRequest("POST", url, loop=asyncio.get_running_loop())
    made = Connections(aiohttp.TCPConnector(), most, longest)
    try:
        yield made, Receiver(asked.connection_key, asked), listener
    finally:
        await made.close()
        await asyncio.sleep(0.01)
        server.close()


async def asked(line):
    """The status of the answer to one request."""
    line.transport.write(ASKED)
    message, _ = await line.protocol.read()
    return message.code


async def posts(made, receiver, count):
    """Posts one after the other."""
    statuses = []
    for _ in range(count):
        line = await made.take(receiver)
        statuses.append(await asked(line))
        made.keep(receiver, line)
        await asyncio.sleep(0.01)
    return statuses


def test_posts_one_after_the_other_go_over_one_connection():
    async def all_of_them():
        async with connections() as (made, receiver, listener):
            return await posts(made, receiver, 5), listener.made

    assert asyncio.run(all_of_them()) == ([200] * 5, 1)


def test_one_that_the_receiver_has_closed_is_not_used_again():
    async def all_of_them():
        async with connections(closes=True) as (made, receiver, listener):
            return await posts(made, receiver, 3), listener.made

    assert asyncio.run(all_of_them()) == ([200] * 3, 3)


def test_one_that_told_more_than_it_was_asked_is_not_used_again():
    """What it told would be taken for the answer to the next post."""
    forged = TAKEN.replace(b"200", b"201")

    async def all_of_them():
        async with connections(answer=TAKEN + forged) as (made, receiver, listener):
            return await posts(made, receiver, 3), listener.made

    assert asyncio.run(all_of_them()) == ([200] * 3, 3)


def test_one_whose_receiver_asks_for_it_to_be_closed_is():
    closing = TAKEN.replace(b"content", b"connection: close\r\ncontent")

    async def all_of_them():
        async with connections(answer=closing) as (made, receiver, listener):
            return await posts(made, receiver, 3), listener.made, listener.open

    assert asyncio.run(all_of_them()) == ([200] * 3, 3, 0)


def test_one_over_which_words_came_with_an_answer_is_used_again():
    """Where it says how many there are."""
    wordy = TAKEN.replace(b"length: 0", b"length: 6") + b"thanks"

    async def all_of_them():
        async with connections(answer=wordy) as (made, receiver, listener):
            return await posts(made, receiver, 3), listener.made

    assert asyncio.run(all_of_them()) == ([200] * 3, 1)


def test_one_of_which_nobody_knows_where_its_answer_ends_is_not():
    endless = b"HTTP/1.1 200 OK\r\n\r\nthanks, and"

    async def all_of_them():
        async with connections(answer=endless) as (made, receiver, listener):
            return await posts(made, receiver, 3), listener.made, listener.open

    assert asyncio.run(all_of_them()) == ([200] * 3, 3, 0)


def test_one_that_is_not_used_for_long_is_let_go():
    async def waited():
        async with connections(longest=0.05) as (made, receiver, listener):
            await posts(made, receiver, 1)
            await asyncio.sleep(0.2)
            return listener.made, listener.open

    assert asyncio.run(waited()) == (1, 0)


def test_so_many_are_kept_and_no_more():
    async def at_once():
        async with connections(most=2) as (made, receiver, listener):
            lines = [await made.take(receiver) for _ in range(5)]
            for line in lines:
                assert await asked(line) == 200
                made.keep(receiver, line)
            await asyncio.sleep(0.05)
            return listener.made, listener.open

    assert asyncio.run(at_once()) == (5, 2)


def test_none_is_left_open_at_the_end():
    async def closed():
        async with connections() as (made, receiver, listener):
            await posts(made, receiver, 2)
        return listener.open

    assert asyncio.run(closed()) == 0
