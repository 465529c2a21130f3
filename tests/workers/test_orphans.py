"""What a killed keeper leaves running ends by itself, and the next start waits for it."""

import asyncio
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from openroots.cli.folder import is_held
from openroots.settings import Settings
from openroots.workers.channel import opened
from openroots.workers.worker import Begin
from tests.waiting import until
from tests.workers.test_workers import JANE, Server

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(sys.platform == "win32", reason="workers share a port"),
]


def test_a_worker_whose_keeper_is_killed_before_it_says_where_to_begin_ends() -> None:
    """It would hold the port and the folder for ever, and keep every next start from both."""
    ours, theirs = socket.socketpair()
    number = theirs.fileno()
    command = [sys.executable, "-m", "openroots.workers", str(number)]
    worker = subprocess.Popen(command, pass_fds=(number,), stderr=subprocess.PIPE)
    theirs.close()
    ours.close()
    _, error = worker.communicate(timeout=60)
    assert (worker.returncode, error) == (0, b"")


def test_a_worker_whose_database_is_away_says_so_in_one_line(tmp_path: Path) -> None:
    """The keeper begins another every second until it is back."""
    ours, theirs = socket.socketpair()
    number = theirs.fileno()
    command = [sys.executable, "-m", "openroots.workers", str(number)]
    worker = subprocess.Popen(command, pass_fds=(number,), stderr=subprocess.PIPE, text=True)
    theirs.close()
    settings = Settings(state=tmp_path, store="postgresql://127.0.0.1:1/away")

    async def begin() -> None:
        channel = await opened(ours, no_answer)
        channel.tell("begin", Begin(settings, 1, [], 0))
        await channel.lost.wait()

    asyncio.run(begin())
    _, error = worker.communicate(timeout=60)
    assert (worker.returncode, error.count("\n")) == (1, 1)
    assert error.startswith("a worker cannot open the store: ")


async def no_answer(what: str, value: object) -> None:
    """What a keeper answers that is asked for nothing."""


def test_the_file_that_seals_names_is_there_before_workers_are(tmp_path: Path) -> None:
    """Workers that make it at the same moment would find it locked, and refuse calls."""
    server = Server(tmp_path)
    assert not (tmp_path / "audit" / "1.jsonl").read_bytes()
    assert (tmp_path / "keys" / "people.db").stat().st_size
    server.stop()


def begun_update(port: int) -> socket.socket:
    """An update of which a worker has the head, and waits for the body."""
    head = (
        f'PATCH {JANE} HTTP/1.1\r\nHost: localhost\r\nIf-Match: W/"2"\r\n'
        "X-Request-ID: 60e0b220-8136-4ca5-ae46-1d97ef59d068\r\n"
        "Content-Type: application/json-patch+json\r\nContent-Length: 2\r\n\r\n{"
    )
    opened = socket.create_connection(("127.0.0.1", port), timeout=20)
    opened.sendall(head.encode())
    time.sleep(0.3)
    return opened


def test_a_start_waits_for_what_a_killed_server_left_running(tmp_path: Path) -> None:
    """The folder is held until the last worker has told its callers how it went; then the next
    server has it, and the port, to itself."""
    first = Server(tmp_path)
    killed = first.process.pid
    with begun_update(first.port) as waiting:
        first.process.kill()  # and nobody asks how it ended: it is a zombie
        time.sleep(1)
        assert is_held(tmp_path)
        options = ["--port", str(first.port), "--log", "none", "--no-progress", "--workers", "2"]
        command = [sys.executable, "-m", "openroots", "up", "--state", str(tmp_path), *options]
        with (tmp_path / "said").open("w+") as said:
            second = subprocess.Popen(command, stderr=said, stdout=subprocess.DEVNULL)
        until((tmp_path / "said").read_text)
        assert (tmp_path / "said").read_text().startswith(f"Waiting for what process {killed},")
        waiting.sendall(b"}")
        assert waiting.recv(12) == b"HTTP/1.1 400"
    first.process.wait(20)
    first.process = second
    until(first.is_ready)
    assert len(first.asked_of_each()) == 2
    assert first.stop() == 0


def test_a_folder_that_a_living_server_holds_is_not_waited_for(tmp_path: Path) -> None:
    """Whose process the lock names lives, so a second start is refused at once."""
    server = Server(tmp_path)
    assert (tmp_path / "lock").read_text() == str(server.process.pid)
    command = [sys.executable, "-m", "openroots", "up", "--port", "0", "--state", str(tmp_path)]
    second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 2
    assert f"(process {server.process.pid})" in second.stderr
    server.stop()
