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
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from queue import SimpleQueue

import orjson

from openroots.clock import stopwatch
from openroots.storage.lines import entries_backwards
from openroots.storage.notes import NoteFiles, Notes, Target
from openroots.storage.patience import Patience
from openroots.storage.people_index import Index
from openroots.storage.sealing import People
from openroots.storage.segment import Head, Segment, broken_at
from openroots.storage.types import Json, Unavailable
from openroots.storage.waiting import Entry, Turn, seal
from openroots.storage.wave import Wave

__all__ = ["Journal", "Segment", "broken_at", "entries_backwards"]

PERSONAL = ("subjects", "acting")  # what is sealed of an entry
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
        self._due = self._writing = self._closed = self._left = False
        self._patience = Patience()
        self._wave = Wave(lambda: len(self._entries), self._hand_over)
        self._files = NoteFiles()
        self._then: Callable[[], None] | None = None  # to be done by the thread
        self._thread = threading.Thread(target=self._serve, name="openroots-journal", daemon=True)
        self._thread.start()

    async def keep(self, entry: Json) -> str:
        """Return the receipt of the entry once it is on disk; "" where nobody signs.

        Raises Unavailable where it cannot be written.
        """
        return await self.entered(entry.copy())

    def entered(self, entry: Json) -> "asyncio.Future[str]":
        """The same as a future, of an entry that is nobody else's: it is taken apart. Raises
        Unavailable while the log is closed."""
        if self._closed or self._left:
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
        self._refuse_where_left()
        last = self._segment
        await self._done(partial(self._turn_to, segment))
        return last.head()

    async def leave(self) -> None:
        """Close the segment, and the files of notes. Until another is entered nothing is written
        where they are: entries are refused, and notes wait."""
        self._refuse_where_left()
        self._left = True
        await self._done(self._leave)

    async def enter(self, segment: Segment) -> None:
        """Go on in this segment, after what was there was left."""
        await self._done(partial(self._enter, segment))
        self._left = False

    @property
    def segment(self) -> Path:
        """The segment that is written now."""
        return self._segment.path

    def head(self) -> Head:
        """How far the segment has come on disk. The next start need not read what is before.
        Raises Unavailable where it was left."""
        self._refuse_where_left()
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

    def _refuse_where_left(self) -> None:
        if self._left:
            raise Unavailable("audit: another log takes its place")

    async def _done(self, deed: Callable[[], None]) -> None:
        """Have the thread do this once it has written what came before."""
        self._then = deed
        await self.settled()

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
                seal(entries, self._people)
            told = [entry.told for entry in entries]
            turn.made = self._segment.made([entry.body for entry in entries], told)
        except Exception as error:  # whatever it is, those who wait must be told
            turn.error = Unavailable(f"audit: {error}")

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
                if deed := self._then:
                    self._then = None
                    deed()
                self._loop.call_soon_threadsafe(self._read, turn)
        if not self._left:
            self._end_segment()
        self._files.close()

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
        self._begin(segment)

    def _leave(self) -> None:
        self._end_segment()
        self._files.leave()

    def _enter(self, segment: Segment) -> None:
        self._begin(segment)
        self._files.enter()

    def _begin(self, segment: Segment) -> None:
        self._segment = segment
        if self._people:
            self._index = Index(segment.path, self._people.pseudonyms_in)

    def _end_segment(self) -> None:
        """Leave it so that whoever opens it next has little to read."""
        if self._index:
            self._index.write(self._segment.size)
        with suppress(OSError):
            self._segment.remember()
        self._segment.close()
