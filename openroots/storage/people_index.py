"""Where in a segment the entries about one person are, so that nobody reads the whole log for them.

The journal adds to the index of its segment as it writes; who asks reads all of them. An index is
a row of runs in one file, `0.looks`: each run is sorted by pseudonym and covers a stretch of the
segment, and what came after the newest run is read from the segment itself. It is never the source
of truth: what is missing or torn is made again from the segment.

    run: b"LOOK" count end-of-stretch checksum, then count times (pseudonym, offset)

Source: none.
"""

import mmap
import os
import struct
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from zlib import crc32

import orjson

from openroots.storage.types import Json

HEAD = struct.Struct(">4sIQI")
ITEM = struct.Struct(">22sQ")
MAGIC = b"LOOK"
WORTH_A_RUN = 1 << 20  # bytes of a segment in which nobody is named
RUN = 8192  # people named in entries; sorting so many takes some milliseconds

Naming = Callable[[Json], Iterable[str]]  # the pseudonyms in an entry


class Index:
    """The index of one segment, open to be added to. For the thread that writes the segment."""

    def __init__(self, segment: Path, naming: Naming) -> None:
        self.path = index_of(segment)
        self._waiting: list[bytes] = []
        self._end = 0
        self._cut_torn_run()
        self._catch_up(segment, naming)

    def add(self, offset: int, pseudonyms: Iterable[str]) -> None:
        """Note that the entry which begins at this byte names these people."""
        self._waiting += [ITEM.pack(each.encode(), offset) for each in pseudonyms]

    def covers(self, end: int) -> None:
        """All entries up to this byte were added: write a run if there is enough for one."""
        if len(self._waiting) >= RUN:
            self.write(end)

    def write(self, end: int) -> None:
        """Write what waits, which is all that is new up to this byte of the segment. Where the
        disk does not take it, nothing is lost: it is made again from the segment."""
        items = b"".join(sorted(self._waiting))
        count, self._waiting = len(self._waiting), []
        if not count and end - self._end < WORTH_A_RUN:
            return
        self._end = end
        try:
            with self.path.open("ab") as file:
                file.write(HEAD.pack(MAGIC, count, end, crc32(items)) + items)
        except OSError:
            self._cut_torn_run()

    def _cut_torn_run(self) -> None:
        """Leave the runs that are whole: an index is not forced to disk."""
        try:
            whole = sum(HEAD.size + len(items) for _, items in _sound_runs(self.path))
            if self.path.exists() and self.path.stat().st_size > whole:
                os.truncate(self.path, whole)
        except OSError:  # it can be written as little as read: the segment is read instead
            return

    def _catch_up(self, segment: Path, naming: Naming) -> None:
        """Add what the segment holds beyond the newest run."""
        at = self._end = covered(self.path)
        with segment.open("rb") as file:
            if at > file.seek(0, os.SEEK_END):  # another segment took its place
                self.path.unlink()
                at = self._end = 0
            file.seek(at)
            for line in file:
                self.add(at, _naming_in(line, naming))
                at += len(line)
                self.covers(at)
        self.write(at)


def index_of(segment: Path) -> Path:
    """Where the index of a segment is."""
    return segment.with_suffix(".looks")


def covered(index: Path) -> int:
    """Up to which byte of its segment an index says where everybody is."""
    return max((end for end, _ in _runs(index)), default=0)


def offsets(segment: Path, pseudonym: str) -> list[int]:
    """Where each entry that names this person begins, the first first."""
    found: list[int] = []
    at = 0
    for covers, items in _runs(index_of(segment)):
        found += _offsets_in(items, pseudonym.encode())
        at = covers
    mark = f'"{pseudonym}.'.encode()
    with segment.open("rb") as file:
        file.seek(at)
        for line in file:
            if mark in line and line.endswith(b"\n"):
                found.append(at)
            at += len(line)
    return found


def _offsets_in(items: memoryview, pseudonym: bytes) -> Iterator[int]:
    """The offsets beside one pseudonym in a sorted run, whose items are not copied to be found."""
    ordered = _Items(items)
    first = bisect_left(ordered, pseudonym)
    for at in range(first, bisect_right(ordered, pseudonym, lo=first)):
        yield ITEM.unpack_from(items, at * ITEM.size)[1]


class _Items:
    """The pseudonyms of a run, for `bisect`."""

    def __init__(self, items: memoryview) -> None:
        self._items = items

    def __len__(self) -> int:
        return len(self._items) // ITEM.size

    def __getitem__(self, at: int) -> bytes:
        start = at * ITEM.size
        return bytes(self._items[start : start + ITEM.size - 8])


def _runs(index: Path) -> Iterator[tuple[int, memoryview]]:
    """Up to where each whole run covers the segment, and its items."""
    try:
        with index.open("rb") as file:
            mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError):  # none, or an empty one
        return
    at = 0
    while at + HEAD.size <= len(mapped):
        magic, count, end, _ = HEAD.unpack_from(mapped, at)
        items = mapped[at + HEAD.size : at + HEAD.size + count * ITEM.size]
        if magic != MAGIC or len(items) < count * ITEM.size:
            return
        yield end, items
        at += HEAD.size + len(items)


def _sound_runs(index: Path) -> Iterator[tuple[int, memoryview]]:
    """The runs up to the first that is not, to its last byte, as it was written."""
    try:
        data = memoryview(index.read_bytes())
    except OSError:
        return
    at = 0
    while at + HEAD.size <= len(data):
        magic, count, end, check = HEAD.unpack_from(data, at)
        items = data[at + HEAD.size : at + HEAD.size + count * ITEM.size]
        if magic != MAGIC or len(items) < count * ITEM.size or crc32(items) != check:
            return
        yield end, items
        at += HEAD.size + len(items)


def _naming_in(line: bytes, naming: Naming) -> Iterable[str]:
    try:
        entry = orjson.loads(line)
    except orjson.JSONDecodeError:
        return ()
    return naming(entry) if isinstance(entry, dict) else ()
