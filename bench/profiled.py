"""Where the CPU of a request goes, function by function: ONLY=profile, profile-patch or
profile-search.

No row of the table: cProfile makes every call dearer, so that the shares mean something and the
times do not. It sees the main thread, which is the event loop; the writing threads it does not.

Source: none.
"""

import io
import pstats
from collections.abc import Callable
from pathlib import Path

from bench.asking import Known, known_people, patches, reads, searches
from bench.load import Plan, apart
from bench.nation import nation
from bench.row import Row
from bench.searching import PEOPLE as MANY
from bench.server import PEOPLE, openroots, scratch

LINES = 45
CALLERS = 64

Asking = Callable[[list[Known]], list[bytes]]


def profile_read() -> Row:
    """A crowd of reads."""
    with scratch() as folder:
        return _profiled(folder, PEOPLE, lambda people: reads(people, 20_000))


def profile_patch() -> Row:
    """A crowd of updates."""
    with scratch() as folder:
        return _profiled(folder, PEOPLE, lambda people: patches(people, 10_000))


def profile_search() -> Row:
    """A crowd of searches in a large nation."""
    return _profiled(nation(MANY), MANY, lambda people: searches(people, 10_000))


def _profiled(folder: Path, size: int, asking: Asking) -> Row:
    with openroots(folder, people=size, profile=folder / "profile") as server:
        requests = asking(known_people(server.port, PEOPLE, size))
        outcome = apart(Plan(server.port, requests, callers=CALLERS, seconds=120))
    more = f"```\n{_costs(folder / 'profile')}\n```"
    measured = f"{outcome.refused} refused; the functions that cost most are below"
    return Row(f"{len(requests):,} requests under cProfile", "", measured, more)


def _costs(path: Path) -> str:
    told = io.StringIO()
    stats = pstats.Stats(str(path), stream=told).strip_dirs()
    stats.sort_stats("tottime").print_stats(LINES)
    stats.sort_stats("cumtime").print_stats(LINES)
    return told.getvalue().strip()
