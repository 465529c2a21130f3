"""One connection of a client: HTTP/1.1 read from it by uvicorn, and bounds on what it may take.

For the server. Uvicorn bounds neither how long the head of a request may take to come nor how large
it may be until it is whole, asks for no Host, puts what trails a body among the headers, takes an
encoded slash for a separator, and hangs up on who asked and says no more. Who sends byte by byte is
cut off by one timer; nothing is measured while requests come whole. The parser reads no method but
those it knows: another stands in for each that is strange, so that the API that was asked refuses
it in its own words. Uvicorn also hands a head and its body to the system one by one: an answer that
is whole is written here, and a request's body that is whole is there to be taken, with nothing to
wait for.

Source: RFC 3986 section 2.2; RFC 9110 sections 6.5, 7.2, 7.8 and 9.1; RFC 9112 sections 3.2, 6.1,
9.3 and 9.6; uvicorn's documentation.
"""

import asyncio
import re
import sys
from collections import deque
from http import HTTPStatus
from selectors import EVENT_WRITE, DefaultSelector
from typing import Any

from httptools import HttpParserCallbackError, HttpParserInvalidMethodError
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from openroots.gateway.wire import GIVES_WHOLE, HAS_WHOLE, IS_HEARD, Answer, read_path

SLOWEST_HEAD = 15  # seconds from the first byte of a request until its head is whole
KEPT_OPEN = 75  # seconds that a connection may say nothing: before a request as after one
LARGEST_UNREAD = 64 << 10  # bytes of a head that is not whole: twice what is ever taken
UPGRADE = re.compile(rb"\r\nupgrade[ \t]*:[^\r\n]*", re.IGNORECASE)
METHOD = re.compile(rb"([A-Za-z_-]{1,20}) ")  # where a request begins
PARSED = frozenset({b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"CONNECT"})
STAND_IN = b"PROPFIND"  # a method that the parser knows, and no API here has
IN_A_LINE = bytes({*range(256)} - {*range(9), *range(10, 32), 127})  # RFC 9110 section 5.5
NO_HOST = "Host header must be sent in HTTP/1.1"
TOO_SLOW = f"The request line and headers had not arrived after {SLOWEST_HEAD} seconds"
TOO_LARGE = "The request line and headers are too large"
LONGEST_URL = 0xFFFF  # bytes: the parser measures in sixteen bits
URL_TOO_LONG = f"The URL is longer than {LONGEST_URL} bytes, and no longer one is read"
NO_METHOD = "There is no such method: all are written in capitals, such as GET"
NO_CODING = "Transfer-Encoding may be chunked, and no other coding of a body is read"
NO_URL = "What is asked for is no path and no URL"
NO_OTHER = "HTTP/1.1 is spoken here, and no other protocol"
NOWHERE: deque[tuple[bytes, bytes]] = deque(maxlen=0)  # keeps nothing of what is put into it


class NoRequest(ValueError):
    """What came has the form of a request, and is none that can be answered."""


class Connection(HttpToolsProtocol):
    """HTTP/1.1, and no other. An offer to go on by another protocol is passed over, as a server may
    do by RFC 9110 section 7.8. Java's own client offers HTTP/2 with the first request of each
    connection, and the parser would take that request's body for no HTTP."""

    url = b""  # of the request that is read
    _strange = ""  # its method, where another stands in for it
    _late: asyncio.TimerHandle | None = None  # what cuts off whoever is too slow
    _awaited: object = None  # the scope of the request whose rest it is set for
    _unread = 0
    _amiss = HTTPStatus.BAD_REQUEST, NO_URL
    _says_no_more = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._extensions: dict[str, Any] = {
            GIVES_WHOLE: self._give,
            HAS_WHOLE: self._body,
            IS_HEARD: self._is_heard,
        }
        silent = self.loop.call_later(KEPT_OPEN, self.timeout_keep_alive_handler)
        self.timeout_keep_alive_task = silent

    def connection_lost(self, exc: Exception | None) -> None:
        self._unset_keepalive_if_required()
        self._is_no_longer_late()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if (b"pgrade" in data or b"PGRADE" in data) and not self._is_in_a_body:
            head, blank, rest = data.partition(b"\r\n\r\n")
            data = UPGRADE.sub(b"", head) + blank + rest
        super().data_received(self._in_known_words(data))
        cycle = self.cycle
        if cycle is None or cycle.scope is not self.scope or cycle.response_complete:
            self._wait_for_the_rest(len(data))
        elif self._late is not None:
            self._is_no_longer_late()

    def eof_received(self) -> bool:  # type: ignore[override]
        """The client says no more. Whether the connection stays open for what it has asked."""
        cycle = self.cycle
        owed = cycle is not None and not (cycle.response_complete or cycle.more_body)
        begun = cycle is not None and cycle.response_started and not self.pipeline
        # TLS cannot be closed by halves. And who hears an answer of which no end is in sight is
        # gone for good, or it would be told for ever to nobody.
        self._says_no_more = owed and not begun and self.scheme == "http"
        return self._says_no_more

    def shutdown(self) -> None:
        """Close as soon as nothing is owed; but once: closed twice, TLS lets go of what it has."""
        if not self.transport.is_closing():
            super().shutdown()

    def was_told_all(self) -> bool:
        """Whether it is closed from here, and nothing waits to be sent: neither in what encrypts,
        nor in what is beneath, which would have filled all that the system takes."""
        transport = self.transport
        if not transport.is_closing() or transport.get_write_buffer_size():
            return False
        with DefaultSelector() as system:
            system.register(transport.get_extra_info("socket"), EVENT_WRITE)
            return bool(system.select(0))

    def on_response_complete(self) -> None:
        """An answer is out: another request has its turn, unless there can be none."""
        done = not self.pipeline
        super().on_response_complete()
        if done and self._says_no_more:
            self.transport.close()

    def on_headers_complete(self) -> None:
        """A head is whole: have what it asks for answered, if it is a request."""
        if self.parser.should_upgrade():  # what follows would be taken for another request
            raise self._no_request(NO_OTHER)
        named = dict(self.headers)
        if b"host" not in named and self.parser.get_http_version() == "1.1":
            raise self._no_request(NO_HOST)
        if b"transfer-encoding" in named and self._is_coded_otherwise():
            raise self._no_request(NO_CODING, HTTPStatus.NOT_IMPLEMENTED)
        super().on_headers_complete()
        if self._strange:
            self.scope["method"], self._strange = self._strange, ""
        if b"%2" in self.scope["raw_path"]:
            self.scope["path"] = read_path(self.scope["raw_path"])
        self.scope["extensions"] = self._extensions
        self.headers = NOWHERE  # type: ignore[assignment]  # what trails a body is no header

    def send_400_response(self, msg: str) -> None:
        """Tell that what came is no request, and why where that is known."""
        error = sys.exception()  # of the parser
        if isinstance(error, HttpParserInvalidMethodError):
            self._refuse(HTTPStatus.BAD_REQUEST, NO_METHOD)
        elif len(self.url) > LONGEST_URL:
            self._refuse(HTTPStatus.REQUEST_URI_TOO_LONG, URL_TOO_LONG)
        elif isinstance(error, HttpParserCallbackError):  # ours, or of who takes the URL apart
            self._refuse(*self._amiss)
        else:
            self._refuse(HTTPStatus.BAD_REQUEST, f"{msg} {error}")

    def _give(self, answer: Answer) -> bool:
        """Write an answer that is whole, head and body together; whether that was possible. Uvicorn
        writes each by itself, and looks at every header twice."""
        cycle = self.cycle
        if self.pipeline or cycle.disconnected or cycle.response_started or self.flow.write_paused:
            return False  # with others waiting behind it, the newest is not the one answered
        headers = [*cycle.default_headers, *answer.headers]
        if not cycle.keep_alive:
            headers.append((b"connection", b"close"))
        head = b"%s%s\r\n" % (
            STATUS_LINE[answer.status],
            b"".join([b"%s: %s\r\n" % header for header in headers]),
        )
        if head.translate(None, IN_A_LINE) != b"\r\n" * (len(headers) + 2):
            return False  # what no header may hold, for which uvicorn has words
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        self.transport.write(head + answer.body)
        cycle.message_event.set()
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()
        return True

    def _is_heard(self) -> bool:
        """Whether the client is there, as far as can be told: who says no more has mostly gone."""
        return not (self._says_no_more or self.transport.is_closing())

    def _body(self) -> bytes | None:
        """The body of the request that is answered, if all of it has come; else it is received."""
        cycle = self.cycle
        if self.pipeline or cycle.more_body or cycle.disconnected:
            return None
        if cycle.waiting_for_100_continue:  # which it is told when the body is asked for
            return None
        body, cycle.body = bytes(cycle.body), bytearray()
        cycle.message_event.clear()
        return body

    def _in_known_words(self, data: bytes) -> bytes:
        """What came, with a method that the parser reads where a request begins with another."""
        found = METHOD.match(data)
        if not found or found[1] in PARSED or self._is_in_a_head or self._is_in_a_body:
            return data
        self._strange = found[1].decode("ascii")
        return STAND_IN + data[found.end(1) :]

    @property
    def _is_in_a_body(self) -> bool:
        return self.cycle is not None and self.cycle.more_body

    @property
    def _is_in_a_head(self) -> bool:
        return self.scope is not None and (self.cycle is None or self.cycle.scope is not self.scope)

    def _is_coded_otherwise(self) -> bool:
        """Whether the body is packed, beneath the chunks that it comes in. Where these are not the
        last of its codings, its end cannot be known, and the parser refuses it."""
        told = b",".join(value for name, value in self.headers if name == b"transfer-encoding")
        *others, last = (coding.strip(b" \t") for coding in told.lower().split(b","))
        return last == b"chunked" and any(others)

    def _no_request(self, words: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> NoRequest:
        self._amiss = status, words  # what the parser raises in its place has lost them
        return NoRequest(words)

    def _wait_for_the_rest(self, size: int) -> None:
        """Something came, and there is still no request that can be answered."""
        if self._late is None or self._awaited is not self.scope:
            self._is_no_longer_late()
            self._awaited = self.scope
            self._late = self.loop.call_later(SLOWEST_HEAD, self._is_late)
        elif self._is_in_a_head:
            self._unread += size
            if len(self.url) > LONGEST_URL:
                self._refuse(HTTPStatus.REQUEST_URI_TOO_LONG, URL_TOO_LONG)
            elif self._unread > LARGEST_UNREAD:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, TOO_LARGE)

    def _is_late(self) -> None:
        if self._is_in_a_head:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, TOO_SLOW)
        else:
            self.transport.close()

    def _is_no_longer_late(self) -> None:
        self._unread = 0
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _refuse(self, status: int, words: str) -> None:
        """Tell why nothing more is read, and close. What was asked before is answered first."""
        self._is_no_longer_late()
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete and not cycle.more_body:
            self.flow.pause_reading()
            cycle.keep_alive = False
        elif not self.transport.is_closing():
            self.transport.write(_told(status, words))
            self.transport.close()


def _told(status: int, words: str) -> bytes:
    body = words.encode()
    head = b"content-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
    return STATUS_LINE[status] + head + b"content-length: %d\r\n\r\n" % len(body) + body
