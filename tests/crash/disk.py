"""A disk under the real store: what is done to its files is done, and written down as well.

For tests of power cuts and of disks in trouble. While a `Disk` is in place, SQLite opens the files
of one folder through it; who opens files as Python does, such as the audit log, is given a path of
it. What was written down goes to `Platters`, which says what a power cut would leave. A disk can
also be in trouble: full, or refusing every write as one does that has failed.

Source: SQLite's documentation on VFS; fsync(2) and fdatasync(2).
"""

import errno
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path, PosixPath
from typing import Any, NamedTuple
from unittest.mock import patch

import apsw
import pytest

from tests.crash.platters import (
    Act,
    Cut,
    FolderSynced,
    Named,
    Renamed,
    Synced,
    Told,
    Wrote,
    folder_of,
    rename,
)

BENEATH = "unix"  # SQLite's own files, on which ours stand
MMAP_SIZE = 18  # SQLITE_FCNTL_MMAP_SIZE: what is mapped would be written past us


class Trouble(NamedTuple):
    """Why a disk refuses, and for which files, by how their names end: "" is all."""

    number: int
    where: str = ""


has_proc = Path("/proc/self/fd").exists()
needs_proc = pytest.mark.skipif(not has_proc, reason="the simulated disk needs Linux's /proc")

FULL, REFUSING = errno.ENOSPC, errno.EROFS


class Disk:
    """Writes down what is done to the files of one folder. `deaf_to` names the ends of files whose
    syncs do nothing, as on a disk that lies, and "folder" for folders."""

    def __init__(self, folder: Path, deaf_to: Sequence[str] = ()) -> None:
        self.folder = folder
        self.acts: list[Act] = []
        self.trouble: Trouble | None = None
        self._deaf_to: tuple[str, ...] = ()
        self._files: dict[str, int] = {}
        self._numbers = count(1)
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self._there(path)
        self.begun = len(self.acts)  # what was there before is on disk
        self._deaf_to = tuple(deaf_to)

    def path(self, name: str = "") -> "DiskPath":
        """The path of a file on this disk, for whoever opens it as Python does."""
        here = type("PathHere", (DiskPath,), {"disk": self})
        path: DiskPath = here(self.folder / name)
        return path

    def must_take(self, path: str | Path, *, grows: bool = True) -> None:
        """Raises OSError where the disk is in such trouble that it does not take a write."""
        trouble = self.trouble
        if trouble and str(path).endswith(trouble.where) and (grows or trouble.number != FULL):
            raise OSError(trouble.number, os.strerror(trouble.number))

    def told(self, what: str) -> None:
        """Somebody was told that this is kept."""
        self.acts.append(Told(what))

    def name(self, path: str | Path) -> str:
        """What a file of this folder is called here."""
        return Path(path).relative_to(self.folder).as_posix()

    def number(self, path: str | Path) -> int:
        """The file that has this name now, made if there was none."""
        name = self.name(path)
        if name not in self._files:
            self._files[name] = next(self._numbers)
            self.acts.append(Named(name, self._files[name]))
        return self._files[name]

    def synced(self, path: str | Path) -> None:
        """What the file holds now is on disk."""
        if not str(path).endswith(self._deaf_to):
            self.acts.append(Synced(self.number(path)))

    def folder_synced(self, path: str | Path) -> None:
        """The names in the folder of this file are on disk."""
        if "folder" not in self._deaf_to:
            self.acts.append(FolderSynced(folder_of(self.name(path))))

    def removed(self, path: str | Path) -> None:
        """The name is gone."""
        name = self.name(path)
        self._files.pop(name, None)
        self.acts.append(Named(name, None))

    def renamed(self, old: str | Path, new: str | Path) -> None:
        """A file or a folder has another name."""
        act = Renamed(self.name(new), self.name(old))
        rename(self._files, act)
        self.acts.append(act)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Let everything that opens files of the folder open them here."""
        files = DiskFiles(self)
        try:
            with patch("os.fdatasync", self._sync), patch("os.fsync", self._sync):
                yield
        finally:
            apsw.set_default_vfs(BENEATH)
            files.unregister()

    def _there(self, path: Path) -> None:
        file = self.number(path)
        self.acts += [Wrote(file, 0, path.read_bytes()), Synced(file)]
        self.acts.append(FolderSynced(folder_of(self.name(path))))

    def _sync(self, descriptor: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        if path.is_dir():
            self.folder_synced(path / "any")
        else:
            self.synced(path)


class DiskFiles(apsw.VFS):
    """What SQLite opens its files with while a disk is in place."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        super().__init__("openroots-disk", BENEATH, makedefault=True)

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        if path and self._disk.folder in Path(path).parents:
            return DiskFile(self._disk, path, name, flags)
        return super().xOpen(name, flags)

    def xDelete(self, name: str, syncdir: bool) -> None:  # noqa: N802
        super().xDelete(name, False)
        self._disk.removed(name)
        if syncdir:
            self._disk.folder_synced(name)


class DiskFile(apsw.VFSFile):
    """One file of SQLite's, each change of which is written down."""

    def __init__(self, disk: Disk, path: str, name: Any, flags: list[int]) -> None:
        super().__init__(BENEATH, name, flags)
        self._disk, self._path = disk, path
        self._file = disk.number(path)
        # SQLite's own files sync the folder of a new journal together with the journal.
        kinds = apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL
        self._names_new = bool(flags[0] & kinds and flags[0] & apsw.SQLITE_OPEN_CREATE)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        try:
            grows = offset + len(data) > self.xFileSize()
            self._disk.must_take(self._path, grows=grows)
        except OSError as error:
            raise (apsw.FullError if error.errno == FULL else apsw.IOError)(error) from error
        super().xWrite(data, offset)
        self._disk.acts.append(Wrote(self._file, offset, bytes(data)))

    def xTruncate(self, size: int) -> None:  # noqa: N802
        super().xTruncate(size)
        self._disk.acts.append(Cut(self._file, size))

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.synced(self._path)
        if self._names_new:
            self._disk.folder_synced(self._path)
            self._names_new = False

    def xLock(self, level: int) -> None:  # noqa: N802
        try:
            super().xLock(level)
        except apsw.IOError as error:
            # A file that is only read cannot be locked for writing. SQLite tries when it closes.
            raise apsw.BusyError from error

    def xFileControl(self, op: int, pointer: int) -> bool:  # noqa: N802
        return op != MMAP_SIZE and super().xFileControl(op, pointer)


class DiskPath(PosixPath):
    """A path whose file is opened on the disk."""

    disk: Disk

    def open(self, mode: str = "r", **how: Any) -> Any:  # type: ignore[override]
        if mode == "rb":
            return super().open(mode, **how)
        return LoggedFile(self, mode)

    def rename(self, target: Any) -> Any:
        renamed = super().rename(target)
        self.disk.renamed(self, target)
        return renamed

    def replace(self, target: Any) -> Any:
        replaced = super().replace(target)
        self.disk.renamed(self, target)
        return replaced


class LoggedFile(io.FileIO):
    """A file without a buffer, each change of which is written down."""

    def __init__(self, path: DiskPath, mode: str) -> None:
        self._path, self._disk, self._file = path, path.disk, path.disk.number(path)
        super().__init__(path, mode.replace("b", ""))
        if "w" in mode:
            self._disk.acts.append(Cut(self._file, 0))

    def write(self, data: Any) -> int:
        self._disk.must_take(self._path)
        at = self.seek(0, os.SEEK_END)
        written = super().write(data)
        self._disk.acts.append(Wrote(self._file, at, bytes(data)[:written]))
        return written

    def truncate(self, size: int | None = None) -> int:
        cut = super().truncate(size)
        self._disk.acts.append(Cut(self._file, cut))
        return cut
