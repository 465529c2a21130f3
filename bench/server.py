"""Servers to be measured, each in a process of its own, watched from outside through /proc.

For the rows of the bench. The real one is started by the very command that people use, with its
usual settings: trail, log line and audit are on. Its state is on disk, under var/bench of the
current directory, and is removed afterwards.

Source: proc(5).
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep

COMMAND = str(Path(sys.executable).with_name("openroots"))
PEOPLE = 2000
SLOWEST_START = 3600.0  # seconds: a nation of a million may be made first, beside other work
SLOWEST_STOP = 30.0
READY = re.compile(r"^Ready in .*?http://[^/\s]*:(\d+)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers."""

    process: subprocess.Popen[bytes]
    port: int

    def busy(self) -> float:
        """The CPU time that it and its workers have taken so far, in seconds, in all threads."""
        return sum(map(_busy, [self.process.pid, *_children(self.process.pid)]))

    def busy_itself(self) -> float:
        """The same without its workers: that of the keeper, where there are any."""
        return _busy(self.process.pid)

    def figure(self, name: str) -> float:
        """One of its figures for monitors, which has no labels."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request("GET", "/metrics")
            text = connection.getresponse().read().decode()
        found = re.search(rf"^{name} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    def memory(self) -> float:
        """Its own memory in MB, without the files that it has mapped."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"^RssAnon:\s+(\d+) kB", status, re.MULTILINE)
        return int(found[1]) / 1024 if found else 0.0


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder on the disk that is measured, removed afterwards."""
    parent = Path("var") / "bench"
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):  # another run is measuring there
            parent.rmdir()


@contextmanager
def openroots(
    folder: Path, *, people: int = PEOPLE, workers: int = 1, profile: Path | None = None
) -> Iterator[Server]:
    """The real server with its state in this folder, seeded there if it is not yet.

    Where `profile` is given, its main thread is watched by cProfile, which writes to that file.
    """
    watched = ["-m", "cProfile", "-o", str(profile)] if profile else []
    command = [*up(folder, people, 0), "--workers", str(workers)]
    with _started([sys.executable, *watched, *command], folder) as server:
        yield server


@contextmanager
def static(folder: Path, size: int) -> Iterator[Server]:
    """A server that answers everything with the same so many bytes."""
    with _started([sys.executable, "-m", "bench.static", str(size)], folder) as server:
        yield server


def up(folder: Path, people: int, port: int) -> list[str]:
    """The command that serves the world in this folder."""
    world = ["--state", str(folder / "state"), "--people", str(people)]
    return [COMMAND, "up", "--port", str(port), *world, "--no-progress"]


def stop(process: subprocess.Popen[bytes]) -> None:
    """Tell a server to finish, and wait until it has."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(SLOWEST_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


def _busy(process: int) -> float:
    # The name of a process may hold spaces; what follows its closing bracket does not.
    stat = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def _children(process: int) -> list[int]:
    """The processes that this one started, by any of its threads, and that are there."""
    told = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for path in told for child in path.read_text().split()]


@contextmanager
def _started(command: Sequence[str], folder: Path) -> Iterator[Server]:
    with (folder / "said").open("w+b") as said, (folder / "lines").open("w+b") as lines:
        process = subprocess.Popen(command, stdout=said, stderr=lines)
        try:
            yield Server(process, _port_told(process, folder))
        finally:
            stop(process)


def _port_told(process: subprocess.Popen[bytes], folder: Path) -> int:
    """The port that a server says it answers on. Raises RuntimeError where it never does."""
    end = monotonic() + SLOWEST_START
    while monotonic() < end and process.poll() is None:
        if found := READY.search((folder / "said").read_text("utf-8", "replace")):
            return int(found[1])
        sleep(0.01)
    raise RuntimeError(f"no server: {(folder / 'lines').read_text('utf-8', 'replace')[-2000:]}")
