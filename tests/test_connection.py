"""One connection: who is slow or endless is cut off, and what is no request is told so.

Source: RFC 9110 sections 6.5, 7.2 and 7.8; RFC 9112 sections 3.2 and 9.3.
"""

import re
import socket
import time
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from openroots import connection
from openroots.testing import openroots_nation

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
ID = "X-Request-ID: 60e0b220-8136-4ca5-ae46-1d97ef59d068\r\n"
READ = f"GET {JANE} HTTP/1.1\r\nHost: x\r\n{ID}\r\n".encode()
GENDER = '{"patches":[{"op":"replace","path":"/gender","value":"male"}]}'
CHANGE = (
    f"PATCH {JANE} HTTP/1.1\r\nHost: x\r\n{ID}Content-Type: application/json-patch+json\r\n"
    f"Transfer-Encoding: chunked\r\n\r\n{len(GENDER):x}\r\n{GENDER}\r\n0\r\n"
)
SOON = 0.3  # seconds
IN_TIME = 1.0  # seconds that somebody has who is in time, also on a busy machine


@pytest.fixture
def impatient(openroots, monkeypatch):
    """A server that waits but a moment for the head of a request."""
    monkeypatch.setattr(connection, "SLOWEST_HEAD", SOON)
    return openroots


@pytest.fixture
def patient(openroots, monkeypatch):
    """A server that waits longer for a head than whoever sends it here needs."""
    monkeypatch.setattr(connection, "SLOWEST_HEAD", IN_TIME)
    return openroots


def connected(nation):
    there = urlsplit(nation.url)
    return socket.create_connection((there.hostname, there.port), timeout=60)


def told(nation, *pieces, every=0.0):
    """All that comes back until the server closes, though the client goes on to send."""
    with connected(nation) as opened:
        for piece in pieces:
            try:
                opened.sendall(piece)
            except OSError:  # it was closed meanwhile
                break
            time.sleep(every)
        return rest(opened)


def rest(opened):
    parts = []
    try:
        while part := opened.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def in_bytes(raw, count=40):
    return [raw[at : at + 1] for at in range(count)]


def test_who_sends_a_head_byte_by_byte_is_cut_off(impatient):
    """However steadily it comes: what counts is when its first byte came."""
    assert told(impatient, *in_bytes(READ), every=SOON / 10).startswith(b"HTTP/1.1 408")


def test_who_begins_a_second_request_and_never_ends_it_is_cut_off(impatient):
    """The first is answered; a connection that was good once is not kept for ever."""
    answers = told(impatient, READ + READ[:20])
    assert answers.startswith(b"HTTP/1.1 200")
    assert b"HTTP/1.1 408" in answers


def test_who_sends_only_blank_lines_is_cut_off(impatient):
    """They are passed over before a request, and are none."""
    assert told(impatient, *[b"\r\n"] * 20, every=SOON / 10) == b""


def test_requests_that_are_whole_in_time_are_all_answered(patient):
    """A slow client that has sent each head in time is never cut off in the midst of one."""
    with connected(patient) as opened:
        for _ in range(4):
            opened.sendall(READ[:30])
            time.sleep(IN_TIME * 0.3)
            opened.sendall(READ[30:])
            assert opened.recv(12) == b"HTTP/1.1 200"
            while not opened.recv(65536).endswith(b"}"):
                pass


def test_heads_on_each_others_heels_have_a_time_each(patient):
    """Who sends the end of one request with the beginning of the next is not taken for slow."""
    pieces = [READ[:30], *[READ[30:] + READ[:30]] * 4, READ[30:-2] + b"Connection: close\r\n\r\n"]
    answers = told(patient, *pieces, every=IN_TIME * 0.3)
    assert answers.count(b"HTTP/1.1 200") == 5


def test_a_head_without_an_end_is_not_kept(openroots):
    """It is refused as soon as it is larger than any that would be taken."""
    endless = told(openroots, READ[:-2], *[b"X-Thing: " + b"a" * 20_000] * 5, every=0.05)
    assert endless.startswith(b"HTTP/1.1 431")


def test_who_says_nothing_is_hung_up_on(openroots, monkeypatch):
    """A connection on which nothing was ever asked is not kept for ever."""
    monkeypatch.setattr(connection, "KEPT_OPEN", SOON)
    with connected(openroots) as opened:
        assert opened.recv(1) == b""


@pytest.mark.parametrize("pieces", [1, 9])
def test_a_url_that_is_too_long_is_told_so(openroots, pieces):
    """Whether it comes at once or in pieces, and before its end has come."""
    endless = [b"GET /" + b"a" * (70_000 // pieces), *[b"a" * (70_000 // pieces)] * pieces]
    answer = told(openroots, *endless, b" HTTP/1.1\r\nHost: x\r\n\r\n", every=0.02)
    assert answer.startswith(b"HTTP/1.1 414")
    assert answer.endswith(b"The URL is longer than 65535 bytes, and no longer one is read")


CLOSING = "HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"


@pytest.mark.parametrize("method", ["get", "FETCH", "GETS", "PROPFIND", "VERSION-CONTROL", "TRACE"])
def test_a_method_that_no_api_has_is_refused_in_the_words_of_the_api(openroots, method):
    """RFC 9110 section 9.1: they are case-sensitive, and any other may be made up."""
    answer = told(openroots, f"{method} {JANE} {CLOSING}{ID}\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"application/fhir+json" in answer
    assert b"UNSUPPORTED_SERVICE" in answer
    answer = told(openroots, f"{method} /oauth2/token {CLOSING}\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 405")
    assert b"allow: POST" in answer
    assert b"Method Not Allowed" in answer


def test_a_strange_method_leaves_the_connection_as_it_was(openroots):
    """Its body is read as that of any request, whatever is in it; the next is answered."""
    strange = f"FETCH {JANE} HTTP/1.1\r\nHost: x\r\n{ID}Content-Length: 6\r\n\r\n"
    last = READ[:-2] + b"Connection: close\r\n\r\n"
    assert told(openroots, strange.encode(), b"BARK y", last, every=0.05).count(b"HTTP/1.1") == 2
    answers = told(openroots, strange.encode() + b"BARK y" + last)
    assert answers.index(b"HTTP/1.1 400") < answers.index(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "begins", [b"R2D2 / HTTP/1.1", b"A" * 21 + b" / HTTP/1.1", b"PRI * HTTP/2.0"]
)
def test_what_is_no_word_of_this_http_is_told_so(openroots, begins):
    """What begins so may be no HTTP at all, or is of another version."""
    answer = told(openroots, begins + b"\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"text/plain" in answer


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"GET / HTTP/1.1\r\nHo st: x\r\n\r\n", b"Invalid header token"),
        (b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", b"Expected HTTP/"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", b"in Content-Length"),
        (b"GET http:// HTTP/1.1\r\nHost: x\r\n\r\n", b"What is asked for is no path and no URL"),
    ],
)
def test_what_is_no_request_is_told_what_is_amiss(openroots, head, words):
    """As far as the parser says."""
    answer = told(openroots, head)
    assert answer.startswith(b"HTTP/1.1 400")
    assert words in answer


@pytest.mark.parametrize(
    "codings", ["gzip, chunked", "GZIP , Chunked", "deflate\r\nTransfer-Encoding: chunked"]
)
def test_a_body_that_is_packed_beneath_its_chunks_is_refused(openroots, codings):
    """RFC 9112 section 6.1: nobody here unpacks it, and taken as it comes it would be another."""
    answer = told(openroots, CHANGE.replace("chunked", codings).encode() + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 501 Not Implemented\r\n")
    assert answer.endswith(
        b"Transfer-Encoding may be chunked, and no other coding of a body is read"
    )


@pytest.mark.parametrize("codings", ["Chunked", ", chunked"])
def test_chunks_may_be_told_of_in_any_capitals(openroots, codings):
    """A list may have an element that says nothing (RFC 9110 section 5.6.1)."""
    sent = CHANGE.replace("chunked", f"{codings}\r\nConnection: close")
    answer = told(openroots, f"{sent}\r\n".encode())
    assert b"If-Match header must be supplied" in answer


@pytest.mark.parametrize("path", [JANE, "/", "/_openroots/health", "/oauth2/token"])
def test_a_request_without_a_host_is_refused(openroots, path):
    """HTTP/1.1 asks for one, whatever is asked for; HTTP/1.0 did not."""
    without = f"GET {path} HTTP/1.1\r\nX-Request-ID: a\r\n\r\n".encode()
    answer = told(openroots, without)
    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.endswith(b"Host header must be sent in HTTP/1.1")


@pytest.mark.parametrize("settings", [{"mode": "sandbox"}, {"url": "https://api.example.com"}])
def test_two_hosts_contradict_each_other(openroots_seeded, settings):
    """Also where the server is known by an address of its own, whatever is asked for."""
    with openroots_nation(openroots_seeded, **settings) as nation:
        answer = told(nation, READ.replace(b"\r\n", b"\r\nConnection: close\r\nHost: y\r\n", 1))
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"Host header must be supplied once only" in answer


@pytest.mark.parametrize("trailer", ['If-Match: W/"2"', "apikey: a", "Authorization: Bearer a"])
def test_what_trails_a_body_is_no_header(openroots, trailer):
    """A field that counts in the head cannot be slipped in after the body."""
    last = READ.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    answer = told(openroots, f"{CHANGE}{trailer}\r\n\r\n".encode() + last)
    assert answer.startswith(b"HTTP/1.1 412")
    assert b"HTTP/1.1 200" in answer


@pytest.mark.parametrize("pieces", [1, 2, 7])
def test_each_request_has_its_own_body_however_they_come(openroots, pieces):
    """Three changes behind each other: in one piece, in two, and cut within heads and bodies."""
    genders = ("male", "unknown", "female")
    sent = b"".join(map(changed_to, genders, (2, 3, 4)))
    sent += READ.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    size = len(sent) // pieces + 1
    cut = [sent[at : at + size] for at in range(0, len(sent), size)]
    answers = told(openroots, *cut, every=0.02)
    assert answers.count(b"HTTP/1.1 200") == 4
    assert re.findall(rb'"gender":"(\w+)"', answers) == [*map(str.encode, genders), b"female"]


def changed_to(gender, version):
    body = GENDER.replace("male", gender)
    head = f"PATCH {JANE} HTTP/1.1\r\nHost: x\r\nX-Request-ID: {uuid4()}\r\n"
    head += f'If-Match: W/"{version}"\r\nContent-Type: application/json-patch+json\r\n'
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


@pytest.mark.parametrize("name", ["Upgrade", "uPGraDE", "UpGrade"])
def test_a_body_is_never_taken_for_another_request(openroots, name):
    """Where an offer of another protocol cannot be passed over, as it came in pieces, the request
    is refused: what follows its head is not read as if it were a request."""
    hidden = b"GET /_openroots/health HTTP/1.1\r\nHost: x\r\n\r\n"
    head = f"POST {JANE} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(hidden)}\r\n".encode()
    head += f"Connection: upgrade\r\n{name}: h2c\r\n\r\n".encode()
    cut = head.index(name.encode()) + 3
    answer = told(openroots, head[:cut], head[cut:], hidden, every=0.1)
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"HTTP/1.1 200" not in answer


def test_the_server_as_a_whole_can_be_asked_for_its_options(openroots):
    """OPTIONS * is answered as for any page; nothing else is asked of *."""
    for method, status in (("OPTIONS", 204), ("GET", 400)):
        asked = f"{method} * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        assert told(openroots, asked).startswith(b"HTTP/1.1 %d" % status)


def test_an_answer_without_a_body_tells_no_length(openroots):
    """RFC 9110 section 8.6: neither 204 nor 304 has one of its own."""
    asked = f"OPTIONS {JANE} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    assert b"content-length" not in told(openroots, asked).lower()


def half_closed(nation, asked):
    """What comes back to a client that says that it has asked all it will."""
    with connected(nation) as opened:
        opened.sendall(asked)
        opened.shutdown(socket.SHUT_WR)
        return rest(opened)


@pytest.mark.parametrize("count", [1, 3, 200])
def test_who_asked_and_says_no_more_is_answered(openroots, count):
    """A client may close its side once all is asked; each request that was whole is answered."""
    assert half_closed(openroots, READ * count).count(b"HTTP/1.1 200") == count


@pytest.mark.parametrize("asked", [b"", READ[:-2], CHANGE.encode()[:-5], READ + READ[:40]])
def test_who_says_no_more_before_the_end_is_hung_up_on(openroots, asked):
    """Of a request that was cut off nothing can be told, and the connection is not kept."""
    assert half_closed(openroots, asked).count(b"HTTP/1.1 200") <= asked.count(b"\r\n\r\n")


def test_an_encoded_slash_is_part_of_a_name(openroots):
    """It separates nothing: a proxy that goes by paths and the server cannot differ on it."""
    last = READ.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    for slash in (b"%2F", b"%2f"):
        answer = told(openroots, last.replace(b"Patient/", b"Patient" + slash))
        assert answer.startswith(b"HTTP/1.1 400")
        assert b"Unsupported path - '/Patient%2F9000000009'" in answer
    assert told(openroots, last.replace(b"/9", b"/%39")).startswith(b"HTTP/1.1 200")


def test_an_answer_goes_out_in_one_piece(openroots):
    """Head and body together: who asks is woken once."""
    with connected(openroots) as opened:
        opened.sendall(READ)
        answer = opened.recv(65536)
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"}")


@pytest.mark.parametrize("count", [2, 5])
def test_answers_to_requests_that_came_at_once_come_in_their_order(openroots, count):
    ids = [f"60e0b220-8136-4ca5-ae46-1d97ef59d06{number}" for number in range(count)]
    asked = [READ.replace(ID.encode(), f"X-Request-ID: {id}\r\n".encode()) for id in ids]
    last = asked.pop()[:-2] + b"Connection: close\r\n\r\n"
    answers = told(openroots, b"".join([*asked, last])).decode()
    assert re.findall(r"x-request-id: (\S+)", answers) == ids
    assert answers.count("connection: close") == 1


@pytest.mark.parametrize("mark", [b"\x01", b"\x7f", b"\x1f"])
def test_no_answer_repeats_what_no_header_may_hold(openroots, mark):
    """Whoever sends such a thing is refused before it comes to that."""
    asked = READ[:-2] + b"X-Correlation-ID: a%sb\r\nConnection: close\r\n\r\n" % mark
    answers = told(openroots, asked)
    assert answers.startswith(b"HTTP/1.1 4")
    assert mark not in answers


def test_figures_count_what_was_asked_before_them_in_one_breath(openroots):
    """A client that sends a read and a look at the figures at once, without waiting between, finds
    the read among them."""

    def counted(answers):
        reads = rb'openroots_http_requests_total\{endpoint="demographics.read-patient"[^}]*\} (\d+)'
        return int(re.search(reads, answers)[1])

    figures = b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    before = counted(told(openroots, READ + figures))
    assert counted(told(openroots, READ + figures)) == before + 1
