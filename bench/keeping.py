"""The rows about keeping a world safe: save, and restore.

Source: none.
"""

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.asking import known_people, reads
from bench.load import Plan, apart
from bench.nation import nation
from bench.row import Row
from bench.server import COMMAND, openroots, scratch

PEOPLE = 48_000  # which makes somewhat more than LARGE
LARGE = 100  # MB
RESTORES = 3
ASKED, RATE, SECONDS, CALLERS = 100, 200, 8, 8  # of those who ask while it is restored


def restore() -> Row:
    """From the command to a world in place: unpacked, checked, on disk and opened once; and the
    same while it is served, where what counts is also how long nobody was answered."""
    state = nation(PEOPLE) / "state"
    with scratch() as folder:
        file, other = folder / "saved", folder / "state"
        save = _openroots("save", str(file), state=state)
        seconds = []
        for _ in range(RESTORES):
            shutil.rmtree(other, ignore_errors=True)
            seconds.append(_openroots("restore", str(file), state=other))
        size = (other / "openroots.db").stat().st_size / 1e6
        served, unanswered = _while_served(file, folder)
    measured = (
        f"{median(seconds):.2f} s (median of {RESTORES}); while it is served and read {RATE} times "
        f"a second {served:.2f} s, {unanswered:.2f} s of them told 503; saved in {save:.1f} s"
    )
    work = f"restore a world of {size:.0f} MB"
    reached = max(median(seconds), served) < 2 and size >= LARGE
    return Row(work, "< 2 s", measured, reached=reached)


def _while_served(file: Path, folder: Path) -> tuple[float, float]:
    """The seconds that a restore takes of the world in this folder while it is read, and of these
    the seconds in which whoever asked was told to come again."""
    with openroots(folder) as server, ThreadPoolExecutor(1) as beside:
        requests = reads(known_people(server.port, ASKED), RATE * SECONDS)
        restoring = beside.submit(_openroots, "restore", str(file), state=folder / "state")
        outcome = apart(Plan(server.port, requests, CALLERS, RATE, SECONDS * 3))
        return restoring.result(), outcome.statuses[HTTPStatus.SERVICE_UNAVAILABLE] / RATE


def _openroots(*words: str, state: Path) -> float:
    """How long the command took, in seconds."""
    begin = perf_counter()
    subprocess.run([COMMAND, *words, "--state", str(state)], stdout=subprocess.DEVNULL, check=True)
    return perf_counter() - begin
