"""The rows about each step of the gateway: where the time of a read goes, and of an update.

In process, without HTTP, alone and in rounds as of a crowd. A step is timed from its call to its
end without what it waits for: the disk, and the threads that write to it, are no part of these
figures.

Source: none.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from itertools import count, cycle, islice
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import Any, NamedTuple
from uuid import uuid4

import orjson

from bench.asking import KEY, PATIENT
from bench.row import Row
from bench.server import scratch
from openroots.app import open_house
from openroots.cli.opening import runner
from openroots.gateway.answering import answer_of
from openroots.gateway.deciding import Deciding
from openroots.gateway.faults import Faults
from openroots.gateway.pipeline import Gateway
from openroots.gateway.proving import Proving
from openroots.house import House
from openroots.population.numbers import nhs_numbers
from openroots.settings import Settings
from openroots.storage import Row as Stored

PEOPLE = 500
WARM, EXCHANGES = 1000, 10_000
NAMES: dict[type, str] = {Faults: "faults", Deciding: "decide", Proving: "prove"}
CROWD = 50  # exchanges of a round

Times = dict[str, list[int]]  # nanoseconds by step


class Asked(NamedTuple):
    """One request, before it is given to the gateway."""

    method: str
    number: str
    headers: dict[str, str] = {}
    body: bytes = b""


def steps() -> Row:
    """A read, step by step."""
    return _row("a read", _reads)


def patch_steps() -> Row:
    """An update that is kept, step by step."""
    return _row("a PATCH", _updates)


def _row(what: str, asking: Callable[[House], Iterator[Asked]]) -> Row:
    alone, together = _middles(asking, 1), _middles(asking, CROWD)
    measured = (
        f"{sum(alone.values()):.0f} us alone, {sum(together.values()):.0f} us each in rounds of "
        f"{CROWD}; each step below"
    )
    return Row(f"{what} in process, {EXCHANGES:,} times", "", measured, _table(alone, together))


def _table(alone: dict[str, float], together: dict[str, float]) -> str:
    whole = sum(alone.values())
    lines = [
        f"| {name} | {micros:.1f} | {micros / whole:.0%} | {together[name]:.1f} |"
        for name, micros in alone.items()
    ]
    head = f"| step | us alone (median) | share | us in rounds of {CROWD} |"
    return "\n".join([head, "|---|---|---|---|", *lines])


def _middles(asking: Callable[[House], Iterator[Asked]], crowd: int) -> dict[str, float]:
    """What each step takes in the middle, in microseconds, where so many come together."""
    with scratch() as folder, runner() as loop:
        times = loop.run(_timed(folder, asking, crowd))
    return {name: median(took) / 1000 for name, took in times.items()}


async def _timed(folder: Path, asking: Callable[[House], Iterator[Asked]], crowd: int) -> Times:
    """How long each step took, in each exchange."""
    times: Times = {}
    with (folder / "lines").open("wb") as lines:
        house = await open_house(Settings(state=folder / "state", people=PEOPLE), lines=lines)
        asked = asking(house)
        for _ in range(WARM // crowd):
            await _round(house.gateway, islice(asked, crowd), {})
        for _ in range(EXCHANGES // crowd):
            await _round(house.gateway, islice(asked, crowd), times)
        await house.close()
    return times


def _people(house: House) -> list[Stored]:
    """The people of this world, without numbers that have become somebody else's or nobody's."""
    keys = [("Patient", number) for number in islice(nhs_numbers(), PEOPLE)]
    return list(house.world.store.snapshot().read(keys).values())


def _reads(house: House) -> Iterator[Asked]:
    return cycle([Asked("GET", person.id) for person in _people(house)])


def _updates(house: House) -> Iterator[Asked]:
    """Another first line of an address for each person who may be updated, again and again."""
    people = [
        (person, person.body["address"][0]["id"])
        for person in _people(house)
        if not person.labels and person.body.get("address")
    ]
    for round in count():
        for person, address in people:
            operations = [
                {"op": "replace", "path": "/address/0/id", "value": address},
                {"op": "replace", "path": "/address/0/line/0", "value": f"{round + 1} Meadow View"},
            ]
            body = orjson.dumps({"patches": operations})
            headers = {
                "if-match": f'W/"{person.version + round}"',
                "content-type": "application/json-patch+json",
            }
            yield Asked("PATCH", person.id, headers, body)


async def _round(gateway: Gateway, asked: Iterable[Asked], times: Times) -> None:
    """Requests that come together, as the gateway takes them through its steps."""
    exchanges = [await _clocked(times, "begin", _begin, gateway, each) for each in asked]
    for step in gateway.steps:
        name = getattr(step, "__name__", None) or NAMES.get(type(step), "others")
        await asyncio.gather(*[_clocked(times, name, step, each) for each in exchanges])
    for exchange in exchanges:
        await _clocked(times, "note", gateway.note, exchange, answer_of(exchange))


def _begin(gateway: Gateway, asked: Asked) -> Any:
    path = f"{PATIENT}/{asked.number}"
    service = gateway.service(path)
    assert service
    return gateway.begin(service, asked.method, path, b"", _headers(asked), asked.body)


def _headers(asked: Asked) -> list[tuple[bytes, bytes]]:
    return [
        *((name.encode(), value.encode()) for name, value in asked.headers.items()),
        (b"host", b"localhost"),
        (b"user-agent", b"bench"),
        (b"x-request-id", str(uuid4()).encode()),
        (b"apikey", KEY.encode()),
        (b"accept", b"application/fhir+json"),
    ]


async def _clocked(times: Times, name: str, step: Callable[..., Any], *given: Any) -> Any:
    """The step's result; its time is added to the others of that name."""
    begin = perf_counter_ns()
    result = step(*given)
    took = perf_counter_ns() - begin
    if isinstance(result, Awaitable):
        waited, result = await _without_waiting(result)
        took += waited
    times.setdefault(name, []).append(took)
    return result


async def _without_waiting(step: Awaitable[Any]) -> tuple[int, Any]:
    """How long a coroutine runs, and its result.

    It is driven by hand: what it yields is a future that it waits for, which is awaited here with
    the clock stopped.
    """
    took, driven = 0, step.__await__()
    while True:
        begin = perf_counter_ns()
        try:
            future = next(driven)
        except StopIteration as end:
            return took + perf_counter_ns() - begin, end.value
        took += perf_counter_ns() - begin
        # A future that was yielded is marked as waited for; only then may it be awaited again.
        future._asyncio_future_blocking = False
        await future
