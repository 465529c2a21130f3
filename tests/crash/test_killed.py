"""What was acknowledged is there after the server was killed in the middle of its work: all of it,
or one of its processes.

This shows that nothing is told before it is written. It shows nothing about the disk: a killed
process leaves what it wrote to the system. `make crash` does many rounds, `make test` a few.
"""

import json
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from itertools import cycle
from os import kill
from pathlib import Path
from uuid import uuid4

import pytest

from openroots.storage.audit import broken_at
from tests.waiting import until

pytestmark = [pytest.mark.crash, pytest.mark.server]

PEOPLE = ("9000000009", "9000000017", "9732019395", "9733162868")
PATIENT = "/personal-demographics/FHIR/R4/Patient/"
WORK = 0.7  # seconds of updates before the kill
ENOUGH = 5  # of them, told


class Client(threading.Thread):
    """Updates one person again and again, and remembers the last version it was told of."""

    def __init__(self, port, person):
        super().__init__(daemon=True)
        self.port, self.person = port, person
        self.told, self.trails = 0, []

    def run(self):
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            try:
                self.told = self.ask(connection, "GET", {})
                while True:
                    self.told = self.update(connection, self.told)
            except (OSError, HTTPException):
                return  # the server is gone

    def update(self, connection, version):
        """The version that an update makes."""
        gender = ("male", "female")[version % 2]
        patch = {"patches": [{"op": "replace", "path": "/gender", "value": gender}]}
        return self.ask(connection, "PATCH", {"If-Match": f'W/"{version}"'}, patch)

    def ask(self, connection, method, headers, body=None):
        """The version that an answer tells of."""
        sent = {"X-Request-ID": str(uuid4()), "Content-Type": "application/json-patch+json"}
        data = json.dumps(body) if body else None
        connection.request(method, PATIENT + self.person, data, sent | headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status == 503:  # the process that writes is gone
            raise HTTPException
        assert answer.status == 200
        if method == "PATCH":
            self.trails.append(answer.headers["X-OpenRoots-Trail"])
        return int(answer.headers["ETag"][3:-1])


class Server:
    """The real command, on a state folder that outlives it."""

    def __init__(self, state, workers=1):
        command = [sys.executable, "-m", "openroots", "up", "--state", str(state)]
        options = ["--port", "0", "--people", "5", "--log", "none", "--no-progress"]
        options += ["--workers", str(workers)]
        self.process = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL)
        self.port = self.wait_until_ready(state)

    def wait_until_ready(self, state):
        """The port, once it answers."""
        return until(lambda: self.told(state))["port"]

    def told(self, state):
        """What it says of itself; nothing before it answers."""
        assert self.process.poll() is None, "the server ended before it answered"
        with suppress(OSError, ValueError):
            told = json.loads((state / "server.json").read_text())
            return told if told["pid"] == self.process.pid else None

    def processes(self):
        """The process that was started, and those that it has started itself."""
        told = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        children = told.read_text().split() if told.exists() else []
        return [self.process.pid, *map(int, children)]

    def kill(self, which=slice(None)):
        """As a crash does: no handler runs. Whatever is left ends by itself, or is killed too."""
        processes = self.processes()
        for process in processes[which]:
            kill(process, signal.SIGKILL)
        if self.process.pid not in processes[which]:
            time.sleep(WORK)  # the others go on
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        until(lambda: all(is_gone(process) for process in processes))


def leave_them_to_it(clients):
    """Let them work for some time; for longer where the machine is busy with much else, until there
    is something that can be lost."""
    time.sleep(WORK)
    until(lambda: sum(len(client.trails) for client in clients) > ENOUGH)


def is_gone(process):
    """Whether there is no such process any more."""
    try:
        kill(process, 0)
    except ProcessLookupError:
        return True
    return False


ALL, FIRST, LAST = slice(None), slice(1), slice(-1, None)


@pytest.mark.parametrize("workers", [1, 3])
def test_what_was_told_is_kept(tmp_path, crash_rounds, workers):
    """Killed at any moment and started again, the server has every version and every audit entry
    that a client was told of, and the log's chains are unbroken. With several workers, all of it is
    killed, or the process that writes, or one that answers."""
    told = dict.fromkeys(PEOPLE, 2)
    trails = set()
    victims = cycle((ALL, FIRST, LAST))
    for _ in range(crash_rounds):
        server = Server(tmp_path, workers)
        clients = [Client(server.port, person) for person in PEOPLE]
        for client in clients:
            client.start()
        leave_them_to_it(clients)
        server.kill(next(victims))
        for client in clients:
            client.join(timeout=20)
            told[client.person] = max(told[client.person], client.told)
            trails.update(client.trails)
    server = Server(tmp_path, workers)
    versions = {person: Client(server.port, person) for person in PEOPLE}
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        now = {person: client.ask(connection, "GET", {}) for person, client in versions.items()}
    server.kill()
    logs = sorted((tmp_path / "audit").glob("*.jsonl"))
    lines = [line for log in logs for line in log.read_bytes().splitlines()]
    proved = {json.loads(line)["trail"] for line in lines}
    assert len(trails) > ENOUGH * crash_rounds  # the rounds did something
    assert all(now[person] >= told[person] for person in PEOPLE)
    assert trails <= proved
    assert {broken_at(log) for log in logs} == {0}


def test_a_server_that_was_killed_starts_as_if_it_had_not_been(tmp_path):
    """What a killed server left in its folder does not keep the next one from starting."""
    Server(tmp_path).kill()
    server = Server(tmp_path)
    server.process.terminate()
    assert server.process.wait(timeout=30) == 0
