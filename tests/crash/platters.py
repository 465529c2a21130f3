"""What a power cut leaves of the files on a disk.

For the crash campaign. What was synced is there. Of what was written since, each sector of 512
bytes may be there or not, whatever the order in which they were written; it may also hold rubbish.
A name that was given, changed or taken away since its folder was synced may be so or not. A sector
that nobody wrote to is never harmed.

Source: SQLite's documentation on atomic commit, section 9; fsync(2).
"""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

SECTOR = 512


class Wrote(NamedTuple):
    """Bytes were written to a file."""

    file: int
    at: int
    data: bytes


class Cut(NamedTuple):
    """A file was given another length."""

    file: int
    size: int


class Synced(NamedTuple):
    """A file was forced to disk. Its name was not."""

    file: int


class Named(NamedTuple):
    """A name was given to a file, or to none: it was removed."""

    name: str
    file: int | None


class Renamed(NamedTuple):
    """A file or a whole folder got another name."""

    name: str
    old: str


class FolderSynced(NamedTuple):
    """The names of a folder were forced to disk."""

    folder: str


class Told(NamedTuple):
    """Somebody outside was told that this is kept."""

    what: str


Act = Wrote | Cut | Synced | Named | Renamed | FolderSynced | Told


class Platters:
    """What is on the disk for good, and what is only on its way there."""

    def __init__(self) -> None:
        self.durable: dict[int, bytearray] = {}
        self.waiting: dict[int, list[Wrote | Cut]] = {}
        self.names: dict[str, int] = {}
        self.new_names: list[Named | Renamed] = []

    def take(self, act: Act) -> None:
        """What this act makes of them."""
        match act:
            case Wrote(file) | Cut(file):
                self.waiting.setdefault(file, []).append(act)
            case Synced(file):
                content = self.durable.setdefault(file, bytearray())
                for waiting in self.waiting.pop(file, []):
                    _apply(content, waiting)
            case Named() | Renamed():
                self.new_names.append(act)
            case FolderSynced(folder):
                self._settle(folder)

    def after_power_cut(self, chance: Random) -> dict[str, bytes]:
        """The files that a power cut leaves now, by name."""
        fate = Fate(chance)
        names = dict(self.names)
        for named in self.new_names:
            if fate.keeps():
                rename(names, named)
        return {name: self._left(file, fate) for name, file in names.items()}

    def _settle(self, folder: str) -> None:
        waiting, self.new_names = self.new_names, []
        for named in waiting:
            if folder in folders_of(named):
                rename(self.names, named)
            else:
                self.new_names.append(named)

    def _left(self, file: int, fate: "Fate") -> bytes:
        content = bytearray(self.durable.get(file, b""))
        for act in self.waiting.get(file, []):
            for part in sectors(act):
                if fate.keeps():
                    _apply(content, fate.spoilt(part))
        return bytes(content)


class Fate:
    """How one power cut treats what was on its way: how much of it comes through, and in what
    state. None at all, or all but the last, are as likely as anything between."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._share = chance.choice((0.0, 0.05, 0.5, 0.95, 1.0))
        self._rubbish = chance.choice((0.0, 0.0, 0.05))

    def keeps(self) -> bool:
        """Whether the next thing comes through."""
        return self._chance.random() < self._share

    def spoilt(self, act: Wrote | Cut) -> Wrote | Cut:
        """The same, perhaps as rubbish."""
        if isinstance(act, Wrote) and self._chance.random() < self._rubbish:
            return act._replace(data=self._chance.randbytes(len(act.data)))
        return act


def sectors(act: Wrote | Cut) -> Iterator[Wrote | Cut]:
    """The parts that reach the disk one by one."""
    if isinstance(act, Cut):
        yield act
        return
    at, end = act.at, act.at + len(act.data)
    while at < end:
        following = min(end, at - at % SECTOR + SECTOR)
        yield Wrote(act.file, at, act.data[at - act.at : following - act.at])
        at = following


def folder_of(name: str) -> str:
    """The folder in which a name stands; "" for the topmost."""
    return name.rpartition("/")[0]


def folders_of(act: Named | Renamed) -> set[str]:
    """The folders that hold the names of this act: it is on disk with any of them."""
    old = {folder_of(act.old)} if isinstance(act, Renamed) else set()
    return {folder_of(act.name), *old}


def _apply(content: bytearray, act: Wrote | Cut) -> None:
    size = act.size if isinstance(act, Cut) else act.at + len(act.data)
    if len(content) < size:
        content.extend(bytes(size - len(content)))
    if isinstance(act, Cut):
        del content[size:]
    else:
        content[act.at : size] = act.data


def rename(names: dict[str, int], act: Named | Renamed) -> None:
    """Change names as this act does."""
    if isinstance(act, Renamed):
        for old in [name for name in names if f"{name}/".startswith(f"{act.old}/")]:
            names[act.name + old[len(act.old) :]] = names.pop(old)
    elif act.file is None:
        names.pop(act.name, None)
    else:
        names[act.name] = act.file
