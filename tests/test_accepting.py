"""Those who come together are let in together, however long the loop takes for a turn."""

import asyncio
import socket
import ssl
from contextlib import contextmanager

import pytest

from openroots.accepting import Accepting
from openroots.clock import Wall
from openroots.identity.authority import certified

uvloop = pytest.importorskip("uvloop", reason="its loop takes one connection a turn")
CROWD = 20


class Met(asyncio.Protocol):
    """Notes in which turn of the loop somebody was let in, greets them, and takes its leave."""

    turn, gone = 0, 0

    def __init__(self, turns):
        self.turns = turns

    def connection_made(self, transport):
        self.turns.append(Met.turn)
        transport.write(b".")
        transport.close()

    def connection_lost(self, error):
        Met.gone += 1


@contextmanager
def waiting(count):
    """A socket, and so many who wait there to be let in."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=CROWD)
    listening.setblocking(False)
    callers = [socket.create_connection(listening.getsockname(), 10) for _ in range(count)]
    yield listening, callers
    for each in (*callers, listening):
        each.close()


async def all_are_met(listening, protocols, count=CROWD, tls=None):
    """Let the loop turn until so many were let in, and have gone."""
    Met.gone = 0
    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocols, sock=listening, ssl=tls)
    async with asyncio.timeout(60):
        while Met.gone < count:
            Met.turn += 1
            await asyncio.sleep(0)
    server.close()
    await server.wait_closed()


def run(work):
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(work)


def test_all_who_wait_are_let_in_within_a_few_turns():
    turns = []
    with waiting(CROWD) as (listening, callers):
        run(all_are_met(listening, Accepting([listening], lambda: Met(turns))))
        assert [each.recv(1) for each in callers] == [b"."] * CROWD
    assert turns[-1] - turns[0] < CROWD / 2


class Full:
    """A socket of a process that has no file to spare."""

    def accept(self):
        raise OSError(24, "Too many open files")


def test_whoever_cannot_be_taken_now_is_let_in_later():
    """By the loop itself, one after the other."""
    turns = []
    with waiting(CROWD) as (listening, _):
        run(all_are_met(listening, Accepting([Full()], lambda: Met(turns))))
    assert len(set(turns)) == CROWD


def test_who_goes_away_or_speaks_no_tls_costs_nobody_else_anything(tmp_path):
    """Of four who come together one hangs up, one says what is no TLS, and two are greeted."""
    made = certified(tmp_path, "127.0.0.1", Wall().now())
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ours.load_cert_chain(made.certificate, made.key)
    theirs = ssl.create_default_context()
    theirs.check_hostname, theirs.verify_mode = False, ssl.CERT_NONE
    complaints = []

    def greeted(caller):
        with theirs.wrap_socket(caller) as talking:
            return talking.recv(1)

    async def all_at_once(listening, callers):
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: complaints.append(context))
        protocols = Accepting([listening], lambda: Met([]), ours)
        meeting = asyncio.create_task(all_are_met(listening, protocols, len(callers), ours))
        words = await asyncio.gather(*[asyncio.to_thread(greeted, each) for each in callers])
        await meeting
        assert words == [b"."] * len(callers)

    with waiting(4) as (listening, callers):
        first, gone, strange, last = callers
        gone.close()
        strange.sendall(b"GET / HTTP/1.1\r\n\r\n")
        run(all_at_once(listening, (first, last)))
    assert complaints == []
