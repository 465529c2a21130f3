"""Hands what was told to those who subscribed, for as long as the house is open.

    reads the feed    offers each signal to the lanes that want it        `following`
    sends             what a lane has next, through the channel to its endpoint    `handing`
    notes             what became of it, in the lane                      `lane`
    keeps             how far each has come, every second, in one commit

For `app.py`. One runs for a store at a time: see `lease`. When another store takes the place of
the one in use, it begins afresh on that.

Source: none.
"""

import asyncio
import logging
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime

from openroots.clock import stopwatch
from openroots.delivery.figures import Deliveries
from openroots.delivery.following import LOGS, Following
from openroots.delivery.handing import Handing, Hydrate, Sending, nothing_found
from openroots.delivery.item import became
from openroots.delivery.lane import Lane
from openroots.delivery.lease import Alone, Lease
from openroots.delivery.proving import Prove
from openroots.delivery.source import UNTOLD, Channel, Source
from openroots.storage import Author, Conflict, Json, Unavailable
from openroots.world import World

AT_ONCE = 32  # signals that are read in one turn: what is under way waits for that
SHARE = 2  # times as long as a turn took, what is under way has before the next
FILLING = 0.005  # seconds of a turn for lanes that have fallen behind
PERIOD = 0.02  # seconds between turns
PERIOD_APART = 0.1  # where the store is another machine
KEEPING = 1.0  # seconds between commits of the state
FLIGHTS_BEHIND = 2  # of a lane that catches up while others have something to send
FRESH = 0.1  # seconds for which an owner is known to be permitted
PATIENCE = 1.0  # seconds before another turn after one that failed
LAST_FLIGHTS = 5.0  # seconds that what is under way has, when the house closes

Waiter = Callable[[float], Awaitable[None]]

log = logging.getLogger(__name__)


async def unproved(entry: Json) -> None:
    """Keep no audit entry: for where there is no audit log."""


class Dispatcher:
    """What delivers the events of one world. `wait` is asked to pass the time between turns."""

    def __init__(
        self,
        world: World,
        source: Callable[[], Source],
        channels: Sequence[Channel],
        *,
        prove: Prove = unproved,
        hydrate: Hydrate = nothing_found,
        lease: Lease | None = None,
        wait: Waiter = asyncio.sleep,
        fresh: float = FRESH,
        keeping: float = KEEPING,
    ) -> None:
        self._world = world
        self._source = source
        self._handing = Handing(world, channels, prove, hydrate)
        self._lease = lease or Alone()
        self._wait = wait
        self._fresh, self._keeping = fresh, keeping
        self._following: Following | None = None
        self._working: set[Lane] = set()
        self._flights: set[asyncio.Task[None]] = set()
        self._outcomes: Counter[str] = Counter()
        self._kept_at = self._looked_at = 0.0
        self._running: asyncio.Task[None] | None = None

    def start(self) -> "Dispatcher":
        """Take turns from now on, until closed."""
        self._running = asyncio.create_task(self.run())
        return self

    async def run(self) -> None:
        """Take turns until cancelled. A turn that fails is told of, and tried again."""
        while True:
            pause = PERIOD if self._world.store.inline else PERIOD_APART
            begun = stopwatch()
            try:
                if await self.turn():
                    # To read on would only make what has been read wait longer.
                    pause = min(pause, SHARE * (stopwatch() - begun)) if self._flights else 0
            except Unavailable:
                pause = PATIENCE
            except Exception:
                log.exception("defect in delivery")
                self._following, pause = None, PATIENCE
            await self._wait(pause)

    async def turn(self) -> bool:
        """Read on, send what can be sent, keep how far it has come; whether there is more to do at
        once."""
        if not await self._lease.held(self._world.store):
            self._following = None  # another node goes on from what was kept
            return False
        following = await self._current()
        now = self._world.wall.now()
        meanings = await following.read(AT_ONCE)
        concerned = following.offer(meanings, now)
        self._working |= concerned
        await self._look(following, concerned)
        more = await self._fill(following)
        for lane in list(self._working):
            # Whichever has something under way goes on by itself once that is settled.
            if lane.aside or not lane.flying or lane in concerned:
                self._pump(following, lane, now)
            if lane.is_idle or following.lanes.get(lane.id) is not lane:
                self._working.discard(lane)
        if stopwatch() - self._kept_at >= self._keeping:
            await self.keep()
        return more or len(meanings) == AT_ONCE

    def figures(self) -> Deliveries:
        """What became of what was sent since the start, and how the lanes stand now."""
        lanes = self._following.lanes if self._following else {}
        return Deliveries(self._outcomes, Counter(lane.state for lane in lanes.values()))

    async def settled(self) -> None:
        """Return once nothing is under way."""
        while self._flights:
            await asyncio.gather(*self._flights)

    async def keep(self, logs: int = LOGS) -> None:
        """Keep how far it has come, and so many logs at most: what is not on disk is repeated after
        a crash."""
        self._kept_at = stopwatch()
        if (following := self._following) is None:
            return
        try:
            changes, marks = await following.to_keep(logs)
            if marks:
                now = self._world.wall.now()
                by = Author("openroots", "", "delivery", "", now, self._world.time.now())
                await following.store.commit(
                    changes, self._lease.guards, marks=marks, by=by, across=True
                )
                following.was_kept()
        except Conflict:
            self._following = None  # another node has taken over, or kept the same dead letter
        except Unavailable:
            following.not_kept()
            raise

    async def close(self) -> None:
        """Let what is under way come to an end, and keep how far it has come."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])
        if self._flights:
            await asyncio.wait(self._flights, timeout=LAST_FLIGHTS)
        for flight in self._flights:
            flight.cancel()
        with suppress(Unavailable):  # then some is repeated after the next start
            await self.keep(logs=sys.maxsize)
        await self._handing.close()

    async def _current(self) -> Following:
        """What follows the store in use."""
        store = self._world.store
        if self._following is None or self._following.store is not store:
            following = Following(store, self._source())
            await following.load()
            self._following, self._working = following, set(following.lanes.values())
            self._looked_at = 0.0  # of these owners nothing is known yet
        return self._following

    async def _look(self, following: Following, concerned: set[Lane]) -> None:
        """See for whom the lanes are, and some times a second whether they still may."""
        await following.look_at_subscribers(self._working)
        if stopwatch() - self._looked_at >= self._fresh:
            self._looked_at = stopwatch()
            await following.look_at_owners(self._working)
        else:
            await following.look_at_owners([lane for lane in concerned if not lane.flying])

    async def _fill(self, following: Following) -> bool:
        """Read on for lanes that have fallen behind: a little, so that others do not wait."""
        behind = [lane for lane in self._working if not lane.follows and lane.room]
        until = stopwatch() + FILLING
        more = False
        for lane in behind:
            if stopwatch() > until:
                return True
            more |= await following.fill(lane)
        return more

    def _pump(self, following: Following, lane: Lane, now: datetime) -> None:
        """Send what a lane has next, as far as its channel takes more."""
        while (sending := self._next(following, lane, now)) is not None:
            flight = asyncio.create_task(self._fly(following, lane, sending))
            self._flights.add(flight)

    def _next(self, following: Following, lane: Lane, now: datetime) -> Sending | None:
        """What a lane may send in one go now; None for nothing."""
        subscriber = lane.subscriber
        if not lane.may_send or subscriber is None or following is not self._following:
            return None
        channel = self._handing.channel(subscriber.endpoint)
        batch, flights = (channel.batch, channel.flights) if channel else (1, 1)
        if lane.place is not None and len(self._flights) > len(lane.flying):
            flights = min(flights, FLIGHTS_BEHIND)
        room = min(batch, batch * flights - len(lane.flying))
        items = lane.next_ones(now, room)
        return Sending(subscriber, channel, items) if items else None

    async def _fly(self, following: Following, lane: Lane, sending: Sending | None) -> None:
        """Hand some over, note what became of them, and go on with what comes next."""
        try:
            while sending is not None:
                outcomes = await self._handing.outcomes(following, lane, sending)
                now = self._world.wall.now()
                for item, outcome in zip(sending.items, outcomes, strict=True):
                    if outcome is UNTOLD:
                        lane.leave_out(item)
                        continue
                    letter = lane.settle(item, outcome, now, self._world.chance.bytes)
                    self._outcomes[became(outcome, letter)] += 1
                    if letter:
                        following.bury(lane, letter)
                if (sending := self._next(following, lane, now)) is not None:
                    self._pump(following, lane, now)
        finally:
            if task := asyncio.current_task():
                self._flights.discard(task)
