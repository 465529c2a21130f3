"""Two workers and a keeper, as the command starts them: to a client they are one server."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from openroots.identity.public_keys import public_keys
from openroots.storage.audit import broken_at
from openroots.storage.verifying import verify
from openroots.testing import KEY
from tests.conftest import execute
from tests.waiting import until

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(sys.platform == "win32", reason="workers share a port"),
]
JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
UNBOUNDED = {"enabled": False}
ENOUGH = 16  # connections that, by all odds, reach both workers


class Server:
    """`openroots up --workers 2`, and ways to ask it."""

    def __init__(self, state: Path, *flags: str) -> None:
        self.state = state
        command = [sys.executable, "-m", "openroots", "up", "--workers", "2", "--state", str(state)]
        options = ["--port", "0", "--people", "5", "--log", "none", "--no-progress"]
        self.process = subprocess.Popen([*command, *options, *flags], stdout=subprocess.DEVNULL)
        self.port = 0
        until(self.is_ready)

    def is_ready(self) -> bool:
        """Whether it has said where it answers."""
        try:
            told = json.loads((self.state / "server.json").read_text())
        except (OSError, ValueError):
            return False
        self.port = told["port"]
        return told["pid"] == self.process.pid

    def ask(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of one request on a connection of its own."""
        sent = {"X-Request-ID": str(uuid4()), "Content-Type": "application/json-patch+json"}
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            data = json.dumps(body) if body is not None else None
            connection.request(method, path, data, sent | (headers or {}))
            answer = connection.getresponse()
            return answer.status, dict(answer.headers), answer.read()

    def tool(self, method: str, path: str, body: object = None) -> dict[str, object]:
        """What the tooling answers."""
        token = {"X-OpenRoots-Token": (self.state / "token").read_text().strip()}
        status, _, answer = self.ask(method, f"/_openroots{path}", body, token)
        assert status == 200, answer
        told: dict[str, object] = json.loads(answer)
        return told

    def asked_of_each(self) -> dict[str, set[str]]:
        """The versions of Jane's record that each run of a gateway tells, over many connections."""
        told: dict[str, set[str]] = {}
        for _ in range(ENOUGH):
            _, headers, _ = self.ask("GET", JANE)
            run = headers["x-openroots-trail"][8:16]
            told.setdefault(run, set()).add(headers["etag"])
        return told

    def make_jane(self, gender: str, version: int) -> int:
        """Update Jane's gender; the status."""
        patch = {"patches": [{"op": "replace", "path": "/gender", "value": gender}]}
        return self.ask("PATCH", JANE, patch, {"If-Match": f'W/"{version}"'})[0]

    def workers(self) -> list[int]:
        """The processes of the workers."""
        found = subprocess.run(
            ["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False
        )
        return [int(line) for line in found.stdout.split()]

    def stop(self) -> int:
        """End it in good order; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(40)


def test_limits_are_exact_across_workers(tmp_path: Path) -> None:
    """All workers together let one application through as often as one worker would."""
    server = Server(tmp_path / "state", "--limits", "real")
    agreed = {"personal-demographics-service": {"quota": {"limit": 20}, "spikeArrest": UNBOUNDED}}
    server.tool(
        "POST", "/applications/ashby-practice-system", {"attributes": {"ratelimiting": agreed}}
    )
    told = [server.ask("GET", JANE, headers={"apikey": KEY})[:2] for _ in range(30)]
    assert sorted(status for status, _ in told) == [200] * 20 + [429] * 10
    assert len({headers["x-openroots-trail"][8:16] for _, headers in told}) == 2
    server.stop()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server with two workers, on a small made-up nation."""
    server = Server(tmp_path / "state")
    yield server
    if server.process.poll() is None:
        server.stop()


def test_what_one_worker_wrote_every_worker_shows(server: Server) -> None:
    """Once a write is acknowledged, a read by any other connection finds it."""
    assert len(server.asked_of_each()) == 2
    for version in range(2, 8):
        assert server.make_jane(("male", "female")[version % 2], version) == 200
        assert set.union(*server.asked_of_each().values()) == {f'W/"{version + 1}"'}
    assert server.make_jane("male", 2) == 409


def test_the_world_is_one_for_all_workers(server: Server) -> None:
    """Time that is moved, figures that are asked for and a reset hold for all of them at once."""
    server.make_jane("male", 2)
    server.asked_of_each()
    server.tool("POST", "/clock", {"to": "2027-04-02"})
    _, _, figures = server.ask("GET", "/metrics")
    read = re.search(rb'read-patient",method="GET",status="200"} (\d+)', figures)
    assert read
    assert int(read[1]) == ENOUGH
    _, headers, _ = server.ask("GET", JANE)
    trail = server.tool("GET", f"/why/{headers['x-openroots-trail']}")
    assert str(trail["time"]).startswith("2027-04-02")
    server.tool("POST", "/reset", {"people": 3})
    assert set.union(*server.asked_of_each().values()) == {'W/"2"'}
    assert server.make_jane("male", 2) == 200


def test_a_worker_that_is_killed_is_replaced(server: Server) -> None:
    """What it acknowledged is there, all of it is audited, and another takes its place."""
    assert server.make_jane("male", 2) == 200
    before = server.asked_of_each()
    for process in server.workers():
        os.kill(process, signal.SIGKILL)
    until(lambda: len(server.workers()) == 2)
    until(lambda: _answers(server))
    after = server.asked_of_each()
    assert not before.keys() & after.keys()
    assert set.union(*after.values()) == {'W/"3"'}
    assert server.stop() == 0
    segments = list((server.state / "audit").glob("*.jsonl"))
    assert [broken_at(path) for path in segments] == [0] * 3
    entries = [json.loads(line) for path in segments for line in path.read_text().splitlines()]
    written = [entry for entry in entries if entry["endpoint"] == "demographics.patch-patient"]
    assert [entry["status"] for entry in written] == [200]
    verdict = verify(server.state / "audit", public_keys(server.state / "keys" / "public.jwks"))
    assert (verdict.wrong, verdict.signed) == ([], len(entries))


@pytest.mark.postgres
def test_nobody_waits_for_a_worker_that_cannot_begin(
    new_database: Callable[[], str], tmp_path: Path
) -> None:
    """While its database is away the others take who connects, and where there is none they are
    refused. Once it is back each worker serves again."""
    database, elsewhere = new_database(), new_database()
    name = urlsplit(database).path.strip("/")
    server = Server(tmp_path / "state", "--store", database)
    is_let_in = f"ALTER DATABASE {name} ALLOW_CONNECTIONS"
    end_all = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"

    def told() -> set[int]:
        with suppress(OSError):  # who waited for the one that was killed is refused
            return {server.ask("GET", JANE)[0] for _ in range(ENOUGH)}
        return set()

    def nobody_listens() -> bool:
        try:
            server.ask("GET", JANE)
        except OSError as error:
            return isinstance(error, ConnectionRefusedError)
        return False

    for sql in (f"{is_let_in} false", end_all):
        asyncio.run(execute(elsewhere, sql))
    one, other = server.workers()
    os.kill(one, signal.SIGKILL)
    until(lambda: told() == {503})
    os.kill(other, signal.SIGKILL)
    until(nobody_listens)
    asyncio.run(execute(elsewhere, f"{is_let_in} true"))
    until(lambda: told() == {200} and len(server.asked_of_each()) == 2)
    assert server.stop() == 0


def test_what_stands_in_a_workers_way_is_got_over(server: Server) -> None:
    """Where what a worker left cannot be looked into, and no other can start, it is tried again."""
    segment = server.state / "audit" / "1.jsonl"
    before = set(server.workers())
    segment.rename(segment.with_suffix(".aside"))
    segment.mkdir()
    for process in before:
        os.kill(process, signal.SIGKILL)
    until(lambda: bool(set(server.workers()) - before))
    segment.rmdir()
    segment.with_suffix(".aside").rename(segment)
    until(lambda: _answers(server))
    assert server.stop() == 0


def _answers(server: Server) -> bool:
    try:
        return len(server.asked_of_each()) == 2
    except OSError:
        return False


def test_workers_end_with_their_keeper(server: Server) -> None:
    """Where the keeper is killed nothing can be written: its workers let go of the port."""
    workers = server.workers()
    assert len(workers) == 2
    server.process.kill()
    server.process.wait(20)
    until(lambda: not any(Path(f"/proc/{process}").exists() for process in workers))


def test_who_connects_while_a_server_stops_is_refused_at_once(server: Server) -> None:
    """What was accepted is finished; nobody else is let in to wait for nothing."""
    head = f"PATCH {JANE} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{{"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as accepted:
        accepted.sendall(head.encode())
        time.sleep(0.2)
        server.process.send_signal(signal.SIGTERM)
        until(lambda: not is_let_in(server.port))
        accepted.sendall(b"}")
        assert accepted.recv(12) == b"HTTP/1.1 412"  # looked at whole: it names no version
    assert server.process.wait(40) == 0


def is_let_in(port: int) -> bool:
    """Whether a connection to this port is taken."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def test_a_stop_is_in_good_order(server: Server) -> None:
    """A signal to stop ends the workers first, then the keeper, with exit code 0."""
    workers = server.workers()
    assert server.stop() == 0
    assert not any(Path(f"/proc/{process}").exists() for process in workers)
