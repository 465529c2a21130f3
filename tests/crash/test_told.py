"""Killed while it publishes and delivers, the server loses no signal that it acknowledged.

`make crash` does many rounds, `make test` a few.
"""

import json
import threading
import time
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from uuid import uuid4

import pytest

from tests.crash.test_killed import PATIENT, PEOPLE, WORK, Client, Server
from tests.services.events.asking import subscription

pytestmark = [pytest.mark.crash, pytest.mark.server]

SUBSCRIPTIONS = "/multicast-notification-service/subscriptions"
LONGEST = 60  # seconds without anything new, after which nothing more will come


class Receiver(BaseHTTPRequestHandler):
    """Notes what it is sent: the id, and the version of whose record. One in thirty it refuses
    while it is troubled."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["content-length"])))
        version = int(event["versionid"][3:-1])
        server = self.server
        with server.lock:
            server.count += 1
            refused = server.troubled and server.count % 30 == 0
            if not refused:
                server.got.append((self.headers["webhook-id"], event["subject"], version))
        self.send_response(500 if refused else 200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *words):
        pass


@pytest.fixture
def hook():
    """A webhook that outlives the server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.daemon_threads, server.lock = True, threading.Lock()
    server.got, server.count, server.troubled = [], 0, True
    server.handle_error = lambda *connection: None  # whoever called was killed
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def subscribe(port, hook):
    """Have every change of a record sent to the webhook."""
    there = f"http://127.0.0.1:{hook.server_port}/"
    body = subscription(type="rest-hook", endpoint=there, payload="application/json")
    headers = {"Content-Type": "application/fhir+json", "X-Correlation-ID": str(uuid4())}
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("POST", SUBSCRIPTIONS, json.dumps(body), headers)
        assert connection.getresponse().status == 201


def version_now(port, person):
    """The version of somebody's record."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", PATIENT + person, headers={"X-Request-ID": str(uuid4())})
        answer = connection.getresponse()
        answer.read()
        return int(answer.headers["ETag"][3:-1])


def wait_for_all(hook, made):
    """Until every version has come, or nothing more does. How many there are is up to the machine,
    so nobody is refused any more: for each that is, all else about that person waits."""
    hook.troubled, came, since = False, set(), time.monotonic()
    while came != made and time.monotonic() < since + LONGEST:
        time.sleep(0.1)
        if len(now := {each[1:] for each in list(hook.got)}) > len(came):
            came, since = now, time.monotonic()


def test_what_was_told_is_delivered(tmp_path, crash_rounds, hook):
    """Every version that was made is delivered, those of one person in their order, each under
    one id: by one process or by several in turn."""
    workers = cycle((1, 2))
    server = Server(tmp_path, next(workers))
    subscribe(server.port, hook)
    for _ in range(crash_rounds):
        clients = [Client(server.port, person) for person in PEOPLE]
        for client in clients:
            client.start()
        time.sleep(WORK)
        server.kill()
        for client in clients:
            client.join(timeout=20)
        server = Server(tmp_path, next(workers))
    made = {
        (person, version)
        for person in PEOPLE
        for version in range(3, version_now(server.port, person) + 1)
    }
    wait_for_all(hook, made)
    with suppress(HTTPException):
        server.kill()
    assert len(made) > 5 * crash_rounds
    assert {each[1:] for each in hook.got} == made
    assert len({each[0] for each in hook.got}) == len(made)
    for person in PEOPLE:
        versions = list(dict.fromkeys(each[2] for each in hook.got if each[1] == person))
        assert versions == sorted(versions)
