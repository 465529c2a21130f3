"""The rows about making a world and opening it: start, seed, population.

Source: none.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

from bench.asking import read
from bench.row import Row
from bench.server import PEOPLE, SLOWEST_START, Server, openroots, scratch, stop, up
from openroots.population import make

JANE = "9000000009"
STARTS = 5
REST = 3.0  # seconds, after which a server without requests is idle
MANY = 1_000_000
TODAY = date(2026, 11, 21)


def start() -> Row:
    """From the command to the first answer, with a world that is there already."""
    seconds, memory = [], []
    with scratch() as folder:
        with openroots(folder):
            pass  # the world is made
        for _ in range(STARTS):
            with _from_exec(folder, PEOPLE) as (server, took, _):
                seconds.append(took)
                sleep(REST)
                memory.append(server.memory())
    measured = f"{median(seconds):.2f} s (median of {STARTS}); {median(memory):.0f} MB"
    work = f"start with {PEOPLE:,} people there, to the first 200; idle RssAnon"
    reached = median(seconds) < 1 and median(memory) < 100
    return Row(work, "< 1 s; < 100 MB", measured, reached=reached)


def seed() -> Row:
    """From the command to the first answer, from nothing; FULL=1 makes a nation of a million."""
    full = bool(os.environ.get("FULL"))
    people = MANY if full else PEOPLE
    with scratch() as folder, _from_exec(folder, people) as (server, took, most):
        cpu = server.busy()
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / people
    measured = (
        f"{took:.1f} s ({people / took:,.0f} people/s; {cpu:.0f} s of CPU); "
        f"{size / 1000:.2f} kB on disk each; {most:.0f} MB at most"
    )
    work = f"start from nothing with {people:,} people, to the first 200; RssAnon meanwhile"
    if not full:
        return Row(work, "", measured)
    reached = took < 600 and most < 500 and size <= 2500
    return Row(work, "< 10 min; <= 2.5 kB each; < 500 MB", measured, reached=reached)


def population() -> Row:
    """Making people up, without keeping them."""
    people = MANY if os.environ.get("FULL") else 10_000
    begin = perf_counter()
    made = sum(len(household.people) for household in make(people, 1948, TODAY))
    each = (perf_counter() - begin) / made * 1e6
    return Row(f"make {made:,} people up", "", f"{each:.0f} us each")


@contextmanager
def _from_exec(folder: Path, people: int) -> Iterator[tuple[Server, float, float]]:
    """A server started on a port that is known beforehand, how long its first answer took, and
    the most memory of its own that it was seen to have until then, in MB."""
    port, most = _free_port(), 0.0
    with (folder / "lines").open("wb") as lines:
        begin = perf_counter()
        process = subprocess.Popen(
            [sys.executable, *up(folder, people, port)], stdout=lines, stderr=lines
        )
        try:
            while not _answers(port):
                if process.poll() is not None or perf_counter() - begin > SLOWEST_START:
                    raise RuntimeError("the server did not start")
                most = max(most, Server(process, port).memory())
                sleep(0.005)
            yield Server(process, port), perf_counter() - begin, most
        finally:
            stop(process)


def _answers(port: int) -> bool:
    """Whether Jane Smith can be read now: the published person who is in every world."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(read(JANE))
        return connection.recv(64).startswith(b"HTTP/1.1 200")
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
