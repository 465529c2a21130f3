"""The audit log and the notes beside it: written for all at once, waited for by those who must.

For the gateway. An audit entry is on disk before the answer that it tells of leaves; all entries
that wait share one fdatasync. Each entry holds its own hash and that of the one before (see
`segment`), so that a line changed, put in, or taken out before the last is found by `broken_at`;
`verifying` finds all else. Whom an entry is about is sealed, where there are `People`.

Notes (trails, log lines) go the same way but nobody waits for them.

Source: none.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue

import orjson

from openroots.clock import stopwatch
from openroots.storage.lines import entries_backwards
from openroots.storage.notes import NoteFiles, Notes, Target
from openroots.storage.patience import Patience
from openroots.storage.people_index import Index
from openroots.storage.sealing import People
from openroots.storage.segment import Head, Segment
from openroots.storage.torn import whole_entry
from openroots.storage.types import Json, Unavailable
from openroots.storage.waiting import Entry, Turn
from openroots.storage.wave import Wave

__all__ = ["Journal", "Segment", "broken_at", "entries_backwards", "readable_backwards"]

BEGINNING = "0" * 64
PERSONAL = ("subjects", "acting")  # what is sealed of an entry
ENTRY = frozenset({"wall", "trail", "hash"})  # what no entry is without, besides whom it is about
PSEUDONYM = 22  # characters
NAMING = frozenset({"subjects", "people"})
NOTES_WAIT = 0.05  # seconds: waking the thread for each would cost more than writing it


class Journal:
    """The writer of one segment and of notes. Made inside a running event loop.

    What comes in turns of the loop that follow each other is written together. Lines are made in
    the loop's own turn, where that waits for nothing, and written there too for as long as the disk
    is quick: whoever comes meanwhile would have to wait for it anyway. Else a thread writes them.
    It has one turn's entries at a time, and what comes meanwhile makes the next. With `people`,
    whom an entry is about is sealed, and an index of the segment is kept.
    """

    def __init__(self, segment: Segment, people: People | None = None) -> None:
        self._segment = segment
        self._people = people
        self._index = Index(segment.path, people.pseudonyms_in) if people else None
        self._loop = asyncio.get_running_loop()
        self._turns: SimpleQueue[Turn | None] = SimpleQueue()
        self._entries: list[Entry] = []
        self._notes: Notes = {}
        self._readers: list[asyncio.Future[None]] = []
        self._due = self._writing = self._closed = False
        self._patience = Patience()
        self._wave = Wave(lambda: len(self._entries), self._hand_over)
        self._files = NoteFiles()
        self._next: Segment | None = None
        self._thread = threading.Thread(target=self._serve, name="openroots-journal", daemon=True)
        self._thread.start()

    async def keep(self, entry: Json) -> str:
        """Return the receipt of the entry once it is on disk; "" where nobody signs.

        Raises Unavailable where it cannot be written.
        """
        return await self.entered(entry.copy())

    def entered(self, entry: Json) -> "asyncio.Future[str]":
        """The same as a future, of an entry that is nobody else's: it is taken apart. Raises
        Unavailable once the log is closed."""
        if self._closed:
            raise Unavailable("audit: the log is closed")
        done: asyncio.Future[str] = self._loop.create_future()
        personal = {name: entry.pop(name) for name in PERSONAL if name in entry}
        body = orjson.dumps(entry if self._people else entry | personal)[:-1]
        about, acting = personal.get("subjects", ()), personal.get("acting", ())
        if not self._entries:
            self._soon()
        self._entries.append(Entry(body, done, entry, (*about, *acting), len(about)))
        return done

    def note(self, target: Target, line: bytes) -> None:
        """Append the line to the file or stream, some time soon."""
        if not self._notes:
            self._loop.call_later(NOTES_WAIT, self._hand_notes_over)
        _, lines = self._notes.get(id(target)) or self._notes.setdefault(id(target), (target, []))
        lines.append(line)

    async def settled(self) -> None:
        """Return once every note made so far can be read."""
        if self._closed:
            return
        done: asyncio.Future[None] = self._loop.create_future()
        self._soon()
        self._readers.append(done)
        await done

    async def go_on_in(self, segment: Segment) -> Head:
        """Write what comes from now on into another segment; returns how far the one so far came,
        which is closed then."""
        last, self._next = self._segment, segment
        await self.settled()
        return last.head()

    @property
    def segment(self) -> Path:
        """The segment that is written now."""
        return self._segment.path

    def head(self) -> Head:
        """How far the segment has come on disk. The next start need not read what is before."""
        with suppress(OSError):  # then it reads more
            self._segment.remember()
        return self._segment.head()

    async def close(self) -> None:
        """Write what waits, then close the files."""
        await self.settled()
        if self._closed:
            return
        self._closed = True
        self._turns.put(None)
        await asyncio.to_thread(self._thread.join)
        if self._people:
            self._people.close()

    def _soon(self) -> None:
        """Hand over soon, with all else that comes in these turns of the loop."""
        if not self._writing and not self._due:
            self._due = True
            self._wave.begin()

    def _hand_over(self) -> None:
        self._due = False
        turn = Turn(self._entries, {}, self._readers)
        self._entries, self._readers = [], []
        if turn.entries and self._all_known(turn.entries):
            self._make(turn)
        if turn.made and not turn.readers and self._patience.is_given:
            self._write_at_once(turn)
        else:
            turn.notes, self._notes = self._notes, {}
            self._writing = True
            self._turns.put(turn)

    def _hand_notes_over(self) -> None:
        if self._notes:
            self._turns.put(Turn([], self._notes, []))
            self._notes = {}

    def _all_known(self, entries: list[Entry]) -> bool:
        """Whether nobody's key has to be looked for on disk."""
        people = self._people
        return not people or people.has([name for entry in entries for name in entry.names])

    def _write_at_once(self, turn: Turn) -> None:
        """Write what was made in this turn of the loop; the notes wait for the thread."""
        began = stopwatch()
        self._write(turn)
        self._patience.spent(stopwatch() - began)
        self._find_again(turn)
        self._told(turn)

    def _make(self, turn: Turn) -> None:
        """Make lines of the entries, or say in the turn why none can be made."""
        entries = turn.entries
        try:
            if self._people:
                self._seal(entries, self._people)
            told = [entry.told for entry in entries]
            turn.made = self._segment.made([entry.body for entry in entries], told)
        except Exception as error:  # whatever it is, those who wait must be told
            turn.error = Unavailable(f"audit: {error}")

    def _seal(self, entries: list[Entry], people: People) -> None:
        """Name whom entries are about in such a way that only who has their keys can tell."""
        wanted = [(entry.names, entry.trail) for entry in entries]
        for entry, named in zip(entries, people.seal_all(wanted), strict=True):
            about = named[: entry.about]
            entry.pseudonyms = [each[:PSEUDONYM] for each in about]
            parts: Json = {"people": about}
            if len(named) > entry.about:
                parts["acting"] = named[entry.about :]
            entry.body = b"%s,%s" % (entry.body, orjson.dumps(parts)[1:-1])

    def _told(self, turn: Turn) -> None:
        """Tell those who wait for entries, and begin with what came meanwhile."""
        receipts = turn.receipts or [""] * len(turn.entries)
        for entry, receipt in zip(turn.entries, receipts, strict=True):
            if entry.done.cancelled():
                continue
            if turn.error:
                entry.done.set_exception(turn.error)
            else:
                entry.done.set_result(receipt)
        if not turn.readers:
            self._go_on()

    def _read(self, turn: Turn) -> None:
        """Tell those who wait for notes."""
        for done in turn.readers:
            if not done.cancelled():
                done.set_result(None)
        self._go_on()

    def _go_on(self) -> None:
        self._writing = False
        if self._entries or self._readers:
            self._hand_over()

    def _serve(self) -> None:
        while (turn := self._turns.get()) is not None:
            if turn.entries:
                self._write(turn)
                self._find_again(turn)
                self._loop.call_soon_threadsafe(self._told, turn)
            self._files.write(turn.notes)
            if turn.readers:
                if self._next:
                    self._turn_to(self._next)
                self._loop.call_soon_threadsafe(self._read, turn)
        self._end()

    def _write(self, turn: Turn) -> None:
        """Have the entries on disk, or say in the turn why they cannot be."""
        if not turn.made and not turn.error:
            self._make(turn)
        if not turn.made:
            return
        try:
            turn.receipts = self._segment.keep(turn.made)
        except Exception as error:  # of the disk or of who signs: those who wait must be told
            turn.error = Unavailable(f"audit: {error}")

    def _find_again(self, turn: Turn) -> None:
        """Note where entries begin that are on disk now, for those who ask about one person."""
        if self._index is None or turn.made is None or turn.error:
            return
        at = self._segment.size - sum(map(len, turn.made.lines))
        for entry, line in zip(turn.entries, turn.made.lines, strict=True):
            self._index.add(at, entry.pseudonyms)
            at += len(line)
        self._index.covers(at)

    def _turn_to(self, segment: Segment) -> None:
        self._end_segment()
        self._segment, self._next = segment, None
        if self._people:
            self._index = Index(segment.path, self._people.pseudonyms_in)

    def _end_segment(self) -> None:
        """Leave it so that whoever opens it next has little to read."""
        if self._index:
            self._index.write(self._segment.size)
        with suppress(OSError):
            self._segment.remember()
        self._segment.close()

    def _end(self) -> None:
        self._end_segment()
        self._files.close()


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
