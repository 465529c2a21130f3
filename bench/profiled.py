"""Where the CPU of a read goes, function by function: ONLY=profile, or ONLY=profile-patch.

No row of the table: cProfile makes every call dearer, so that the shares mean something and the
times do not. It sees the main thread, which is the event loop; the writing threads it does not.

Source: none.
"""

import io
import pstats
from pathlib import Path

from bench.asking import known_people, patches, reads
from bench.load import Plan, apart
from bench.row import Row
from bench.server import PEOPLE, openroots, scratch

LINES = 45
CALLERS = 64


def profile_read() -> Row:
    """A crowd of reads."""
    return _profiled(20_000, 0)


def profile_patch() -> Row:
    """A crowd of updates."""
    return _profiled(0, 10_000)


def _profiled(read: int, patched: int) -> Row:
    with scratch() as folder:
        with openroots(folder, profile=folder / "profile") as server:
            people = known_people(server.port, PEOPLE)
            requests = reads(people, read) + patches(people, patched)
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
