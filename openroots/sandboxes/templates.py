"""Templates: seeded worlds of which sandboxes are copies.

For `sandboxes`. One for each number of people and seed, kept beneath the sandboxes. It is made by
another process the first time that it is needed, so that nobody waits for it who asks something
else. A copy or two lie ready on disk, so that most sandboxes are made by a rename.

    .templates/2000-1948-v5.2/openroots.db   keys/applications/...pem
    .templates/2000-1948-v5.2/spare-0/...   a copy that lies ready

Source: none; docs/decisions/0011 says why copies.
"""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from openroots.clock import Unpredictable
from openroots.opening import FILE, KEYS
from openroots.problem import Problem
from openroots.storage.durable import make_private, names_to_disk, to_disk
from openroots.storage.sqlite_schema import SCHEMA_VERSION

FOLDER = ".templates"
SPARES = 2  # copies that lie ready
PAUSE = 0.3  # seconds before others are made
MOST_KEPT = 8  # templates; the one that was used longest ago makes room
LAYOUT = 2  # of a template's folder: the first held a key that is now each world's own
MOST_PEOPLE = 20_000
LONGEST = 600.0  # seconds that making one may take
APPLICATIONS = "applications"


class Kind(NamedTuple):
    """Which made-up people a world begins with."""

    people: int
    seed: int


class Templates:
    """The templates in one folder. `ready` are seeded state folders that are there already."""

    def __init__(self, folder: Path, ready: Mapping[Kind, Path] | None = None) -> None:
        self._folder = folder
        self._ready = dict(ready or {})
        self._making = asyncio.Lock()
        self._closing = asyncio.Event()
        # What a server that was killed had under way is nobody's.
        self._spent = [*folder.glob("*/taken-*"), *folder.glob("making-*")]
        self._stocking: dict[Path, asyncio.Task[None]] = {}

    async def new(self, kind: Kind, folder: Path) -> None:
        """Make this folder the state folder of a new world of this kind. Raises Problem."""
        copy = await self._taken(kind)
        copy.rename(folder)

    async def put(self, kind: Kind, state: Path) -> Path:
        """Put the keys that belong to a world of this kind into a state folder, and its store
        beside the one that is there; returns that file. Raises Problem."""
        copy = await self._taken(kind)
        making = state / f"{FILE}.making"
        (copy / FILE).replace(making)
        with suppress(OSError):  # the disk takes its room back later, when nobody waits
            (copy / FILE).hardlink_to(state / FILE)
        for key in (copy / KEYS / APPLICATIONS).glob("*.pem"):
            there = state / key.relative_to(copy)
            if not there.exists() or there.read_bytes() != key.read_bytes():
                key.replace(there)
        self._spent.append(copy)
        return making

    async def close(self) -> None:
        """Let what is being copied come to its end; copy no more."""
        self._closing.set()
        if self._stocking:
            await asyncio.wait(self._stocking.values())

    async def _taken(self, kind: Kind) -> Path:
        """A folder with a copy, of which nobody else knows."""
        place = await self._made(kind)
        template = self._ready.get(kind, place)
        copy = await asyncio.to_thread(_take, template, place)
        stocking = self._stocking.get(place)
        if stocking is None or stocking.done():
            self._stocking[place] = asyncio.create_task(self._stock(template, place))
        return copy

    async def _stock(self, template: Path, place: Path) -> None:
        """Have copies lie ready again, once whoever took one no longer waits for the disk."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), PAUSE)
        spent, self._spent = self._spent, []
        await asyncio.to_thread(_clear, spent)
        if not self._closing.is_set():
            await asyncio.to_thread(_stock, template, place)

    async def _made(self, kind: Kind) -> Path:
        """The folder of the template and its copies, made where it is not there yet."""
        if kind.people > MOST_PEOPLE:
            raise Problem("sandbox-people", people=kind.people, most=MOST_PEOPLE)
        place = self._folder / f"{kind.people}-{kind.seed}-v{SCHEMA_VERSION}.{LAYOUT}"
        if kind in self._ready:
            make_private(place)
            return place
        async with self._making:
            if not place.exists():
                self._make_room()
                await self._make(kind, place)
        os.utime(place)
        return place

    async def _make(self, kind: Kind, place: Path) -> None:
        made = place.with_name(f"making-{Unpredictable().bytes(6).hex()}")
        make_private(made)
        try:
            await _seed(kind, made)
            for name in ("audit", "trails", "token", "lock"):  # a world's own, and not the seed's
                _remove(made / name)
            made.rename(place)
            names_to_disk(self._folder)
        finally:
            shutil.rmtree(made, ignore_errors=True)

    def _make_room(self) -> None:
        kept = sorted(self._folder.glob("*-v*"), key=lambda place: place.stat().st_mtime)
        for place in kept[: max(0, len(kept) - MOST_KEPT + 1)]:
            shutil.rmtree(place, ignore_errors=True)


async def _seed(kind: Kind, state: Path) -> None:
    """Have another process make a world in this folder. Raises Problem."""
    process = _seeding(kind, state)
    try:
        _, said = await asyncio.to_thread(process.communicate, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        cause = f"it takes more than {LONGEST:.0f} seconds"
        raise Problem("seeding-failed", cause=cause) from None
    finally:
        process.kill()
    if process.returncode:
        raise Problem("seeding-failed", cause=_reason(said))


def _reason(said: bytes) -> str:
    """What the last line of a command says is wrong, without its name and how to mend it."""
    lines = said.decode(errors="replace").strip().splitlines() or ["no reason given"]
    return lines[-1].removeprefix("openroots: ").partition(". To mend:")[0][:200]


def _seeding(kind: Kind, state: Path) -> "subprocess.Popen[bytes]":
    """The process that does so. It is begun as workers are: see `workers.keeper`."""
    flags = ("--state", ".", "--people", str(kind.people), "--seed", str(kind.seed))
    own = {name: value for name, value in os.environ.items() if not name.startswith("OPENROOTS_")}
    return subprocess.Popen(
        (sys.executable, "-m", "openroots", "seed", *flags, "--no-progress"),
        cwd=state,  # where no openroots.toml says otherwise
        env=own,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def _take(template: Path, place: Path) -> Path:
    """A copy of the template: one that lay ready, or one made now. It is on disk."""
    taken = place / f"taken-{Unpredictable().bytes(6).hex()}"
    for number in range(SPARES):
        with suppress(OSError):  # of two who want it, one gets it
            (place / f"spare-{number}").rename(taken)
            return taken
    _copy(template, taken)
    return taken


def _stock(template: Path, place: Path) -> None:
    """Have copies lie ready. A full disk has none."""
    for number in range(SPARES):
        spare = place / f"spare-{number}"
        if spare.exists():
            continue
        making = place / f"taken-{Unpredictable().bytes(6).hex()}"
        try:
            _copy(template, making)
            making.rename(spare)
        except OSError:
            shutil.rmtree(making, ignore_errors=True)


def _copy(template: Path, target: Path) -> None:
    """A copy that is on disk: the store, and the keys of ready-made applications, whose public
    halves are in it. All other keys are a world's own."""
    make_private(target / KEYS / APPLICATIONS)
    keys = (template / KEYS / APPLICATIONS).glob("*.pem")
    for source in (template / FILE, *keys):
        made = target / source.relative_to(template)
        shutil.copyfile(source, made)  # in the kernel; it shares blocks where the disk can
        made.chmod(0o600)
        with made.open("rb+") as file:
            to_disk(file.fileno())
    for folder in (target / KEYS / APPLICATIONS, target / KEYS, target):
        names_to_disk(folder)


def _clear(folders: Iterable[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
