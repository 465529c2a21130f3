"""The rows about reading one Patient over HTTP: one caller, an open loop, and the cost in CPU.

Source: none.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

from bench.asking import Known, known_people, reads
from bench.load import Outcome, Plan, apart
from bench.machine import CORES
from bench.row import Row
from bench.server import PEOPLE, Server, openroots, scratch, static

WARM = 2000  # reads before any that counts
RATE, SECONDS = 1500, 20
ROUNDS = 3
CROWD = 128


def read() -> Row:
    """One caller that asks again as soon as it is answered."""
    with warm_server() as (server, people):
        outcome = apart(Plan(server.port, reads(people, 10_000)))
    reached = outcome.percentile(50) < 0.001 and not outcome.refused
    return Row("PDS read over HTTP, one caller", "p50 < 1 ms", told(outcome), reached=reached)


def open_read() -> Row:
    """Callers who do not wait for each other, with a worker for each core and with one."""

    def asked(workers: int) -> Outcome:
        with warm_server(workers) as (server, people):
            return open_loop(server, reads(people, RATE * SECONDS))

    return open_row(asked)


def open_loop(server: Server, requests: list[bytes]) -> Outcome:
    """What came of requests that arrive at random, so many a second."""
    return apart(Plan(server.port, requests, 64, RATE, SECONDS * 2, seed=1948))


def open_row(asked: Callable[[int], Outcome]) -> Row:
    """The row about what `asked` gives for so many workers; those of each core count."""
    several, one = asked(CORES), asked(1)
    return Row(
        f"the same, open loop (Poisson) at {RATE:,}/s on {CORES} cores, load generator included",
        "p99 < 10 ms, none refused",
        f"with {CORES} workers {told(several)}; with one {told(one)}",
        reached=several.percentile(99) < 0.010 and not several.refused,
    )


def cost() -> Row:
    """CPU of a read against that of the same server's static bytes, turn and turn about."""
    ours: list[float] = []
    bare: list[float] = []
    with warm_server() as (server, people), scratch() as folder:
        size = round(median(person.size for person in people))
        with static(folder, size) as plain:
            for _ in range(ROUNDS):
                ours.append(cost_of(server, people))
                bare.append(cost_of(plain, people))
    measured = (
        f"{median(ours) / median(bare):.2f}x: {median(ours):.0f} us against {median(bare):.0f} us "
        f"for {size:,} bytes (rounds: {listed(ours)} against {listed(bare)})"
    )
    work = f"CPU of a read against static bytes of that size, {CROWD} callers, audit and trail on"
    return Row(work, "<= 4x (goal 2.5x)", measured, reached=median(ours) <= 4 * median(bare))


@contextmanager
def warm_server(workers: int = 1) -> Iterator[tuple[Server, list[Known]]]:
    """The real server with its usual people, some of whom were read already."""
    with scratch() as folder, openroots(folder, workers=workers) as server:
        people = known_people(server.port, PEOPLE)
        apart(Plan(server.port, reads(people, WARM), callers=8))
        yield server, people


def told(outcome: Outcome) -> str:
    """The percentiles, and all that was not as it should be."""
    words = [outcome.told(), f"{outcome.refused} of {len(outcome.times):,} refused or unanswered"]
    if outcome.refused:
        words.append(f"by status: {dict(sorted(outcome.statuses.items()))}")
    if outcome.late:
        words.append(
            f"of this the generator's own lateness p99 {outcome.lateness(99) * 1e3:.2f} ms"
        )
    return "; ".join(words)


def cost_of(server: Server, people: list[Known], requests: int = 10_000) -> float:
    """CPU of each of so many reads by a crowd, in microseconds. Raises if one is refused."""
    plan = Plan(server.port, reads(people, requests), callers=CROWD)
    busy = server.busy()
    outcome = apart(plan)
    if outcome.refused:
        raise RuntimeError(f"{outcome.refused} reads were refused")
    return (server.busy() - busy) / requests * 1e6


def listed(figures: list[float]) -> str:
    """The figures in words."""
    return ", ".join(f"{figure:.0f}" for figure in figures)
