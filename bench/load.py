"""A load generator that does not flatter: HTTP/1.1 over loopback, in a process of its own.

For the rows of the bench. With a rate, requests begin on a schedule whether or not earlier ones
have been answered, and each is timed from when it was meant to begin: a server that stalls is
charged for everyone who queued meanwhile. Without a rate, each caller asks again as soon as it is
answered, and is timed from then. Every run is bounded in requests and in seconds.

    outcome = apart(Plan(port, requests, callers=64, rate=1500, seconds=20))
    outcome.percentile(99), outcome.refused

Source: Gil Tene, "How NOT to Measure Latency", for what is called coordinated omission.
"""

import asyncio
import gc
import pickle
import random
import re
import selectors
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from itertools import accumulate
from math import ceil
from pathlib import Path
from time import perf_counter, process_time

ROOT = Path(__file__).parent.parent
LONGEST = 300.0  # seconds of one run
MOST = 1_000_000  # requests of one run
CROWD = 512  # callers; what `select` can watch is bounded
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
BODILESS = (204, 304)
NOTHING = -1
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
    itself sent each request that found a connection free, and `busy` the CPU time that it took.
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

    def told(self) -> str:
        """The percentiles in words, in milliseconds."""
        at = [f"p{percent:g} {self.percentile(percent) * 1e3:.2f}" for percent in (50, 99, 99.9)]
        return f"{', '.join(at)}, max {max(self.answered) * 1e3:.1f} ms"


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent of all do not exceed (nearest rank)."""
    _refuse(not values, "there are no values")
    _refuse(not 0 < percent <= 100, "a percentile is above 0 and at most 100")
    return sorted(values)[ceil(percent / 100 * len(values)) - 1]


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
        with asyncio.Runner(loop_factory=_loop) as runner:
            return runner.run(_Run(plan).outcome())
    finally:
        gc.enable()


def main() -> None:
    """Run the plan on standard input and put the outcome on standard output, both pickled."""
    sys.stdout.buffer.write(pickle.dumps(run(pickle.load(sys.stdin.buffer))))


def _loop() -> asyncio.AbstractEventLoop:
    # epoll and libuv wake on whole milliseconds, so that every start would be up to one late and
    # several would fall together; `select` takes microseconds and is cheap at so few connections.
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


class _Run:
    """One run of a plan: which requests are due, which connections are free, what was answered."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._starts = plan.starts()
        self._next = 0
        self._due: deque[int] = deque() if plan.rate else deque(range(len(plan.requests)))
        self._free: deque[_Connection] = deque()
        self._open: set[_Connection] = set()
        self._left = len(plan.requests)
        self._done = asyncio.Event()
        self._mending: set[asyncio.Task[None]] = set()
        self._result = Outcome([None] * self._left, Counter(), 0.0, 0.0)
        if plan.keeps_bodies:
            self._result.bodies = [b""] * self._left

    async def outcome(self) -> Outcome:
        """Connect, run until all is answered or the time is up, and disconnect."""
        self._loop = asyncio.get_running_loop()
        await asyncio.gather(*(self._connect() for _ in range(self._plan.callers)))
        busy, self._zero = process_time(), perf_counter()
        self._launch()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._plan.seconds):
                await self._done.wait()
        self._result.seconds = perf_counter() - self._zero
        self._result.busy = process_time() - busy
        await self._disconnect()
        return self._result

    def opened(self, connection: "_Connection") -> None:
        """Have one connection more."""
        self._open.add(connection)
        self._free.append(connection)
        self._feed()

    def answered(self, connection: "_Connection", status: int, body: bytes) -> None:
        """Note an answer that is whole."""
        self._result.times[connection.index] = perf_counter() - connection.since
        if self._plan.keeps_bodies:
            self._result.bodies[connection.index] = body
        connection.index = NOTHING
        self._count(status)
        self._free.append(connection)
        self._feed()

    def lost(self, connection: "_Connection") -> None:
        """Note a connection that the server ended, and open another in its place."""
        self._open.discard(connection)
        if self._done.is_set():
            return
        if connection.index == NOTHING:
            self._free.remove(connection)
        else:
            self._count(BROKEN)
        self._mending.add(self._loop.create_task(self._mend()))

    def _launch(self) -> None:
        """Put what is due in the queue, and come back for the next."""
        now = perf_counter() - self._zero
        while self._next < len(self._starts) and self._starts[self._next] <= now:
            self._due.append(self._next)
            self._next += 1
        self._feed()
        if self._next < len(self._starts) and not self._done.is_set():
            self._loop.call_later(self._starts[self._next] - now, self._launch)

    def _feed(self) -> None:
        while self._due and self._free and not self._done.is_set():
            index = self._due.popleft()
            self._free.popleft().send(index, self._plan.requests[index], self._since(index))

    def _since(self, index: int) -> float:
        """From when a request that is sent now is timed."""
        now = perf_counter()
        if not self._starts:
            return now
        meant = self._zero + self._starts[index]
        self._result.late.append(now - meant)
        return meant

    def _count(self, status: int) -> None:
        self._result.statuses[status] += 1
        self._left -= 1
        if not self._left:
            self._done.set()

    async def _connect(self) -> None:
        plan = self._plan
        await self._loop.create_connection(lambda: _Connection(self), plan.host, plan.port)

    async def _disconnect(self) -> None:
        self._done.set()
        for connection in self._open:
            connection.transport.close()
        await asyncio.gather(*(connection.ended for connection in self._open))

    async def _mend(self) -> None:
        try:
            await self._connect()
        except OSError:
            if not self._open:  # the server is gone: what is left stays unanswered
                self._done.set()


class _Connection(asyncio.Protocol):
    """One connection, which carries one request at a time."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._held = b""
        self.index = NOTHING  # or that of the request which waits for its answer
        self.since = 0.0
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._run.opened(self)

    def connection_lost(self, _: Exception | None) -> None:
        self.ended.set_result(None)
        self._run.lost(self)

    def send(self, index: int, request: bytes, since: float) -> None:
        """Send a request that is timed from `since`."""
        self.index, self.since = index, since
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._held = data = self._held + data if self._held else data
        head = data.find(b"\r\n\r\n") + 4
        if head < 4:
            return
        status = int(data[9:12])
        if len(data) < head + _length(status, data, head):
            return
        self._held = b""
        self._run.answered(self, status, data[head:])


def _length(status: int, data: bytes, head: int) -> int:
    """How long the body is. Raises ValueError where it is not said: chunks are not read here."""
    found = LENGTH.search(data, 0, head)
    if found is None and status not in BODILESS:
        raise ValueError("an answer without Content-Length")
    return int(found[1]) if found else 0


def _refuse(wrong: bool, words: str) -> None:
    if wrong:
        raise ValueError(words)
