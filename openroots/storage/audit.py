"""The audit log and the notes beside it: append-only files, written by one thread.

For the gateway. An audit entry is on disk before the answer that it tells of leaves; all entries
that wait share one fdatasync. Each entry holds its own hash and that of the one before, so that a
line changed, put in, or taken out before the last is found by `broken_at`. That lines were cut
off at the end it cannot show: for that, a hash of the end must be kept elsewhere. What a power cut
tore was never told to anyone as kept: it is put aside when the segment is opened again.

Notes (trails, log lines) go the same way but nobody waits for them.

    {"wall":"...","application":"...","subjects":["..."],...,"seq":7,"batch":5,"previous":"..."}

Source: none; the chain is that of certificate transparency logs before the tree (RFC 6962 s. 1).
"""

import asyncio
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from queue import SimpleQueue
from typing import IO

import orjson

from openroots.storage.durable import names_to_disk, to_disk
from openroots.storage.torn import HASH, sound_size, whole_entry
from openroots.storage.types import Json, Unavailable

BEGINNING = "0" * 64
ENTRY = frozenset({"wall", "trail", "subjects", "hash"})  # what no entry is without
CHUNK = 1 << 16
NOTES_WAIT = 0.05  # seconds: waking the thread for each would cost more than writing it


@dataclass(slots=True)
class _Entry:
    """An audit entry waiting to be on disk, its closing brace left off."""

    body: bytes
    done: asyncio.Future[None]


@dataclass(slots=True)
class _Note:
    """A line for another file, or for an open stream."""

    target: Path | IO[bytes]
    line: bytes


class Segment:
    """One append-only file of entries, each carrying the hash of the one before."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._file = path.open("a+b", buffering=0)
        for folder in (path.parent, path.parent.parent):
            names_to_disk(folder)
        self._put_torn_end_aside()
        self._seq, self._previous = self._tail()

    def append(self, bodies: list[bytes]) -> None:
        """Write these entries and force them to disk. Raises OSError, with nothing kept."""
        seq, previous, lines = self._seq, self._previous, []
        batch = seq + 1
        for body in bodies:
            seq += 1
            place = b'"seq":%d,"batch":%d,"previous":"%s"' % (seq, batch, previous.encode())
            chained = b"%s,%s" % (body, place)
            previous = sha256(chained).hexdigest()
            lines.append(b'%s%s%s"}' % (chained, HASH, previous.encode()))
        self._write(b"\n".join(lines) + b"\n")
        self._seq, self._previous = seq, previous

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, data: bytes) -> None:
        size = self._file.seek(0, os.SEEK_END)
        try:
            if (self._file.write(data) or 0) < len(data):
                raise OSError("the disk is full")
            to_disk(self._file.fileno())
        except OSError:
            # A half-written batch would break the chain for the entries that come after it.
            self._file.truncate(size)
            raise

    def _put_torn_end_aside(self) -> None:
        sound = sound_size(self.path)
        if sound == self._file.seek(0, os.SEEK_END):
            return
        self._file.seek(sound)
        with self.path.with_suffix(".torn").open("ab") as aside:
            shutil.copyfileobj(self._file, aside)
            aside.flush()
            to_disk(aside.fileno())
        self._file.truncate(sound)

    def _tail(self) -> tuple[int, str]:
        last = next(entries_backwards(self.path), None)
        if last is None:
            return 0, BEGINNING
        entry = orjson.loads(last)
        return entry["seq"], entry["hash"]


class Journal:
    """The thread that writes one segment and the notes. Made inside a running event loop."""

    def __init__(self, segment: Segment) -> None:
        self._segment = segment
        self._loop = asyncio.get_running_loop()
        self._waiting: SimpleQueue[list[_Entry | _Note] | None] = SimpleQueue()
        self._gathered: list[_Entry] = []
        self._notes: list[_Note] = []
        self._later: asyncio.TimerHandle | None = None
        self._open: dict[Path, IO[bytes]] = {}
        self._thread = threading.Thread(target=self._serve, name="openroots-journal", daemon=True)
        self._thread.start()

    async def keep(self, entry: Json) -> None:
        """Return once the entry is on disk. Raises Unavailable where it cannot be written."""
        done: asyncio.Future[None] = self._loop.create_future()
        self._gather(_Entry(orjson.dumps(entry)[:-1], done))
        await done

    def note(self, target: Path | IO[bytes], line: bytes) -> None:
        """Append the line to the file or stream, some time soon: with the next entries, or alone
        when none have come for a while."""
        if not self._gathered and not self._later:
            self._later = self._loop.call_later(NOTES_WAIT, self._hand_over)
        self._notes.append(_Note(target, line))

    async def settled(self) -> None:
        """Return once every note made so far can be read."""
        done: asyncio.Future[None] = self._loop.create_future()
        self._gather(_Entry(b"", done))
        await done

    def _gather(self, item: _Entry) -> None:
        """Hand over at the end of this turn of the loop, with all else that comes in it."""
        if not self._gathered:
            self._loop.call_soon(self._hand_over)
        self._gathered.append(item)

    def _hand_over(self) -> None:
        if self._later:
            self._later.cancel()
            self._later = None
        self._waiting.put([*self._gathered, *self._notes])
        self._gathered, self._notes = [], []

    async def close(self) -> None:
        """Write what waits, then close the files."""
        self._hand_over()
        self._waiting.put(None)
        await asyncio.to_thread(self._thread.join)

    def _serve(self) -> None:
        going = True
        while going:
            handed = [self._waiting.get()]
            while not self._waiting.empty():
                handed.append(self._waiting.get())
            going = None not in handed
            taken = [item for items in handed if items for item in items]
            entries = [item for item in taken if isinstance(item, _Entry)]
            self._keep([entry for entry in entries if entry.body])
            self._write_notes([item for item in taken if isinstance(item, _Note)])
            self._settle([entry for entry in entries if not entry.body], None)
        self._segment.close()
        for file in self._open.values():
            file.close()

    def _keep(self, entries: list[_Entry]) -> None:
        if not entries:
            return
        try:
            self._segment.append([entry.body for entry in entries])
            self._settle(entries, None)
        except OSError as error:
            self._settle(entries, Unavailable(f"audit: {error}"))

    def _settle(self, entries: list[_Entry], error: Exception | None) -> None:
        if entries:
            self._loop.call_soon_threadsafe(_tell, entries, error)

    def _write_notes(self, notes: list[_Note]) -> None:
        grouped: dict[Path | IO[bytes], list[bytes]] = {}
        for note in notes:
            grouped.setdefault(note.target, []).append(note.line)
        for target, lines in grouped.items():
            try:
                file = self._opened(target) if isinstance(target, Path) else target
                file.write(b"".join(lines))
                file.flush()
            except (OSError, ValueError):  # a full disk; a stream that somebody closed
                # Nobody was promised a note, and an answer must not wait or fail for one.
                continue

    def _opened(self, path: Path) -> IO[bytes]:
        if path not in self._open:
            for file in self._open.values():
                file.close()
            path.parent.mkdir(parents=True, exist_ok=True)
            self._open = {path: path.open("ab")}
        return self._open[path]


def entries_backwards(path: Path) -> Iterator[bytes]:
    """The lines of a file from the last to the first, without reading more than is asked for.

    One that has no end yet is being written, or was torn: it is left out.
    """
    if not path.exists():
        return
    with path.open("rb") as file:
        rest, at, ended = b"", file.seek(0, os.SEEK_END), False
        while at:
            start = max(0, at - CHUNK)
            file.seek(start)
            rest, at = file.read(at - start) + rest, start
            if not ended and b"\n" in rest:
                rest, ended = rest[: rest.rindex(b"\n") + 1], True
            lines = rest.split(b"\n")
            rest = lines[0]
            yield from (line for line in reversed(lines[1:]) if line and ended)
        if rest and ended:
            yield rest


def readable_backwards(path: Path) -> Iterator[Json]:
    """The entries of a segment from the last to the first. A line that is none is left to
    `broken_at`: what cannot be read must not keep anyone from what can."""
    for line in entries_backwards(path):
        with suppress(orjson.JSONDecodeError):
            entry = orjson.loads(line)
            if isinstance(entry, dict) and entry.keys() >= ENTRY:
                yield entry


def broken_at(path: Path) -> int:
    """The number of the first entry that is not as it was written; 0 where all are."""
    previous = BEGINNING
    with path.open("rb") as file:
        for seq, line in enumerate(file, 1):
            entry = whole_entry(line)
            if entry is None or (entry["seq"], entry["previous"]) != (seq, previous):
                return seq
            previous = entry["hash"]
    return 0


def _tell(entries: list[_Entry], error: Exception | None) -> None:
    for entry in entries:
        if entry.done.cancelled():
            continue
        if error:
            entry.done.set_exception(error)
        else:
            entry.done.set_result(None)
