"""The rows about delivery: how soon after its commit an event is with those who asked for it.

The house runs in this process, set up as a server sets its own up.

Source: none.
"""

import asyncio
import gc
import os
import shutil
import sys
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any, TypeVar
from uuid import UUID

import aiohttp
import uvloop

from bench.receiving import figures, receiver
from bench.row import Row
from bench.server import scratch
from openroots.app import open_house
from openroots.house import House
from openroots.server import prepare
from openroots.services.events.names import OWNER, SUBSCRIPTION
from openroots.services.events.subscribing import changed
from openroots.settings import Settings
from openroots.storage import Author, Change, Query, Signal

T = TypeVar("T")

SUBSCRIPTIONS = 200
EACH = 3  # subscriptions that match a signal
RATE = 1000  # signals a second
SECONDS = 10
TICK = 0.01
DATAREF = "/personal-demographics/FHIR/R4/Patient/"
EVENT = "pds-record-change-2"
READING = 3000  # tenths of a second that delivery may take to read the feed
ROUNDS, WAITING, LONGEST = 5, 9000, 30  # of what waits; in seconds
LOOKS = 0.1  # seconds between looks at how much came
MISSED = "pds-change-of-gp-2"  # what only the one who was away had asked for
BODY = b"x" * 400


def deliver() -> Row:
    """From the commit to the receiver, at a steady rate."""
    late = _run(_steady(0))
    late_by = _percentiles(late)
    missing = RATE * SECONDS * EACH - len(late)
    work = f"{RATE:,} signals/s for {SECONDS} s, {SUBSCRIPTIONS} subscriptions, {EACH} match each"
    measured = f"p50 {late_by[49] * 1e3:.0f} ms, p99 {late_by[98] * 1e3:.0f} ms; {missing} missing"
    return Row(work, "p99 < 250 ms", measured, reached=late_by[98] < 0.25 and not missing)


def drain() -> Row:
    """All that waits, as fast as it goes; beside what the HTTP client does alone."""
    delivered, alone = _run(_drained())
    measured = f"{delivered:,.0f}/s, {delivered / alone:.2f} of the bare client's {alone:,.0f}/s"
    work = "deliver what waits: webhooks/s, receiver on the same machine"
    return Row(work, ">= 0.7x the bare client", measured, reached=delivered >= 0.7 * alone)


def backlog() -> Row:
    """Whether somebody who was away slows the others while their events are caught up with: turn
    and turn about, as others share this machine."""
    count, rounds = (1_000_000, 3) if os.environ.get("FULL") else (50_000, 1)
    found = [
        [_percentiles(_run(_steady(waiting)))[98] for waiting in (0, count)] for _ in range(rounds)
    ]
    usual, with_backlog = (median(each) for each in zip(*found, strict=True))
    ratio = with_backlog / usual
    told = ", ".join(f"{a * 1e3:.0f} and {b * 1e3:.0f}" for a, b in found)
    measured = f"{ratio:.2f}x: p99 without and with, in ms: {told}"
    work = f"{count:,} undelivered for one who was away, {RATE:,} signals/s for the others"
    return Row(work, "<= 1.5x", measured, reached=ratio <= 1.5)


def _run(work: Coroutine[Any, Any, T]) -> T:
    """The result, on the kind of event loop that the server runs on."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        return loop.run(work)


async def _steady(waiting: int) -> list[float]:
    """How late each came to the others, with so many waiting for somebody who was away."""
    with receiver() as port, scratch() as folder:
        async with _house(folder) as house:
            people = await _subscribed(house, port)
            if waiting:
                await _tell_many(house, people, waiting, MISSED)
                await _all_read(house)  # somebody was away, and delivery was not
                hook = f"http://127.0.0.1:{port}/away/1"
                await _subscribe(house, [(f"eventType='{MISSED}'", hook)])
                await _replay(house)
            await asyncio.sleep(0.5)
            figures(port)
            await _tell_steadily(house, people)
            await asyncio.sleep(1)
            return [each for path, late in figures(port).items() if path != "away" for each in late]


async def _all_read(house: House) -> None:
    """Return once delivery has read all that was told. Raises TimeoutError where it never has."""
    assert house.delivery is not None
    for _ in range(READING):
        following = house.delivery._following
        if following and not await house.world.store.feed(following.begun.cursor, 1):
            return
        await asyncio.sleep(0.1)
    raise TimeoutError("the feed was not read")


async def _drained() -> tuple[float, float]:
    """Webhooks a second: delivered, and by the client alone; turn and turn about, as others share
    this machine."""
    delivered, bare = [], []
    with receiver() as port, scratch() as folder:
        async with _house(folder) as house:
            people = await _subscribed(house, port)
            for _ in range(ROUNDS):
                delivered.append(await _drained_once(house, people, port))
                bare.append(await _bare(port, WAITING))
    return median(delivered), median(bare)


async def _drained_once(house: House, people: Sequence[tuple[str, str]], port: int) -> float:
    """What was delivered while the rest was told of does not count."""
    await _tell_many(house, people, WAITING // EACH)
    begin, before, got = perf_counter(), _came(port), 0
    while before + got < WAITING // EACH * EACH and perf_counter() - begin < LONGEST:
        await asyncio.sleep(LOOKS)
        got += _came(port)
    return got / (perf_counter() - begin)


def _came(port: int) -> int:
    return sum(map(len, figures(port).values()))


async def _bare(port: int, count: int) -> float:
    """Requests a second that the HTTP client makes with nothing around it."""
    numbers = iter(range(count))
    async with aiohttp.ClientSession() as session:

        async def post() -> None:
            for number in numbers:
                url = f"http://127.0.0.1:{port}/bare/{number % SUBSCRIPTIONS}"
                async with session.post(url, data=BODY) as answer:
                    await answer.read()

        begin = perf_counter()
        await asyncio.gather(*(post() for _ in range(32)))
        return count / (perf_counter() - begin)


@asynccontextmanager
async def _house(folder: Path) -> AsyncIterator[House]:
    state = folder / "state"
    shutil.rmtree(state, ignore_errors=True)
    house = await open_house(Settings(state=state, people=2 * SUBSCRIPTIONS, log="none"))
    usual = sys.getswitchinterval(), gc.get_threshold()
    prepare()
    yield house
    await house.close()
    sys.setswitchinterval(usual[0])
    gc.set_threshold(*usual[1])
    gc.unfreeze()


async def _subscribed(house: House, port: int) -> list[tuple[str, str]]:
    """Number and key of the people that subscriptions are about."""
    rows = house.world.store.snapshot().search(Query("Patient", limit=SUBSCRIPTIONS // EACH)).rows
    people = [(row.id, row.subject) for row in rows]
    wanted = [
        (
            f"eventType='{EVENT}' AND nhsnumber='{people[n % len(people)][0]}'",
            f"http://127.0.0.1:{port}/hook/{n}",
        )
        for n in range(len(people) * EACH)
    ]
    await _subscribe(house, wanted)
    return people


async def _subscribe(house: House, wanted: Sequence[tuple[str, str]]) -> None:
    changes, signals = [], []
    for criteria, endpoint in wanted:
        id = str(UUID(bytes=os.urandom(16), version=4))
        channel = {"type": "rest-hook", "endpoint": endpoint, "payload": "application/json"}
        body = {"resourceType": SUBSCRIPTION, "id": id, "status": "active", "reason": ""}
        body |= {"criteria": criteria, "channel": channel}
        changes += [
            Change(SUBSCRIPTION, id, body, 0),
            Change(OWNER, id, {"application": "open-access"}, 0),
        ]
        signals.append(changed(id))
    await house.world.store.commit(changes, signals=signals, by=_by(), across=True)


async def _replay(house: House) -> None:
    """Have the newest subscription be sent all that there ever was."""
    from openroots.delivery.kept import REPLAY, Wish

    store = house.world.store
    found = store.snapshot().search(Query(SUBSCRIPTION, limit=1000)).rows
    newest = max(found, key=lambda row: row.t)
    await store.commit(signals=[Wish(REPLAY, newest.id).signal()], by=_by())


async def _tell_many(
    house: House, people: Sequence[tuple[str, str]], count: int, type: str = EVENT
) -> None:
    for start in range(0, count, 1000):
        numbers = range(start, min(start + 1000, count))
        signals = [_signal(people, number, type) for number in numbers]
        await house.world.store.commit(signals=signals, by=_by())


async def _tell_steadily(house: House, people: Sequence[tuple[str, str]]) -> None:
    """Each signal in a commit of its own, so many a second."""
    begin, done, waiting = perf_counter(), 0, set()
    while done < RATE * SECONDS:
        due = min(int((perf_counter() - begin) * RATE), RATE * SECONDS)
        for number in range(done, due):
            commit = house.world.store.commit(signals=[_signal(people, number)], by=_by())
            waiting.add(asyncio.create_task(commit))
        done = max(done, due)
        waiting = {task for task in waiting if not task.done()}
        await asyncio.sleep(TICK)
    await asyncio.gather(*waiting)


def _signal(people: Sequence[tuple[str, str]], number: int, type: str = EVENT) -> Signal:
    id, subject = people[number % len(people)]
    return Signal(type, subject, DATAREF + id)


def _by() -> Author:
    now = datetime.now(UTC)
    return Author("bench", "", "bench", "", now, now)


def _percentiles(late: Sequence[float]) -> list[float]:
    return quantiles(late, n=100) if len(late) > 1 else [9.0] * 99
