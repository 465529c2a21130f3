"""A load generator that does not flatter: HTTP/1.1 over loopback, in a process of its own.

For the rows of the bench. With a rate, requests begin on a schedule whether or not earlier ones
have been answered, and each is timed from when it was meant to begin: a server that stalls is
charged for everyone who queued meanwhile. Without a rate, each caller asks again as soon as it is
answered, and is timed from then. Every run is bounded in requests and in seconds.

    outcome = apart(Plan(port, requests, callers=64, rate=1500, seconds=20))
    outcome.percentile(99), outcome.refused

Source: Gil Tene, "How NOT to Measure Latency", for what is called coordinated omission.
"""

import gc
import math
import pickle
import random
import re
import socket
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from itertools import accumulate
from pathlib import Path
from select import select
from time import perf_counter, process_time

ROOT = Path(__file__).parent.parent
LONGEST = 300.0  # seconds of one run
MOST = 1_000_000  # requests of one run
CROWD = 512  # callers; what `select` can watch is bounded
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
CONNECTING = 10.0  # seconds
CHUNK = 1 << 18
NEAR = 0.00015  # seconds before a start from which on it is watched for: sleep ends that much late
WATCHING = 0.05  # of the time, at most: the server needs the processor too
BODILESS = (204, 304)
BROKEN = 0  # stands for a status where the connection ended before the answer


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send, once each and in this order. Raises ValueError for a run without bounds.

    `rate` is in requests a second, evenly spaced or, where `seed` is given, at random as a Poisson
    process; 0 is the closed loop. `callers` is the number of connections, kept alive throughout.
    """

    port: int
    requests: Sequence[bytes]
    callers: int = 1
    rate: float = 0.0
    seconds: float = 60.0  # after which what is unanswered is given up
    seed: int | None = None
    host: str = "127.0.0.1"
    keeps_bodies: bool = False

    def __post_init__(self) -> None:
        _refuse(not ip_address(self.host).is_loopback, "load goes to this machine only")
        _refuse(not 1 <= len(self.requests) <= MOST, f"1 to {MOST} requests in a run")
        _refuse(not 1 <= self.callers <= CROWD, f"1 to {CROWD} callers")
        _refuse(not 0 < self.seconds <= LONGEST, f"a run ends within {LONGEST:.0f} seconds")
        _refuse(self.rate < 0, "a rate is not negative")
        _refuse(len(self.requests) > self.rate * self.seconds > 0, "more than the time allows")

    def starts(self) -> list[float]:
        """When each request is meant to begin, in seconds; nothing in the closed loop."""
        if not self.rate:
            return []
        if self.seed is None:
            return [number / self.rate for number in range(len(self.requests))]
        chance = random.Random(self.seed)
        return list(accumulate(chance.expovariate(self.rate) for _ in self.requests))


@dataclass(slots=True)
class Outcome:
    """What came of a run. Times are in seconds, those of answers in the order of the requests.

    A request without a time was not answered. `late` is how far behind its schedule the generator
    itself was with each, which the times include, and `busy` the CPU time that it took.
    """

    times: list[float | None]
    statuses: Counter[int]
    seconds: float
    busy: float
    late: list[float] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def answered(self) -> list[float]:
        """The times of all answers, whatever they said."""
        return [time for time in self.times if time is not None]

    @property
    def refused(self) -> int:
        """How many requests were not answered with success, or not at all."""
        return len(self.times) - sum(
            count for status, count in self.statuses.items() if 200 <= status < 300
        )

    def percentile(self, percent: float) -> float:
        """The time within which so many percent of the answers came."""
        return percentile(self.answered, percent)

    def lateness(self, percent: float) -> float:
        """How far behind the generator itself was at most, with so many percent of the requests."""
        return percentile(self.late, percent)

    def told(self) -> str:
        """The percentiles in words, in milliseconds."""
        at = [f"p{percent:g} {self.percentile(percent) * 1e3:.2f}" for percent in (50, 99, 99.9)]
        return f"{', '.join(at)}, max {max(self.answered) * 1e3:.1f} ms"


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent of all do not exceed (nearest rank)."""
    _refuse(not values, "there are no values")
    _refuse(not 0 < percent <= 100, "a percentile is above 0 and at most 100")
    return sorted(values)[math.ceil(percent / 100 * len(values)) - 1]


def apart(plan: Plan) -> Outcome:
    """Run the plan in a process of its own, so that it shares no interpreter with what it times."""
    # Not `-m bench.load`: the classes of a module run as such have other names when pickled.
    ran = subprocess.run(
        [sys.executable, "-c", "from bench.load import main; main()"],
        input=pickle.dumps(plan),
        capture_output=True,
        timeout=plan.seconds + 30,
        cwd=ROOT,
    )
    if ran.returncode:
        raise RuntimeError(ran.stderr.decode()[-2000:])
    outcome: Outcome = pickle.loads(ran.stdout)
    return outcome


def run(plan: Plan) -> Outcome:
    """Run the plan here."""
    gc.disable()  # a collection of garbage here would be told as the server's latency
    try:
        return _Run(plan).outcome()
    finally:
        gc.enable()


def main() -> None:
    """Run the plan on standard input and put the outcome on standard output, both pickled."""
    sys.stdout.buffer.write(pickle.dumps(run(pickle.load(sys.stdin.buffer))))


class _Run:
    """One run of a plan: which requests are due, which connections are free, what was answered.

    No event loop is used. Those of asyncio and libuv wake on whole milliseconds, so that starts
    would be late and fall together, and cost more than the requests; `select` takes microseconds,
    and only the connections that wait for an answer are watched. What is not due for a moment only
    is not slept for, as that would be charged to the server.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._starts = plan.starts()
        self._near = min(NEAR, WATCHING / plan.rate) if plan.rate else 0.0
        self._next = 0  # of the starts
        self._due: deque[int] = deque() if plan.rate else deque(range(len(plan.requests)))
        self._free: deque[_Connection] = deque()
        self._waiting: dict[int, _Connection] = {}  # by the number of the socket
        self._left = len(plan.requests)
        self._result = Outcome([None] * self._left, Counter(), 0.0, 0.0)
        if plan.keeps_bodies:
            self._result.bodies = [b""] * self._left

    def outcome(self) -> Outcome:
        """Connect, run until all is answered or the time is up, and disconnect."""
        for _ in range(self._plan.callers):
            self._free.append(_Connection(self._plan.host, self._plan.port))
        busy, self._zero = process_time(), perf_counter()
        self._work()
        self._result.seconds = perf_counter() - self._zero
        self._result.busy = process_time() - busy
        for connection in (*self._free, *self._waiting.values()):
            connection.socket.close()
        return self._result

    def _work(self) -> None:
        while self._left and (self._free or self._waiting):
            now = perf_counter() - self._zero
            if now >= self._plan.seconds:
                return
            self._make_due(now)
            self._send()
            wake = self._starts[self._next] if self._next < len(self._starts) else math.inf
            until = min(wake - self._near, self._plan.seconds)
            pause = max(0.0, until - (perf_counter() - self._zero))
            for number in select(list(self._waiting), (), (), pause)[0]:
                self._receive(number)

    def _make_due(self, now: float) -> None:
        while self._next < len(self._starts) and self._starts[self._next] <= now:
            self._due.append(self._next)
            self._result.late.append(now - self._starts[self._next])
            self._next += 1

    def _send(self) -> None:
        """Give what is due to the connections that are free, the longest idle first."""
        while self._due and self._free:
            connection, index = self._free.popleft(), self._due.popleft()
            connection.since = self._since(index)
            connection.index = index
            self._waiting[connection.number] = connection
            # Where the server is gone this is found when its answer is waited for.
            with suppress(OSError):
                connection.socket.sendall(self._plan.requests[index])

    def _since(self, index: int) -> float:
        """From when a request that is sent now is timed."""
        return self._zero + self._starts[index] if self._starts else perf_counter()

    def _receive(self, number: int) -> None:
        connection = self._waiting[number]
        status, now = connection.receive(), perf_counter()
        if status is None:
            return
        del self._waiting[number]
        self._result.statuses[status] += 1
        self._left -= 1
        if status == BROKEN:
            self._replace(connection)
            return
        self._result.times[connection.index] = now - connection.since
        if self._plan.keeps_bodies:
            self._result.bodies[connection.index] = connection.body
        self._free.append(connection)

    def _replace(self, connection: "_Connection") -> None:
        connection.socket.close()
        with suppress(OSError):  # without any connection left, the run ends
            self._free.append(_Connection(self._plan.host, self._plan.port))


class _Connection:
    """One connection, which carries one request at a time."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), timeout=CONNECTING)
        self.socket.settimeout(None)  # with one, Python polls before each call
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.number = self.socket.fileno()
        self.index = 0  # of the request
        self.since = 0.0
        self.body = b""
        self._held = b""

    def receive(self) -> int | None:
        """The status of the answer once it is whole, BROKEN if it never will be, or None."""
        try:
            got = self.socket.recv(CHUNK)
        except OSError:
            return BROKEN
        if not got:
            return BROKEN
        self._held = data = self._held + got if self._held else got
        head = data.find(b"\r\n\r\n") + 4
        if head < 4:
            return None
        status = int(data[9:12])
        if len(data) < head + _length(status, data, head):
            return None
        self._held, self.body = b"", data[head:]
        return status


def _length(status: int, data: bytes, head: int) -> int:
    """How long the body is. Raises ValueError where it is not said: chunks are not read here."""
    found = LENGTH.search(data, 0, head)
    if found is None and status not in BODILESS:
        raise ValueError("an answer without Content-Length")
    return int(found[1]) if found else 0


def _refuse(wrong: bool, words: str) -> None:
    if wrong:
        raise ValueError(words)
