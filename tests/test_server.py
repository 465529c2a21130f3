"""The server beneath the door: what clients do with a connection, whatever they then ask."""

import socket
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

import pytest

from openroots.server import listen

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
