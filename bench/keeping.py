"""The rows about keeping a world safe: save, and restore.

Source: none.
"""

import shutil
import subprocess
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.nation import nation
from bench.row import Row
from bench.server import COMMAND, scratch

PEOPLE = 20_000  # which makes somewhat more than LARGE
LARGE = 100  # MB
RESTORES = 3


def restore() -> Row:
    """From the command to a world in place: unpacked, checked, on disk and opened once."""
    state = nation(PEOPLE) / "state"
    with scratch() as folder:
        file, other = folder / "saved", folder / "other"
        save = _openroots("save", str(file), state=state)
        seconds = []
        for _ in range(RESTORES):
            shutil.rmtree(other, ignore_errors=True)
            seconds.append(_openroots("restore", str(file), state=other))
        size = (other / "openroots.db").stat().st_size / 1e6
    measured = f"{median(seconds):.2f} s (median of {RESTORES}); saved in {save:.1f} s"
    work = f"restore a world of {size:.0f} MB"
    return Row(work, "< 2 s", measured, reached=median(seconds) < 2 and size >= LARGE)


def _openroots(*words: str, state: Path) -> float:
    """How long the command took, in seconds."""
    begin = perf_counter()
    subprocess.run([COMMAND, *words, "--state", str(state)], stdout=subprocess.DEVNULL, check=True)
    return perf_counter() - begin
