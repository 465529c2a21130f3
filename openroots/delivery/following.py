"""Follows the feed of one store: what each signal means, and which lanes it concerns.

For the dispatcher. Where the store is another machine, what is read from it is read on a thread;
lanes are touched on the event loop alone.

Source: none.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from functools import partial
from itertools import takewhile
from typing import TypeVar

from openroots.delivery import kept
from openroots.delivery.item import Item
from openroots.delivery.kept import Begun, wish_of
from openroots.delivery.lane import Lane, lane_of
from openroots.delivery.leaving import Leaving, leaving
from openroots.delivery.meaning import Meaning, id_of, item_of, person_of, unreadable
from openroots.delivery.recent import Recent
from openroots.delivery.source import Source
from openroots.storage import Change, Json, Mark, Snapshot, Store, Told, Unavailable

T = TypeVar("T")

LEAST = 8  # signals that are read at once for a lane that has fallen behind
LOGS = 25  # that are kept at once: while more lanes are busy, they take turns

log = logging.getLogger(__name__)


async def looked(store: Store, read: Callable[[Snapshot], T]) -> T:
    """What is found in a store: on a thread where that means to wait for another machine."""
    if store.inline:
        return read(store.snapshot())
    return await asyncio.to_thread(lambda: read(store.snapshot()))


class Following:
    """The feed of one store, up to where it was read, and the lanes of those who subscribed."""

    def __init__(self, store: Store, source: Source) -> None:
        self.store = store
        self.begun = Begun()
        self.lanes: dict[str, Lane] = {}
        self.letters: list[Json] = []  # given up, and not yet on disk
        self.changed = False
        self.source = source
        self._leaving = Leaving()
        self._buried: list[Json] = []  # letters that are about to be on disk
        self._ended: list[str] = []  # of which nothing is left then
        self._recent = Recent()
        self._noted: dict[str, Lane] = {}  # whose log has changed, the longest ago first
        self._resubscribed = False

    async def load(self) -> None:
        """Go on from where the last run kept that it had come."""
        self.begun, self._leaving, states, logs = await looked(self.store, self._loaded)
        self.lanes = {id: lane_of(id, state, logs.get(id, ())) for id, state in states.items()}

    async def read(self, limit: int) -> list[Meaning]:
        """What comes next in the feed for all, at most so many."""
        tolds = await self.store.feed(self.begun.cursor, limit)
        if not tolds:
            return []
        after = self.begun.cursor
        return await looked(self.store, lambda db: list(self._meanings(tolds, after, db)))

    def offer(self, meanings: Sequence[Meaning], now: datetime) -> set[Lane]:
        """Offer what was read to the lanes that want it; returns those concerned."""
        concerned = set()
        for meaning in meanings:
            if meaning.wish:
                concerned.add(self._grant(meaning, now))
            person = person_of(meaning) if meaning.wanted else ""
            for id in meaning.wanted:
                lane = self.lane(id)
                lane.offer(item_of(meaning, id, person))
                concerned.add(lane)
            if meaning.removed:
                self._forget(meaning.removed)
            if meaning.broken:
                self.letters.append(unreadable(meaning, now))
            self.begun = Begun(meaning.told.cursor, meaning.told.t)
            self._recent.keep(meaning)
            self.changed = True
        return concerned

    async def fill(self, lane: Lane) -> bool:
        """Give a lane that has fallen behind what comes next for it; whether it came any further.
        It reads little more than there is room for."""
        place, room = lane.place, lane.room
        if place is None or not room:
            return False
        if place == self.begun.cursor:
            lane.caught_up()
            return True
        recent = None if lane.repeats else self._recent.since(place)
        if recent is not None:
            _fill_again(lane, recent)
            return True
        tolds = await self.store.feed(place, max(room, LEAST))
        meanings = await looked(self.store, lambda db: list(self._for_one(lane, tolds, place, db)))
        if lane.place != place:  # it was sent back meanwhile
            return True
        if not meanings:
            lane.caught_up()
        for meaning in meanings:
            if not lane.has_room:
                return True
            if meaning.event is not None:
                lane.take(item_of(meaning, lane.id, person_of(meaning)))
            lane.place, lane.changed = meaning.told.cursor, True
            if meaning.told.cursor == self.begun.cursor:
                lane.caught_up()
                break
        return True

    async def complete(self, lane: Lane, item: Item) -> None:
        """Read the event again that an item does not hold any more."""
        if tolds := await self.store.feed(item.after, 1):
            item.subject = tolds[0].signal.subject
            item.id = item.id or id_of(lane.id, tolds[0])
            read = partial(self._event_for, lane, tolds[0])
            item.event = await looked(self.store, read)

    async def look_at_subscribers(self, lanes: Collection[Lane]) -> None:
        """Whom these lanes are for, where that is not known or may have changed. A lane whose
        subscription has gone is forgotten."""
        asked = {lane.id: lane for lane in lanes if lane.subscriber is None or self._resubscribed}
        self._resubscribed = False
        if not asked:
            return
        find = partial(self.source.subscribers, list(asked))
        found = await looked(self.store, find)
        for id, lane in asked.items():
            lane.subscriber = found.get(id)
            if lane.subscriber is None:
                self.lanes.pop(id, None)

    async def look_at_owners(self, lanes: Collection[Lane]) -> None:
        """Whether the owners of these lanes may still be told anything."""
        owners = {lane.subscriber.application for lane in lanes if lane.subscriber}
        if owners:
            active = await looked(self.store, partial(self.source.active, owners))
            for lane in lanes:
                if lane.subscriber:
                    owner = lane.subscriber.application
                    lane.is_permitted, lane.tells = owner in active, active.get(owner)

    async def may_tell(self, lane: Lane, item: Item) -> bool:
        """Whether a lane's owner may be told of whom the event of an item is about."""
        if lane.tells is None or item.event is None:
            return True
        return await looked(self.store, partial(lane.tells, item.event))

    def bury(self, lane: Lane, letter: Json) -> None:
        """Have a dead letter be kept, unless its subscription was removed meanwhile."""
        if self.lanes.get(lane.id) is lane:
            self.letters.append(letter)

    def lane(self, id: str) -> Lane:
        """The lane of a subscription."""
        if id not in self.lanes:
            self.lanes[id] = Lane(id)
        return self.lanes[id]

    async def to_keep(self, logs: int = LOGS) -> tuple[list[Change], list[Mark]]:
        """What to commit so that the next run goes on from here, with so many logs at most. What
        changes from now on is to be kept the next time."""
        changed = [lane for lane in self.lanes.values() if lane.changed]
        self._noted |= {lane.id: lane for lane in changed if lane.noted}
        if not (changed or self.letters or self.changed or self._noted or self._leaving):
            return [], []
        marks = [kept.lane_mark(lane.id, lane.kept()) for lane in changed]
        marks += [self.begun.mark(), *self._logs(logs)]
        letters, self.letters, self.changed = self.letters, [], False
        self._buried = letters
        for lane in changed:
            lane.changed = False
        changes = await looked(self.store, partial(kept.buried, letters)) if letters else []
        if self._leaving:
            gone, over, self._ended = await looked(self.store, self._leaving.going)
            changes, marks = changes + gone, marks + over
        return changes, marks

    def was_kept(self) -> None:
        """What was to be kept is on disk."""
        self._leaving.end(self._ended)
        self._buried, self._ended = [], []

    def not_kept(self) -> None:
        """What was to be kept was not: it is to be tried again."""
        self.letters += self._buried
        self._buried, self.changed = [], True
        for lane in self.lanes.values():
            lane.changed = lane.noted = True

    def _logs(self, most: int) -> Iterable[Mark]:
        """So many of the logs that changed, those first that have waited longest."""
        for lane in list(self._noted.values())[:most]:
            del self._noted[lane.id]
            lane.noted = False
            yield kept.log_mark(lane.id, list(lane.log))

    def _loaded(
        self, db: Snapshot
    ) -> tuple[Begun, Leaving, dict[str, Json], dict[str, list[Json]]]:
        begun, ids = kept.begun(db), self.source.all_ids(db)
        self.source.begin(self.store.snapshot(at=begun.t))
        return begun, leaving(db), kept.states(db, ids), kept.logs(db, ids)

    def _meanings(self, tolds: Iterable[Told], after: str, db: Snapshot) -> Iterable[Meaning]:
        """What signals mean, as far as the snapshot goes: the feed may be a moment ahead of it."""
        for told in takewhile(lambda told: told.t <= db.t, tolds):
            yield self._meaning(told, after, db)
            after = told.cursor

    def _meaning(self, told: Told, after: str, db: Snapshot) -> Meaning:
        """One signal that cannot be understood must not stop those behind it. Raises Unavailable
        where its meaning cannot be looked up now: it is read again."""
        try:
            if wish := wish_of(told.signal):
                return Meaning(told, after, wish=wish)
            if self.source.follow(told, db):
                self._resubscribed = True
                return Meaning(told, after, removed=self.source.removed(told, db))
            asked = self.source.asks_for(told.signal.type)
            if not asked or (event := self.source.event(told, db)) is None:
                return Meaning(told, after)
            return Meaning(told, after, event, self.source.matching(event))
        except Unavailable:
            raise
        except Exception:
            log.exception("signal %s of commit %d cannot be understood", told.signal.type, told.t)
            return Meaning(told, after, broken=True)

    def _for_one(
        self, lane: Lane, tolds: Iterable[Told], after: str, db: Snapshot
    ) -> Iterable[Meaning]:
        for told in tolds:
            passed = lane.passes_over(told.cursor, told.time)
            asks = wish_of(told.signal) is not None  # granted when it was read for all
            event = None if passed or asks else self._event_for(lane, told, db)
            wanted = event is not None and lane.id in self.source.matching(event)
            yield Meaning(told, after, event if wanted else None)
            after = told.cursor

    def _event_for(self, lane: Lane, told: Told, db: Snapshot) -> Json | None:
        try:
            if wish := wish_of(told.signal):
                is_trial = wish.do == kept.TRIAL and wish.subscription == lane.id
                subscriber = lane.subscriber if is_trial else None
                return self.source.trial(told, subscriber) if subscriber else None
            return self.source.event(told, db)
        except Unavailable:
            raise
        except Exception:
            return None  # it was told of, and kept, when it was read for all

    def _forget(self, id: str) -> None:
        """Nothing more is kept of a subscription that was removed, and what was kept goes."""
        self.lanes.pop(id, None)
        self._noted.pop(id, None)
        self.letters = [each for each in self.letters if each["subscription"] != id]
        self._leaving.add(id)

    def _grant(self, meaning: Meaning, now: datetime) -> Lane:
        """Do what was asked. A trial is a signal like others, of which the event is made later."""
        assert meaning.wish is not None
        wish, lane = meaning.wish, self.lane(meaning.wish.subscription)
        match wish.do:
            case kept.PAUSE:
                lane.pause("its owner asked for it")
            case kept.RESUME:
                lane.resume(now)
            case kept.REPLAY:
                lane.go_back(wish.after, wish.since, self.begun.cursor)
            case kept.RESEND:
                lane.again(Item(wish.after, wish.cursor, "", ""), now)
            case kept.TRIAL:
                lane.again(item_of(meaning, lane.id, person_of(meaning)), now)
        return lane


def _fill_again(lane: Lane, meanings: Iterable[Meaning]) -> None:
    """Give a lane what it wanted of all that was read since it fell behind."""
    for meaning in meanings:
        if not lane.has_room:
            return
        if lane.id in meaning.wanted:
            lane.take(item_of(meaning, lane.id, person_of(meaning)))
        lane.place, lane.changed = meaning.told.cursor, True
    lane.caught_up()
