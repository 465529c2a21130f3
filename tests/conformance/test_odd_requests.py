"""Requests that no good client sends, as bytes on the wire: each is answered or cut off, changes
nothing, and keeps nobody else from being answered.

Source: RFC 9112 (HTTP/1.1), RFC 9110 section 5 (fields), RFC 3986 (URIs).
"""

import json
import socket

import pytest

from openroots.problem import Json
from openroots.server import listen
from openroots.testing import Nation

PDS = "/personal-demographics/FHIR/R4"
JANE = f"{PDS}/Patient/9000000009"
SMITHS = f"{PDS}/Patient?family=Smith&birthdate=2010-10-22"
ID = "X-Request-ID: 60e0b220-8136-4ca5-ae46-1d97ef59d068\r\n"
BODY = json.dumps({"patches": [{"op": "replace", "path": "/gender", "value": "male"}]})
SIZE = f"Content-Length: {len(BODY)}\r\n"
IN_CHUNKS = "Transfer-Encoding: chunked\r\n"
CHUNKED = f"{len(BODY):x}\r\n{BODY}\r\n0\r\n\r\n"
LAST = "Connection: close\r\n"


def read(fields: str = "", path: str = JANE, method: str = "GET", host: str = "Host: x\r\n") -> str:
    """A read of Jane with these fields besides, after which the connection may be closed."""
    return f"{method} {path} HTTP/1.1\r\n{host}{ID}{LAST}{fields}\r\n"


def change(fields: str, sent: str = BODY) -> str:
    """A change of Jane, in order but for these fields or for what is sent."""
    return (
        f"PATCH {JANE} HTTP/1.1\r\nHost: x\r\n{ID}{LAST}"
        f'If-Match: W/"2"\r\nContent-Type: application/json-patch+json\r\n{fields}\r\n{sent}'
    )


def connected(openroots: Nation) -> socket.socket:
    """A connection to the server of this world."""
    host, port = openroots.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=60)


def told(openroots: Nation, request: str | bytes) -> bytes:
    """All that comes back until the connection is closed."""
    raw = request if isinstance(request, bytes) else request.encode("latin-1")
    with connected(openroots) as connection:
        connection.sendall(raw)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def body(answer: bytes) -> Json:
    """The JSON of an answer."""
    parsed: Json = json.loads(answer.partition(b"\r\n\r\n")[2])
    return parsed


BROKEN = {
    "lines without a carriage return": read().replace("\r\n", "\n"),
    "a field without a colon": read("Nonsense\r\n"),
    "a space before the colon": read("X-Thing : a\r\n"),
    "a field over two lines": read("X-Thing: a\r\n b\r\n"),
    "a NUL in a field": read("X-Thing: a\0b\r\n"),
    "two hosts": read(host="Host: x\r\nHost: y\r\n"),
    "a method in small letters": read(method="get"),
    "a method that is none": read(method="BREW"),
    "a tunnel": read(path="x:443", method="CONNECT"),
    "HTTP/2 without being asked": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS on a plain port": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(50),
    "bytes of UTF-8 in a path": read(path=f"{PDS}/Patient/é").encode(),
    "a line break in a path": read(path=f"{JANE}%0d%0aX-Thing:1"),
    "a NUL in a parameter": read(path=SMITHS.replace("Smith", "Sm%00")),
    "a length and chunks": change(SIZE + IN_CHUNKS, CHUNKED),
    "two lengths": change(f"{SIZE}Content-Length: {len(BODY) + 1}\r\n"),
    "the same length twice": change(SIZE * 2),
    "a length below nothing": change("Content-Length: -1\r\n"),
    "a length with a sign": change(f"Content-Length: +{len(BODY)}\r\n"),
    "a length beyond any": change("Content-Length: 99999999999999999999999\r\n"),
    "a coding that is none": change("Transfer-Encoding: xchunked\r\n", CHUNKED),
    "a chunk without a size": change(
        "Transfer-Encoding: chunked\r\n", f"ZZ\r\n{BODY}\r\n0\r\n\r\n"
    ),
    "a chunk below nothing": change("Transfer-Encoding: chunked\r\n", f"-1\r\n{BODY}\r\n0\r\n\r\n"),
    "two versions": change(f'{SIZE}If-Match: W/"3"\r\n'),
    "two types of a body": change(f"{SIZE}Content-Type: text/plain\r\n"),
}


@pytest.mark.parametrize("request_", BROKEN.values(), ids=BROKEN)
def test_a_broken_request_is_refused(openroots: Nation, request_: str | bytes) -> None:
    """It is told that it is wrong (400), its connection is closed, and the record is as it was."""
    assert told(openroots, request_).startswith(b"HTTP/1.1 400")
    assert told(openroots, read()).startswith(b"HTTP/1.1 200")
    assert openroots.ask("GET", JANE).headers["etag"] == 'W/"2"'


UNUSUAL = {
    "an address with its origin": read(path=f"http://x{JANE}"),
    "HTTP/1.0": read(host="").replace("HTTP/1.1", "HTTP/1.0"),
    "an upgrade to HTTP/2": read("Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"),
    "a read with a body": read("Content-Length: 5\r\n") + "hello",
    "a thousand fields": read("".join(f"X-{at}: a\r\n" for at in range(1000))),
    "Latin letters in an id": read("X-Correlation-ID: caf\xe9\r\n"),
    "a type that is not offered": read("Accept: application/fhir+xml\r\n"),
}


@pytest.mark.parametrize("request_", UNUSUAL.values(), ids=UNUSUAL)
def test_an_unusual_request_is_answered(openroots: Nation, request_: str) -> None:
    """What HTTP allows, though few send it, is answered as the usual is."""
    assert told(openroots, request_).startswith(b"HTTP/1.1 200")


def test_a_web_socket_is_not_offered(openroots: Nation) -> None:
    """Who asks for one is answered in HTTP."""
    with connected(openroots) as connection:
        fields = "Connection: Upgrade\r\nUpgrade: websocket\r\n"
        connection.sendall(read(fields).replace(LAST, "").encode())
        assert connection.recv(15) == b"HTTP/1.1 200 OK"


def test_requests_that_do_not_wait_are_answered_in_their_order(openroots: Nation) -> None:
    """A second request on the heels of the first, in one packet, has an answer of its own."""
    first, second = read().replace(LAST, ""), read(path=f"{PDS}/Patient/9111231130")
    answers = told(openroots, first + second)
    assert answers.startswith(b"HTTP/1.1 200")
    assert b"HTTP/1.1 404" in answers


def test_a_client_may_ask_before_it_sends_a_body(openroots: Nation) -> None:
    """Expect: 100-continue is answered, and then the request."""
    answer = told(openroots, change(f"{SIZE}Expect: 100-continue\r\n"))
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200")


@pytest.mark.parametrize("host", ['a"<>', "", 'x\\"},{"a":"', "caf\xe9", "a\tb", "a b", "[::1"])
def test_a_host_that_cannot_be_one_is_not_repeated(openroots: Nation, host: str) -> None:
    """Addresses in answers are made of the host that was asked for, if it can be one."""
    asked = read("X-Forwarded-Proto: javascript\r\n", SMITHS, host=f"Host: {host}\r\n")
    [entry, *_] = body(told(openroots, asked))["entry"]
    assert entry["fullUrl"] == f"http://localhost{JANE}"


@pytest.mark.parametrize("host", ["localhost:1948", "nhs.example", "[::1]:80", "10.0.0.1"])
def test_the_host_that_was_asked_for_is_repeated(openroots: Nation, host: str) -> None:
    """And its scheme is the one that a proxy in front was asked by."""
    asked = read("X-Forwarded-Proto: https\r\n", SMITHS, host=f"Host: {host}\r\n")
    [entry, *_] = body(told(openroots, asked))["entry"]
    assert entry["fullUrl"] == f"https://{host}{JANE}"


def test_no_answer_waits_for_a_full_packet() -> None:
    """Sockets are known to be TCP, so that asyncio turns Nagle's algorithm off: with it, each
    answer on a connection that is kept open comes 40 ms late."""
    for each in listen("127.0.0.1", 0):
        assert each.proto == socket.IPPROTO_TCP
        each.close()
