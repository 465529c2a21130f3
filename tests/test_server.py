"""The server beneath the door: what clients do with a connection, whatever they then ask."""

import asyncio
import socket
import ssl
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from openroots import server
from openroots.cli.opening import runner
from openroots.connection import Connection
from openroots.gateway.wire import GIVES_WHOLE, Answer
from openroots.server import GRACE, listen, serve
from tests.waiting import until

OFFER = (
    "Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\n{header}: h2c\r\n"
)
ASKED = (
    "POST /_openroots/clock HTTP/1.1\r\n{offer}Content-Length: 13\r\nHost: localhost\r\n"
    'X-OpenRoots-Token: {token}\r\nContent-Type: application/json\r\n\r\n{{"to":"real"}}'
)


@pytest.fixture
def connection(openroots):
    there = urlsplit(openroots.url)
    with socket.create_connection((there.hostname, there.port), timeout=20) as opened:
        yield opened


@pytest.mark.parametrize("header", ["Upgrade", "upgrade", "UPGRADE"])
@pytest.mark.parametrize("at", [None, 40, -13, -5])
def test_a_client_that_offers_http_2_is_answered_by_http_1(openroots, connection, header, at):
    """Java's own client does so with its first request; in how many pieces it comes is its own
    affair. The connection is good for the next request too."""
    token = (openroots.house.settings.state / "token").read_text("ascii").strip()
    request = ASKED.format(offer=OFFER.format(header=header), token=token).encode()
    for _ in range(2):
        for piece in (request[:at], request[at:] if at else b""):
            connection.sendall(piece)
        answer = b""
        while not answer.endswith(b"}"):
            answer += connection.recv(4096)
        assert answer.startswith(b"HTTP/1.1 200")


def test_a_port_that_is_free_on_one_address_alone_is_not_the_one_that_is_taken():
    """Where any port will do, that somebody has just this one on the other address says nothing."""
    with ExitStack() as taken:
        for _ in range(400):
            with suppress(OSError):  # a machine without IPv6 has one address
                other = taken.enter_context(socket.socket(socket.AF_INET6))
                other.bind(("::1", 0))
                other.listen()
        for _ in range(150):
            sockets = listen("localhost", 0)
            assert len({each.getsockname()[1] for each in sockets}) == 1
            for each in sockets:
                each.close()


def test_the_address_of_all_is_of_both_kinds():
    """Whoever listens on :: is reached by IPv4 too, and sees such a client by its own address."""
    with ExitStack() as opened:
        try:
            sockets = [opened.enter_context(each) for each in listen("::", 0)]
        except OSError:
            pytest.skip("this machine has no IPv6")
        assert len({each.getsockname()[1] for each in sockets}) == 1
        port = sockets[0].getsockname()[1]
        for address, listening in zip(("::1", "127.0.0.1"), sockets, strict=True):
            client = opened.enter_context(socket.create_connection((address, port), timeout=20))
            listening.settimeout(20)
            accepted, seen = listening.accept()
            opened.enter_context(accepted)
            assert seen[:2] == client.getsockname()[:2]
            assert seen[0] == address


HEALTH = b"GET /_openroots/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
LARGE = b"a" * 60_000  # more than the system takes, and less than makes TLS wait


class Plain:
    """What another application than a nation's answers, as it is served."""

    def __init__(self, house, application):
        self.application, self.world, self.settings = application, house.world, house.settings

    def hasten(self):
        pass

    async def close(self):
        pass


class Secured(Plain):
    """What a nation answers, or another application does, as it is served by HTTPS."""

    def __init__(self, house, state, application=None):
        super().__init__(house, application or house.application)
        self.settings = replace(house.settings, tls=True, state=state, host="127.0.0.1")


@asynccontextmanager
async def stopped(house, read):
    """A server that is told to stop once somebody was so far, and has half of its time for that."""
    ready, stop = asyncio.Event(), asyncio.Event()
    [listening] = listen("127.0.0.1", 0)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
    serving = asyncio.create_task(serve(house, [listening], ready.set, stop))
    await ready.wait()
    with socket.socket() as caller:
        caller.settimeout(60)
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        caller.connect(listening.getsockname())
        talking = await asyncio.to_thread(asked, caller, read)
        stop.set()
        with talking:
            async with asyncio.timeout(GRACE / 2):
                yield talking
                await serving


def asked(caller, read):
    """The caller over TLS, once something is asked and so much of the answer read."""
    theirs = ssl.create_default_context()
    theirs.check_hostname, theirs.verify_mode = False, ssl.CERT_NONE
    talking = theirs.wrap_socket(caller)
    talking.sendall(HEALTH)
    assert talking.recv(read).startswith(b"HTTP/1.1 200")
    return talking


def test_who_keeps_a_connection_over_tls_for_later_does_not_hold_up_a_stop(openroots, tmp_path):
    """It would have to say goodbye in turn, and looks at nothing until it asks again."""

    async def stops():
        async with stopped(Secured(openroots.house, tmp_path), 4096):
            pass

    with runner() as loop:
        loop.run(stops())


def test_who_reads_slowly_over_tls_is_told_all_before_a_stop(openroots, tmp_path, monkeypatch):
    """What the system did not take yet is still to be sent, though TLS is done with it."""
    told, looks = Connection.was_told_all, []

    def looked(connection):
        looks.append(told(connection))
        return looks[-1]

    async def large(scope, receive, send):
        headers = ((b"content-length", b"%d" % len(LARGE)),)
        assert scope["extensions"][GIVES_WHOLE](Answer(200, headers, LARGE))

    def rest(talking):
        answer = b""
        while more := talking.recv(1 << 16):
            answer += more
        return answer

    async def stops():
        async with stopped(Secured(openroots.house, tmp_path, large), 12) as talking:
            await asyncio.to_thread(until, lambda: len(looks) >= 9)
            assert (await asyncio.to_thread(rest, talking)).endswith(LARGE)

    monkeypatch.setattr(server, "GOODBYE", 0.01)
    monkeypatch.setattr(Connection, "was_told_all", looked)
    with runner() as loop:
        loop.run(stops())
    assert not any(looks[:9])


def test_who_still_reads_when_the_time_to_stop_is_over_is_told_of_in_a_line(
    openroots, monkeypatch, caplog
):
    """Not in the stack of what was cut off, which is no defect."""
    begun, left = asyncio.Event(), []

    async def endless(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        begun.set()
        try:
            while True:
                await send({"type": "http.response.body", "body": LARGE, "more_body": True})
        except asyncio.CancelledError:
            left.append("cut off")
            raise

    async def stops():
        ready, stop = asyncio.Event(), asyncio.Event()
        [listening] = listen("127.0.0.1", 0)
        house = Plain(openroots.house, endless)
        serving = asyncio.create_task(serve(house, [listening], ready.set, stop))
        await ready.wait()
        with socket.create_connection(listening.getsockname()) as caller:
            caller.sendall(HEALTH)
            await begun.wait()
            stop.set()
            await serving

    monkeypatch.setattr(server, "GRACE", 0.1)
    with runner() as loop:
        loop.run(stops())
    assert left == ["cut off"]
    [told] = caplog.records
    assert (told.levelname, told.exc_info) == ("ERROR", None)
