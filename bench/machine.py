"""What a figure was measured on: it means nothing without.

Source: none.
"""

import os
import platform
from pathlib import Path
from statistics import median
from time import perf_counter

import apsw
import uvicorn

CORES = 2  # that the table is of
SYNCS = 200
PAGE = b"." * 4096


def machine(folder: Path) -> str:
    """The machine in one line; the disk is that of this folder."""
    return (
        f"{processor()}, {len(os.sched_getaffinity(0))} cores, {platform.system()}; "
        f"Python {platform.python_version()}, SQLite {apsw.sqlite_lib_version()}, "
        f"uvicorn {uvicorn.__version__}; "
        f"fdatasync of 4 KB {sync_time(folder) * 1e6:.0f} us (median of {SYNCS}); "
        f"load average at the start {os.getloadavg()[0]:.1f}"
    )


def take_cores(count: int) -> None:
    """Keep this process and all that it starts to so many cores."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])


def processor() -> str:
    """The processor's name as it gives it itself."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return " ".join(line.partition(":")[2].split())
    return platform.machine()


def sync_time(folder: Path) -> float:
    """How long the disk takes to keep a page, in seconds."""
    times = []
    with (folder / "sync").open("wb", buffering=0) as file:
        for _ in range(SYNCS):
            file.write(PAGE)
            begin = perf_counter()
            os.fdatasync(file.fileno())
            times.append(perf_counter() - begin)
    return median(times)
