"""A nation that is kept between runs, so that only the first one waits for it to be made.

For the rows about many people. It stands under var/bench. When the program would make another
nation, or keep it otherwise, it is made again: a small one, made at each run, tells.

Source: none.
"""

import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import apsw

from bench.server import COMMAND, scratch

SAMPLE = 100  # people
CHUNK = 1 << 24
CONTENT = (
    "SELECT sql FROM sqlite_master",
    # Applications and logins have key pairs of their own, which no seed repeats.
    "SELECT type, id, raw, forms FROM version WHERE type NOT IN ('Application', 'Issuer')",
    "SELECT type, name, value, id FROM term",
)


def nation(people: int) -> Path:
    """The folder whose `state` holds so many people, and nothing of those who asked about them
    before. Its store is in the memory of the system."""
    kept = Path("var") / "bench" / f"nation-{people}-{_kind()}"
    if not kept.exists():
        _make(people, kept)
    for left in ("audit", "trails"):
        shutil.rmtree(kept / "state" / left, ignore_errors=True)
    with (kept / "state" / "openroots.db").open("rb") as file:
        while file.read(CHUNK):
            pass
    return kept


def _make(people: int, kept: Path) -> None:
    print(f"bench: making a nation of {people:,} people, once", file=sys.stderr, flush=True)
    for old in kept.parent.glob(f"nation-{people}-*"):
        shutil.rmtree(old)
    making = kept.with_name(f"nation-{people}-making")
    _seed(people, making / "state")
    making.rename(kept)


def _seed(people: int, state: Path) -> None:
    command = [COMMAND, "seed", "--people", str(people), "--state", str(state), "--no-progress"]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


def _kind() -> str:
    """Short for what this program makes of a seed, and how it is kept."""
    digest = sha256()
    with scratch() as folder:
        _seed(SAMPLE, folder)
        db = apsw.Connection(str(folder / "openroots.db"), flags=apsw.SQLITE_OPEN_READONLY)
        for question in CONTENT:
            digest.update(repr(db.execute(question).fetchall()).encode())
        db.close()
    return digest.hexdigest()[:12]
