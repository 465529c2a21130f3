"""The door of the house, over HTTP: sizes, browsers, compression, and what is open to anyone."""

import asyncio
import gzip
import json
import socket

import httpx
import pytest

from openroots.body import LARGEST_BODY
from openroots.house import LARGEST_HEAD
from openroots.server import PortTaken, listen
from openroots.storage.closed import ClosedStore
from openroots.testing import KEY, open_nation

PDS = "/personal-demographics/FHIR/R4"
JANE = f"{PDS}/Patient/9000000009"
ID = {"X-Request-ID": "60e0b220-8136-4ca5-ae46-1d97ef59d068"}


@pytest.fixture
def client(openroots):
    with httpx.Client(base_url=openroots.url) as client:
        yield client


def code_of(answer):
    return answer.json()["issue"][0]["details"]["coding"][0]["code"]


def test_a_body_that_is_too_large_is_refused(client):
    """A body over the limit is refused in the dialect, and the next request is answered."""
    answer = client.patch(JANE, content=b"x" * (LARGEST_BODY + 1), headers=ID)
    assert (answer.status_code, code_of(answer)) == (413, "INVALID_REQUEST")
    assert client.get(JANE, headers=ID).status_code == 200


def test_a_body_that_is_announced_as_too_large_need_not_be_sent(openroots):
    """A client that waits to be told to go on is told at once that it need not."""
    host, port = openroots.url.removeprefix("http://").split(":")
    head = f"PATCH {JANE} HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
    with socket.create_connection((host, int(port)), timeout=60) as raw:
        raw.sendall(f"{head}Content-Length: {LARGEST_BODY + 1}\r\n\r\n".encode())
        assert raw.recv(1024).startswith(b"HTTP/1.1 413 ")


def test_the_status_of_a_service_fails_while_its_store_does(openroots, client):
    """A monitor is told, by status and body; that the service itself is there stays so."""
    kept = openroots.house.world.store
    assert client.get(f"{PDS}/_status").json()["checks"] == {"store": [{"status": "pass"}]}
    openroots.house.world.store = ClosedStore()
    failing = client.get(f"{PDS}/_status")
    openroots.house.world.store = kept
    assert (failing.status_code, failing.json()["status"]) == (503, "fail")
    assert client.get(f"{PDS}/_ping").json()["status"] == "pass"


def test_the_signed_rulebook_is_at_the_root_too(client):
    """Another node need not know where the API of the register is; nor who asks what came when."""
    register = "/standards-register/rulebook"
    answer = client.get("/rulebook")
    assert answer.headers["content-type"] == "application/jose"
    assert answer.text.count(".") == 2
    assert answer.headers["etag"] == client.get(f"{register}/signed").headers["etag"]
    history = client.get("/rulebook/history")
    assert history.json() == client.get(f"{register}/history").json()


def test_a_head_that_is_too_large_is_refused(client):
    """Headers over the limit are refused, and say what the limit is."""
    answer = client.get(JANE, headers={**ID, "X-Padding": "x" * LARGEST_HEAD})
    assert answer.status_code == 431
    assert str(LARGEST_HEAD) in answer.json()["issue"][0]["diagnostics"]


@pytest.mark.parametrize(
    "path",
    [
        f"{PDS}/Patient/..%2f9000000009",
        f"{PDS}/Patient/%2e%2e/9000000009",
        f"{PDS}/Patient/9000000009%00",
        f"{PDS}/Patient/%ff%fe",
        f"{PDS}/Patient/9000000009;x=1",
        f"{PDS}/%50atient%2f9000000009%3f",
        f"{PDS}/Patient%2F9000000009",
        f"{PDS}/Patient/９０００００００09",
    ],
)
def test_tricks_with_paths_are_client_errors(client, path):
    """No way of writing a path reaches a record but the plain one; each is told as a 400."""
    answer = client.get(path, headers=ID)
    assert answer.status_code == 400
    assert answer.json()["resourceType"] == "OperationOutcome"


def test_broken_http_does_not_stop_the_server(openroots, client):
    """Bytes that are not HTTP get a 400 or a closed connection, and others are answered."""
    host, port = openroots.url.removeprefix("http://").split(":")
    for noise in (b"\x00\x01\x02\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"POST " + b"x" * 70_000):
        with socket.create_connection((host, int(port))) as raw:
            raw.sendall(noise)
    assert client.get(JANE, headers=ID).status_code == 200


def test_a_browser_may_ask_from_any_page(client):
    """Scripts on any page may call the APIs, and read the headers that they need."""
    asked = {"Origin": "https://example.org", "Access-Control-Request-Method": "PATCH"}
    preflight = client.options(JANE, headers=asked)
    assert preflight.status_code == 204
    assert "PATCH" in preflight.headers["access-control-allow-methods"]
    answer = client.get(JANE, headers={**ID, "Origin": "https://example.org"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "etag" in answer.headers["access-control-expose-headers"]
    for open_to_all in ("_ping", "_status", "metadata"):
        told = client.get(f"{PDS}/{open_to_all}", headers={"Origin": "https://example.org"})
        assert told.headers["access-control-allow-origin"] == "*", open_to_all


def test_the_tooling_is_for_no_page(client):
    """No page of another origin is allowed near the tooling."""
    answer = client.get("/_openroots/status", headers={"Origin": "https://example.org"})
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


def test_answers_are_packed_for_those_who_ask(openroots):
    """A client that takes gzip gets the same record in fewer bytes."""
    with httpx.Client(base_url=openroots.url) as client:
        plain = client.get(JANE, headers={**ID, "Accept-Encoding": "identity"})
        with client.stream("GET", JANE, headers={**ID, "Accept-Encoding": "gzip"}) as packed:
            raw = b"".join(packed.iter_raw())
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    assert len(raw) < len(plain.content) / 3


def test_head_is_get_without_a_body(client):
    """HEAD answers with the headers of GET, its length among them, and no body."""
    plain = {**ID, "Accept-Encoding": "identity"}
    head, get = client.head(JANE, headers=plain), client.get(JANE, headers=plain)
    assert head.content == b""
    assert head.headers["content-length"] == str(len(get.content))
    assert head.headers["etag"] == get.headers["etag"]


@pytest.mark.parametrize("base", [PDS, "/oauth2", "/multicast-notification-service"])
def test_every_service_says_that_it_is_there(client, base):
    """`_ping` and `_status` of every service answer anybody, with no header."""
    for path in ("_ping", "_status"):
        answer = client.get(f"{base}/{path}")
        assert (answer.status_code, answer.json()["status"]) == (200, "pass")


@pytest.mark.parametrize("path", ["Patient/9000000009", "Nobody", "_ping", "_status", "metadata"])
def test_every_answer_has_the_ids_of_its_request(client, path):
    """What is open to anybody too: a client follows its requests by them, wherever they go."""
    sent = {**ID, "X-Correlation-ID": "a day's work"}
    told = client.get(f"{PDS}/{path}", headers=sent).headers
    assert {name: told[name] for name in sent} == sent


def test_health_and_figures_are_open(client):
    """Monitors need no token: health is JSON, figures are Prometheus text."""
    assert client.get("/_openroots/health").json()["status"] == "pass"
    client.get(JANE, headers=ID)
    figures = client.get("/metrics").text
    assert 'openroots_http_requests_total{endpoint="demographics.read-patient"' in figures
    assert "9000000009" not in figures


def test_a_request_is_one_log_line(tmp_path):
    """Each request is one line on the log: when, what, how it ended, by which application."""
    lines = tmp_path / "lines"
    with lines.open("ab") as log:
        nation = open_nation(tmp_path / "state", people=1, lines=log)
        nation.ask("GET", JANE, headers={"apikey": KEY, "X-Correlation-ID": "9000000009"})
        nation.close()
    (line,) = lines.read_text().splitlines()
    assert "GET demographics.read-patient 200" in line
    assert "ashby-practice-system" in line
    assert "9000000009" not in line


def test_without_open_access_a_token_is_wanted(tmp_path):
    """With real authorisation a request without a token is refused, and one with a token is held
    to what it was given for."""
    nation = open_nation(tmp_path, people=1, auth="real")
    missing = nation.ask("GET", JANE)
    assert (missing.status, missing.body["issue"][0]["diagnostics"]) == (
        401,
        "Missing Authorization header",
    )
    assert nation.ask("GET", JANE, headers=nation.token()).status == 200
    patch = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}
    headers = {**nation.token(), "If-Match": 'W/"2"'}
    refused = nation.ask("PATCH", JANE, patch, headers=headers)
    assert (refused.status, refused.code) == (403, "INVALID_METHOD")
    nation.close()


def test_live_mode_holds_nobody(tmp_path):
    """A live installation begins with no made-up person, no ready-made key, and no open access."""
    nation = open_nation(tmp_path, mode="live")
    assert nation.ask("GET", JANE).status == 401
    assert nation.ask("GET", JANE, headers={"apikey": KEY}).status == 401
    store = nation.house.world.store
    assert store.snapshot().read([("Patient", "9000000009")]) == {}
    nation.close()


def test_what_was_accepted_is_finished(openroots):
    """A server that is told to stop answers the request that it has begun to read."""
    host, port = openroots.url.removeprefix("http://").split(":")
    body = json.dumps({"patches": [{"op": "replace", "path": "/gender", "value": "male"}]})
    head = (
        f"PATCH {JANE} HTTP/1.1\r\nHost: {host}\r\nX-Request-ID: {ID['X-Request-ID']}\r\n"
        f'If-Match: W/"2"\r\nContent-Type: application/json-patch+json\r\n'
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((host, int(port))) as raw:
        raw.sendall(head.encode() + body[:10].encode())
        openroots.run(asyncio.sleep(0.05))
        openroots._loop.loop.call_soon_threadsafe(openroots._stop.set)
        raw.sendall(body[10:].encode())
        raw.settimeout(20)
        assert raw.recv(100_000).startswith(b"HTTP/1.1 200")


def test_a_taken_port_is_named():
    """A port that another program has is refused with its number, and nothing stays open."""
    taken = listen("localhost", 0)
    port = taken[0].getsockname()[1]
    with pytest.raises(PortTaken, match=str(port)):
        listen("localhost", port)
    for each in taken:
        each.close()
    for each in listen("localhost", port):
        each.close()


def test_a_body_that_breaks_off_changes_nothing(openroots):
    """A client that goes away before its whole body is sent has changed nothing, though what it
    did send would have been a good request."""
    host, port = openroots.url.removeprefix("http://").split(":")
    body = json.dumps({"patches": [{"op": "replace", "path": "/gender", "value": "male"}]})
    head = (
        f"PATCH {JANE} HTTP/1.1\r\nHost: {host}\r\nX-Request-ID: {ID['X-Request-ID']}\r\n"
        f'If-Match: W/"2"\r\nContent-Type: application/json-patch+json\r\n'
        f"Content-Length: {len(body) + 50}\r\n\r\n"
    )
    with socket.create_connection((host, int(port))) as raw:
        raw.sendall(head.encode() + body.encode())
    openroots.run(asyncio.sleep(0.2))
    assert openroots.ask("GET", JANE).headers["etag"] == 'W/"2"'


def test_a_body_may_be_as_large_as_its_endpoint_says(client):
    """An endpoint that takes less than the door refuses more, and says how much it takes."""
    body = b'{"patches": [' + b" " * (1 << 18) + b"]}"
    headers = {**ID, "If-Match": 'W/"2"', "Content-Type": "application/json-patch+json"}
    answer = client.patch(JANE, content=body, headers=headers)
    assert answer.status_code == 413
    assert str(1 << 18) in answer.json()["issue"][0]["diagnostics"]


def test_live_pages_speak_of_nobody_made_up(tmp_path):
    """The start page of a live installation names no made-up person and offers no open access."""
    nation = open_nation(tmp_path, mode="live")
    page = httpx.get(nation.url).text
    nation.close()
    assert "Made-up people only" not in page
    assert "Jane Smith" not in page
    assert "No key or account is needed" not in page
