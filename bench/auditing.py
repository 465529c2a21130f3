"""The rows about the audit log: reading a million entries, who looked, what a receipt costs.

In process. The log is made as the journal makes it, with seals, sealed names and checkpoints, and
is removed afterwards. A tenth
of the million is read unless FULL=1.

Source: none.
"""

import asyncio
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from bench.row import Row
from bench.server import scratch
from openroots.clock import Unpredictable
from openroots.gateway.audit_log import people_of
from openroots.identity.keys import Keys
from openroots.problem import Json
from openroots.storage.audit import Journal
from openroots.storage.checkpoint import Checkpoints
from openroots.storage.looks import Looks
from openroots.storage.segment import Segment
from openroots.storage.verifying import verify

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MILLION = 1_000_000
CROWD = 128
LOOKS, OTHERS = 50_000, 2000  # entries about one person; other people
PAGE, PAGES = 100, 20
KEPT, ROUNDS = 10_000, 5


def verify_million() -> Row:
    """All of a log of a million entries, read by as many processes as there are cores."""
    count = MILLION if os.environ.get("FULL") else MILLION // 10
    with scratch() as folder:
        keys = Keys(folder / "keys", Unpredictable())
        asyncio.run(_write(folder, keys, count, own=0))
        size = (folder / "audit" / "0.jsonl").stat().st_size
        begin = perf_counter()
        verdict = verify(folder / "audit", keys)
        seconds = perf_counter() - begin
    if verdict.wrong:
        raise RuntimeError(f"the log is not whole: {verdict.wrong[0]}")
    whole = seconds * MILLION / count
    told = "" if count == MILLION else f", so {whole:.1f} s for {MILLION:,}"
    measured = f"{seconds:.1f} s for {count:,} entries ({size / 1e6:,.0f} MB){told}"
    work = "audit verify: every hash, seal and checkpoint of a log"
    return Row(work, f"{MILLION:,} entries < 30 s", measured, reached=whole < 30)


def who_looked() -> Row:
    """The first page of who looked at somebody with many entries, among as many of others."""
    times = []
    with scratch() as folder:
        keys = Keys(folder / "keys", Unpredictable())
        asyncio.run(_write(folder, keys, 2 * LOOKS, own=LOOKS))
        looks = Looks(folder / "audit", people_of(keys))
        for _ in range(PAGES):
            begin = perf_counter()
            page = looks.of("jane", PAGE)
            looks.receipts(page.looks)
            times.append(perf_counter() - begin)
    if (page.total, len(page.looks)) != (LOOKS, PAGE):
        raise RuntimeError(f"{page.total} looks were found")
    measured = f"{median(times) * 1e3:.0f} ms, at most {max(times) * 1e3:.0f} ms, with receipts"
    work = f"who looked: the first {PAGE} of {LOOKS:,} entries about a person, of {2 * LOOKS:,}"
    return Row(work, "< 300 ms", measured, reached=max(times) < 0.3)


def receipt_cost() -> Row:
    """CPU of an entry that is kept by a crowd: plain, sealed, and sealed with a receipt."""
    ways = {"plain": (False, False), "sealed": (False, True), "sealed, signed": (True, True)}
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, (signed, sealed) in ways.items():
            found[name].append(asyncio.run(_cost(signed=signed, sealed=sealed)))
    figures = {name: median(times) for name, times in found.items()}
    told = ", ".join(f"{name} {figure:.0f} us" for name, figure in figures.items())
    work = f"CPU of keeping an audit entry, {CROWD} callers"
    return Row(work, "", told)


async def _cost(*, signed: bool, sealed: bool) -> float:
    with scratch() as folder:
        keys = Keys(folder / "keys", Unpredictable())
        segment = Segment(folder / "audit" / "0.jsonl", keys if signed else None)
        journal = Journal(segment, people_of(keys) if sealed else None)
        await _keep(journal, _entries(OTHERS, own=0))  # everybody has a key by then
        begin = process_time()
        await _keep(journal, _entries(KEPT, own=0))
        spent = process_time() - begin
        await journal.close()
    return spent / KEPT * 1e6


async def _write(folder: Path, keys: Keys, count: int, *, own: int) -> None:
    """A log of so many entries, some of them about jane, with a checkpoint each 10,000."""
    entries = _entries(count, own)
    journal = Journal(Segment(folder / "audit" / "0.jsonl", keys), people_of(keys))
    checkpoints = Checkpoints(folder / "audit", keys)
    for at in range(0, count, 10_000):
        await _keep(journal, entries, 10_000)
        checkpoints.note([journal.head()])
        checkpoints.write(NOON + timedelta(seconds=at))
    await journal.close()


async def _keep(journal: Journal, entries: Iterator[Json], most: int = 1 << 60) -> None:
    """Keep entries as a crowd does, each of whom waits for the receipt of the last."""
    left = [most]

    async def one() -> None:
        while left[0] > 0:
            left[0] -= 1
            if (entry := next(entries, None)) is None:
                return
            await journal.keep(entry)

    await asyncio.gather(*(one() for _ in range(CROWD)))


def _entries(count: int, own: int) -> Iterator[Json]:
    """So many entries, of which `own` are about jane, spread over all."""
    for number in range(count):
        is_own = own and number * own // count != (number + 1) * own // count
        yield {
            "wall": NOON + timedelta(milliseconds=number),
            "time": NOON,
            "application": "ashby",
            "organisation": "Y12345",
            "access": "healthcare-worker",
            "user": "555000000001",
            "endpoint": "demographics.read-patient",
            "subjects": ["jane" if is_own else f"p{number % OTHERS:011x}"],
            "status": 200,
            "trail": f"{number:024x}",
            "t": None,
            "request": f"{number:064x}",
            "response": f"{number:064x}",
        }
