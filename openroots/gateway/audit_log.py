"""The audit log of one world, as one process of it has it open.

For `app.py`. It writes one segment. Where it stands for the whole world it also signs, from time to
time, how far all segments have come: those of the workers tell it.

    audit/0.jsonl          entries           audit/checkpoints.txt   signed: how far all have come
    audit/0.looks  0.head  worked out        keys/people.db          the keys of people, apart

Where entries are kept for a time only, it goes on in another segment now and then, `0r1.jsonl`, so
that whole segments can be let go of. That they were is signed first.

Source: none.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, TypeVar

from openroots.clock import Clock, Unpredictable, stopwatch
from openroots.identity.keys import Keys
from openroots.service import Endpoint, Service
from openroots.storage.audit import Journal
from openroots.storage.checkpoint import Checkpoints
from openroots.storage.looks import Deed, Looks
from openroots.storage.sealing import People
from openroots.storage.segment import Head, Segment
from openroots.storage.turning import began_at, following, newest_of, old_segments, remove
from openroots.storage.types import Unavailable

T = TypeVar("T")

FOLDER, PEOPLE_FILE, PEOPLE_SECRET = "audit", "people.db", "people"
LOOK = 1.0  # seconds
EVERY = 10.0  # seconds between checkpoints, where there is as much new as they say
LONGEST = 600.0  # seconds between them, where there is anything new
MOST_BEHIND = 10_000  # entries that no checkpoint names

# What is done to a record, as AuditEvent says it: a search executes something.
ACTIONS = {
    **{"read": "R", "create": "C", "update": "U", "patch": "U", "delete": "D", "search": "E"},
    **{"GET": "R", "PUT": "U", "PATCH": "U", "DELETE": "D"},
}
FHIR_NAMES = {"search": "search-type"}

Heads = Callable[[], Awaitable[list[Head]]]
Turn = Callable[[datetime], Awaitable[list[Head]]]
log = logging.getLogger(__name__)


class Signed(NamedTuple):
    """When something was signed, by the stopwatch and by the wall."""

    at: float
    wall: datetime

    def waited(self, now: "Signed") -> float:
        """The seconds since: those by the wall too, as no stopwatch runs while a machine sleeps."""
        return max(now.at - self.at, (now.wall - self.wall).total_seconds())

    def long_ago(self) -> "Signed":
        """As if another were due."""
        return self._replace(at=self.at - LONGEST)


class AuditLog:
    """A segment, its journal, the keys of people, and who may be told who looked."""

    def __init__(self, state: Path, number: int, keys: Keys) -> None:
        self.folder = state / FOLDER
        self.people = people_of(keys)
        self.looks = Looks(self.folder, self.people)
        self._keys = keys
        self._number = number
        self.journal = Journal(self._segment(), self.people)

    async def turn(self, before: datetime) -> list[Head]:
        """Go on in another segment where the one so far began before this moment; returns how far
        that one came."""
        path = self.journal.segment
        began = await asyncio.to_thread(began_at, path)
        if began is None or began >= before:
            return []
        return [await self.journal.go_on_in(Segment(following(path), self._keys))]

    async def leave(self) -> None:
        """Close the files, so that others can take their place. Until these are entered, entries
        are refused as Unavailable."""
        await self.journal.leave()

    async def enter(self) -> None:
        """Go on in the files that are there now."""
        await self.journal.enter(await asyncio.to_thread(self._segment))

    async def close(self) -> None:
        """Write what waits, then close the files."""
        await self.journal.close()

    def _segment(self) -> Segment:
        return Segment(newest_of(self.folder, self._number), self._keys)


class WholeLog(AuditLog):
    """The same for the whole world: with checkpoints over all segments."""

    def __init__(self, state: Path, keys: Keys, wall: Clock) -> None:
        self._keys = keys
        self._wall = wall
        self._turn = asyncio.Lock()  # of whoever signs
        self.others: Heads = nobody_else
        self.turn_others: Turn = nobody_turns
        self.have_others_leave: Heads = nobody_else
        self.cut_torn_ends(state / FOLDER)
        super().__init__(state, 0, keys)
        self._signing = asyncio.create_task(self._sign_now_and_then())

    def cut_torn_ends(self, folder: Path) -> None:
        """Cut off what a crash left half written, and note how far each segment has come."""
        folder.mkdir(parents=True, exist_ok=True)
        self.checkpoints = Checkpoints(folder, self._keys)
        for name in self.checkpoints.pruned:  # what a crash left of them
            remove(folder / f"{name}.jsonl")
        for path in sorted(folder.glob("*.jsonl")):
            self.take_up(path)

    def take_up(self, path: Path) -> None:
        """Cut off what a crash left half written of a segment that nobody has open, and note how
        far it has come."""
        segment = Segment(path, self._keys)
        self.checkpoints.note([segment.head()])
        segment.close()

    async def prune(self, before: datetime, turned: datetime, workers: int) -> int:
        """Have all go on in other segments where theirs began before the moment `turned`; let go of
        those in which nothing is newer than `before`, and say so in a checkpoint; returns how many
        entries went. Raises OSError."""
        async with self._turn:
            self.checkpoints.note([*await self.turn(turned), *await self.turn_others(turned)])
            old = old_segments(self.folder, before, workers)
            for path in old:
                self.take_up(path)
            names = [path.stem for path in old]
            count = sum(self.checkpoints.heads[name].seq for name in names)
            if names:
                self.checkpoints.prune(names, self._wall.now())
            else:  # those that nothing is added to any more are signed to their end
                self.checkpoints.write(self._wall.now())
            for path in old:
                remove(path)
        return count

    async def refilled(self, fill: Callable[[], T]) -> T:
        """Have the folder filled otherwise while nobody has a file of it open, then go on in what
        is there; returns what `fill` does. Whoever else writes here enters by itself. Where it
        fails, entries are refused from then on."""
        async with self._turn:
            await self.have_others_leave()
            await self.leave()
            done = await asyncio.to_thread(fill)
            await asyncio.to_thread(self.cut_torn_ends, self.folder)
            # It may be of long ago, and `audit verify` would miss a checkpoint.
            await asyncio.to_thread(self.checkpoints.write, self._wall.now())
            await self.enter()
        return done

    async def close(self) -> None:
        """Write what waits, sign how far all have come, and close the files."""
        async with self._turn:  # what is being signed is signed: nothing else would follow it
            self._signing.cancel()
        with suppress(asyncio.CancelledError):
            await self._signing
        await self.journal.close()
        with suppress(OSError, Unavailable):  # a full disk: the next start signs
            self.checkpoints.note([self.journal.head()])
            self.checkpoints.write(self._wall.now())

    async def _sign_now_and_then(self) -> None:
        signed = Signed(stopwatch(), self._wall.now())
        if self.checkpoints.behind:  # what a crash left waits no longer, or a checkpoint is missed
            signed = signed.long_ago()
        while True:
            await asyncio.sleep(LOOK)
            try:
                async with self._turn:
                    signed = await self._signed(signed)
            except OSError as error:  # a full disk: the next round signs
                signed = Signed(stopwatch(), self._wall.now())
                log.error("no checkpoint could be written: %s", error.strerror)
            except Unavailable:  # the log was left for good
                return

    async def _signed(self, last: Signed) -> Signed:
        """Sign how far all have come, if that is due; when it was signed last."""
        self.checkpoints.note([self.journal.head(), *await self.others()])
        now = Signed(stopwatch(), self._wall.now())
        if not is_due(last.waited(now), self.checkpoints.behind, len(self.checkpoints.heads)):
            return last
        await asyncio.to_thread(self.checkpoints.write, now.wall)
        return now


def is_due(waited: float, behind: int, segments: int) -> bool:
    """Whether a checkpoint is to be signed, after so many seconds and of so many entries that none
    names yet. It has a line for every segment: where there are more of these, it waits."""
    if waited >= EVERY and behind >= segments:
        return True
    return waited >= LONGEST or behind >= MOST_BEHIND


def deeds_of(services: Iterable[Service]) -> dict[str, Deed]:
    """What each endpoint does to a record, by its id."""
    return {endpoint.id: _deed(endpoint) for service in services for endpoint in service.endpoints}


def _deed(endpoint: Endpoint) -> Deed:
    interaction, type = endpoint.interaction or ("", "")
    action = ACTIONS.get(interaction or endpoint.method, "E")
    return Deed(endpoint.summary, action, FHIR_NAMES.get(interaction, interaction), type)


async def nobody_else() -> list[Head]:
    """There is no other process."""
    return []


async def nobody_turns(before: datetime) -> list[Head]:
    """There is no other process."""
    return []


def people_of(keys: Keys) -> People:
    """The keys of people, in the folder of the world's keys. Their chance is the machine's own,
    also where that of a world repeats itself: the same nonce must not come twice."""
    return People(keys.folder / PEOPLE_FILE, keys.secret(PEOPLE_SECRET), Unpredictable())
