"""The rows about several workers: what a read costs with two, and how many updates they make.

Source: none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import orjson

from bench.asking import known_people, patches, reads
from bench.load import Plan, apart
from bench.reading import CROWD, WARM, cost_of, listed, told
from bench.row import Row
from bench.server import PEOPLE, Server, openroots, scratch

WORKERS = 2
PATCHES, SECONDS = 15_000, 40
ROUNDS, READS = 5, 6000
COMMITS, BATCHES = "openroots_store_commits_total", "openroots_store_batches_total"


def read_workers() -> Row:
    """CPU of a read with two workers against one, in all processes, turn and turn about."""
    figures: dict[int, list[float]] = {1: [], WORKERS: []}
    with _warm(1) as (one, _), _warm(WORKERS) as (several, _):
        people = known_people(one.port, PEOPLE)
        for _ in range(ROUNDS):
            for workers, server in ((1, one), (WORKERS, several)):
                figures[workers].append(cost_of(server, people, READS))
    alone, shared = median(figures[1]), median(figures[WORKERS])
    measured = (
        f"{shared / alone:.2f}x: {shared:.0f} us against {alone:.0f} us "
        f"(rounds: {listed(figures[WORKERS])} against {listed(figures[1])})"
    )
    work = f"CPU of a read with {WORKERS} workers against one, {CROWD} callers"
    return Row(work, "<= 1.1x", measured, reached=shared <= 1.1 * alone)


def patch_workers() -> Row:
    """Updates by a crowd, each of whom asks again as soon as it is answered."""
    with _warm(WORKERS) as (server, folder):
        people = known_people(server.port, PEOPLE)
        requests = patches(people, WARM + PATCHES)
        apart(Plan(server.port, requests[:WARM], callers=8))
        begin, at = _Spent(server), _sizes(folder)
        outcome = apart(Plan(server.port, requests[WARM:], CROWD, seconds=SECONDS))
        spent = _Spent(server)
        entries = _entries_to_a_batch(folder, at)
    answered = len(outcome.times) - outcome.refused
    rate = answered / outcome.seconds
    shared = (spent.commits - begin.commits) / (spent.batches - begin.batches)
    measured = (
        f"{rate:,.0f}/s, {told(outcome)}; {shared:.1f} writes to an fsync of the store, "
        f"{entries:.1f} entries to one of an audit log; {spent.told_since(begin, answered)}"
    )
    goal = "3,000/s, p99 < 60 ms, 8 writes to an fsync"
    fast = rate >= 3000 and outcome.percentile(99) < 0.060
    reached = fast and shared >= 8 and not outcome.refused
    work = f"durable PATCH with all rules, {WORKERS} workers, {CROWD} callers"
    return Row(work, goal, measured, reached=reached)


class _Spent:
    """What a server has spent and kept so far."""

    def __init__(self, server: Server) -> None:
        self.busy = server.busy()
        self.keeper = server.busy_itself()
        self.commits = server.figure(COMMITS)
        self.batches = server.figure(BATCHES)

    def told_since(self, begin: "_Spent", requests: int) -> str:
        """The CPU of each request since another moment, in words."""
        each = (self.busy - begin.busy) / requests * 1e6
        keeper = (self.keeper - begin.keeper) / requests * 1e6
        return f"{each:.0f} us of CPU each, {keeper:.0f} of them the keeper's"


@contextmanager
def _warm(workers: int) -> Iterator[tuple[Server, Path]]:
    """A server of so many workers with its usual people, all of whom were read already."""
    with scratch() as folder, openroots(folder, workers=workers) as server:
        people = known_people(server.port, PEOPLE)
        apart(Plan(server.port, reads(people, WARM), callers=8))
        yield server, folder


def _segments(folder: Path) -> list[Path]:
    return sorted((folder / "state" / "audit").glob("*.jsonl"))


def _sizes(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_size for path in _segments(folder)}


def _entries_to_a_batch(folder: Path, since: dict[Path, int]) -> float:
    """How many audit entries shared an fsync, on average, since the segments had these sizes."""
    count, batches = 0, set()
    for path in _segments(folder):
        with path.open("rb") as file:
            file.seek(since.get(path, 0))
            for line in file:
                count += 1
                batches.add((path, orjson.loads(line)["batch"]))
    return count / len(batches)
