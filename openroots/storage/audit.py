"""The audit log and the notes beside it: written by one thread, waited for by those who must.

For the gateway. An audit entry is on disk before the answer that it tells of leaves; all entries
that wait share one fdatasync. Each entry holds its own hash and that of the one before (see
`segment`), so that a line changed, put in, or taken out before the last is found by `broken_at`;
`verifying` finds all else. Whom an entry is about is sealed, where there are `People`.

Notes (trails, log lines) go the same way but nobody waits for them.

Source: none.
"""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import IO, NamedTuple

import orjson

from openroots.storage.lines import entries_backwards
from openroots.storage.people_index import Index
from openroots.storage.sealing import People
from openroots.storage.segment import Head, Segment
from openroots.storage.torn import whole_entry
from openroots.storage.types import Json, Unavailable

__all__ = ["Journal", "Segment", "broken_at", "entries_backwards", "readable_backwards"]

BEGINNING = "0" * 64
PERSONAL = ("subjects", "acting")  # what is sealed of an entry
ENTRY = frozenset({"wall", "trail", "hash"})  # what no entry is without, besides whom it is about
PSEUDONYM = 22  # characters
NAMING = frozenset({"subjects", "people"})
NOTES_WAIT = 0.05  # seconds: waking the thread for each would cost more than writing it


@dataclass(slots=True)
class _Entry:
    """An audit entry waiting to be on disk, its closing brace left off, and what it is made of."""

    body: bytes
    done: asyncio.Future[str]
    told: Json
    pseudonyms: Sequence[str] = ()

    @property
    def trail(self) -> str:
        """What ties the sealed parts to this entry."""
        trail: str = self.told.get("trail", "")
        return trail


Target = Path | IO[bytes]  # where a note goes: another file, or an open stream


class _Handed(NamedTuple):
    """What came in one turn of the loop."""

    entries: list[_Entry]
    notes: list[tuple[Target, bytes]]


class Journal:
    """The thread that writes one segment and the notes. Made inside a running event loop.

    With `people`, whom an entry is about is sealed, and an index of the segment is kept.
    """

    def __init__(self, segment: Segment, people: People | None = None) -> None:
        self._segment = segment
        self._people = people
        self._index = Index(segment.path, people.pseudonyms_in) if people else None
        self._loop = asyncio.get_running_loop()
        self._waiting: SimpleQueue[_Handed | None] = SimpleQueue()
        self._gathered: list[_Entry] = []
        self._notes: list[tuple[Target, bytes]] = []
        self._later: asyncio.TimerHandle | None = None
        self._open: dict[Path, IO[bytes]] = {}
        self._thread = threading.Thread(target=self._serve, name="openroots-journal", daemon=True)
        self._thread.start()

    async def keep(self, entry: Json) -> str:
        """Return the receipt of the entry once it is on disk; "" where nobody signs.

        Raises Unavailable where it cannot be written.
        """
        done: asyncio.Future[str] = self._loop.create_future()
        shown = entry
        if self._people:
            shown = entry.copy()
            for name in PERSONAL:
                shown.pop(name, None)
        self._gather(_Entry(orjson.dumps(shown)[:-1], done, entry))
        return await done

    def note(self, target: Target, line: bytes) -> None:
        """Append the line to the file or stream, some time soon: with the next entries, or alone
        when none have come for a while."""
        if not self._gathered and not self._later:
            self._later = self._loop.call_later(NOTES_WAIT, self._hand_over)
        self._notes.append((target, line))

    async def settled(self) -> None:
        """Return once every note made so far can be read."""
        done: asyncio.Future[str] = self._loop.create_future()
        self._gather(_Entry(b"", done, {}))
        await done

    def head(self) -> Head:
        """How far the segment has come on disk. The next start need not read what is before."""
        with suppress(OSError):  # then it reads more
            self._segment.remember()
        return self._segment.head()

    def _gather(self, item: _Entry) -> None:
        """Hand over at the end of this turn of the loop, with all else that comes in it."""
        if not self._gathered:
            self._loop.call_soon(self._hand_over)
        self._gathered.append(item)

    def _hand_over(self) -> None:
        if self._later:
            self._later.cancel()
            self._later = None
        self._waiting.put(_Handed(self._gathered, self._notes))
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
            entries = [entry for each in handed if each for entry in each.entries]
            self._keep([entry for entry in entries if entry.body])
            self._write_notes([note for each in handed if each for note in each.notes])
            self._settle([entry for entry in entries if not entry.body])
        self._end()

    def _end(self) -> None:
        """Leave everything so that the next start has little to read."""
        if self._index:
            self._index.write(self._segment.size)
        if self._people:
            self._people.close()
        with suppress(OSError):
            self._segment.remember()
        self._segment.close()
        for file in self._open.values():
            file.close()

    def _keep(self, entries: list[_Entry]) -> None:
        if not entries:
            return
        try:
            if self._people:
                self._seal(entries, self._people)
            begins, told = self._segment.size, [entry.told for entry in entries]
            receipts = self._segment.append([entry.body for entry in entries], told)
        except (OSError, Unavailable) as error:
            self._fail(entries, Unavailable(f"audit: {error}"))
            return
        self._settle(entries, receipts)
        if self._index:
            for entry, size in zip(entries, self._segment.sizes, strict=True):
                self._index.add(begins, entry.pseudonyms)
                begins += size
            self._index.covers(begins)

    def _seal(self, entries: list[_Entry], people: People) -> None:
        """Name whom entries are about in such a way that only who has their keys can tell."""
        wanted = [
            ((*entry.told.get("subjects", ()), *entry.told.get("acting", ())), entry.trail)
            for entry in entries
        ]
        for entry, named in zip(entries, people.seal_all(wanted), strict=True):
            count = len(entry.told.get("subjects", ()))
            entry.pseudonyms = [each[:PSEUDONYM] for each in named[:count]]
            parts: Json = {"people": named[:count]}
            if len(named) > count:
                parts["acting"] = named[count:]
            entry.body = b"%s,%s" % (entry.body, orjson.dumps(parts)[1:-1])

    def _settle(self, entries: list[_Entry], receipts: Sequence[str] = ()) -> None:
        if entries:
            told = receipts or [""] * len(entries)
            self._loop.call_soon_threadsafe(_tell, entries, told)

    def _fail(self, entries: list[_Entry], error: Exception) -> None:
        self._loop.call_soon_threadsafe(_tell_of, entries, error)

    def _write_notes(self, notes: list[tuple[Target, bytes]]) -> None:
        grouped: dict[int, tuple[Target, list[bytes]]] = {}  # a path takes long to be a key
        for target, line in notes:
            grouped.setdefault(id(target), (target, []))[1].append(line)
        for target, lines in grouped.values():
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


def readable_backwards(path: Path) -> Iterator[Json]:
    """The entries of a segment from the last to the first. A line that is none is left to
    `broken_at`: what cannot be read must not keep anyone from what can."""
    for line in entries_backwards(path):
        with suppress(orjson.JSONDecodeError):
            entry = orjson.loads(line)
            if isinstance(entry, dict) and entry.keys() >= ENTRY and entry.keys() & NAMING:
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


def _tell(entries: list[_Entry], receipts: Sequence[str]) -> None:
    for entry, receipt in zip(entries, receipts, strict=True):
        if not entry.done.cancelled():
            entry.done.set_result(receipt)


def _tell_of(entries: list[_Entry], error: Exception) -> None:
    for entry in entries:
        if not entry.done.cancelled():
            entry.done.set_exception(error)
