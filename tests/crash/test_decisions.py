"""A server that is killed while decisions are made and rulebooks compiled loses none of either."""

import json
import threading
import time
from contextlib import closing
from http.client import HTTPConnection, HTTPException

import pytest

from openroots.register.signed import rulebook_from
from tests.crash.test_killed import Server

pytestmark = [pytest.mark.crash, pytest.mark.server]

REGISTER = "/standards-register"
BRAKES = f"{REGISTER}/standards/request-identity/exemptions"
SAFETY = "clinical-safety-key"
WORK = 0.5  # seconds of decisions before the kill


def ask(connection, method, path, body=None):
    """The JSON of an answer, which is a success."""
    sent = {"apikey": SAFETY, "Content-Type": "application/json"}
    connection.request(method, path, json.dumps(body) if body else None, sent)
    answer = connection.getresponse()
    told = json.loads(answer.read())
    if answer.status == 503:  # the process that writes is gone
        raise HTTPException
    assert answer.status in (200, 201), told
    return told


class Officer(threading.Thread):
    """Pulls brakes, each of which makes another rulebook, and remembers those it was told of."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.told = port, []

    def run(self):
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            try:
                while True:
                    brake = {"kind": "brake", "reason": "admissions wait"}
                    self.told.append(ask(connection, "POST", BRAKES, brake)["id"])
            except (OSError, HTTPException):
                return  # the server is gone


def test_a_decision_that_was_told_is_in_the_rulebook_after_a_crash(tmp_path, crash_rounds):
    """Killed in the middle of commits and compiles, the server comes back with a whole rulebook of
    every decision that was acknowledged, and goes on from there."""
    told = []
    for _ in range(crash_rounds):
        server = Server(tmp_path)
        officer = Officer(server.port)
        officer.start()
        time.sleep(WORK)
        server.kill()
        officer.join(timeout=20)
        told += officer.told
    server = Server(tmp_path)
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        kept = ask(connection, "GET", f"{REGISTER}/rulebook")
        after = ask(connection, "POST", BRAKES, {"kind": "brake", "reason": "once more"})["id"]
        last = ask(connection, "GET", f"{REGISTER}/rulebook")
    server.kill()
    ids = {exemption["id"] for exemption in kept["content"]["exemptions"]}
    assert len(told) > crash_rounds
    assert len(set(told)) == len(told)
    assert set(told) <= ids
    assert rulebook_from(kept["content"]).hash == kept["hash"] != last["hash"]
    assert after not in ids
