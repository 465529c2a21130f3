"""The rows about finding people in a large nation: as they are written, as they sound, and what a
hundred times as many people cost.

Everybody who is sought is there: a search that finds nobody is cheaper. With FULL=1 the nation has
a million people, who are asked for at a lower rate.

Source: none.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from statistics import median

from bench.asking import Known, fuzzy_searches, known_people, reads, searches
from bench.load import Plan, apart
from bench.nation import nation
from bench.reading import told
from bench.row import Row
from bench.server import Server, openroots

# How many there are, how many are sought in a second, and the p99 to reach in ms.
PEOPLE, RATE, SLOW = (1_000_000, 300, 8) if os.environ.get("FULL") else (100_000, 500, 10)
FEW = 10_000
SOUGHT = 2000
SECONDS, CALLERS = 20, 64
ROUNDS, ASKED = 5, 1000
GROWTH = 1.5
EMPTY = b'"total":0'
FOUND = b'"total":'

Asking = Callable[[Sequence[Known], int], list[bytes]]


def search() -> Row:
    """Searches by callers who do not wait for each other, for people spread over the nation."""
    return _open_loop("search by family name and birth date", searches, 1.5, SLOW)


def fuzzy_search() -> Row:
    """The same, fuzzy, each family name with a letter doubled."""
    return _open_loop("fuzzy search by mistyped name and birth date", fuzzy_searches, 3, 12)


def growth() -> Row:
    """The median of one caller's reads and searches in a large nation against a small one, turn
    and turn about."""
    kinds: dict[str, Asking] = {"read": reads, "search": searches, "fuzzy": fuzzy_searches}
    times: dict[tuple[str, int], list[float]] = {}
    with _served(FEW) as few, _served(PEOPLE) as many:
        for _ in range(ROUNDS):
            for kind, asking in kinds.items():
                for people, (server, known) in ((FEW, few), (PEOPLE, many)):
                    outcome = apart(Plan(server.port, asking(known, ASKED)))
                    times.setdefault((kind, people), []).append(outcome.percentile(50))
    grown = {kind: median(times[kind, PEOPLE]) / median(times[kind, FEW]) for kind in kinds}
    measured = "; ".join(
        f"{kind} {ratio:.2f}x ({median(times[kind, FEW]) * 1e3:.2f} ms to "
        f"{median(times[kind, PEOPLE]) * 1e3:.2f} ms)"
        for kind, ratio in grown.items()
    )
    work = f"p50 of one caller among {PEOPLE:,} people against {FEW:,}"
    return Row(work, f"<= {GROWTH}x each", measured, reached=max(grown.values()) <= GROWTH)


def _open_loop(work: str, asking: Asking, middle: float, slow: float) -> Row:
    """A row about searches of one kind; `middle` and `slow` are p50 and p99 to reach, in ms."""
    with _served(PEOPLE) as (server, people):
        warm = Plan(server.port, asking(people, len(people)), callers=8, keeps_bodies=True)
        if any(EMPTY in body or FOUND not in body for body in apart(warm).bodies):
            raise RuntimeError("somebody who is there was not found")
        asked = asking(people, RATE * SECONDS)
        busy = server.busy()
        outcome = apart(Plan(server.port, asked, CALLERS, RATE, SECONDS * 2, seed=1948))
        each = (server.busy() - busy) / len(outcome.answered) * 1e6
    fast = outcome.percentile(50) < middle / 1e3 and outcome.percentile(99) < slow / 1e3
    return Row(
        f"{work} among {PEOPLE:,} people, open loop at {RATE}/s",
        f"p50 < {middle} ms, p99 < {slow} ms",
        f"{told(outcome)}; {each:.0f} us of CPU each",
        reached=fast and not outcome.refused,
    )


@contextmanager
def _served(people: int) -> Iterator[tuple[Server, list[Known]]]:
    """A server of a nation of so many, and whom to ask about, spread over it."""
    with openroots(nation(people), people=people) as server:
        yield server, known_people(server.port, SOUGHT, people)
