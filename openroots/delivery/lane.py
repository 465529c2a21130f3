"""One subscription on its way through the feed: what waits, what is under way, what is tried again.

For the dispatcher; it waits for nothing and reads no clock. A lane holds few signals: when its
receiver takes none, it keeps its place in the feed alone, however much comes after.

    waiting     next in the order of the feed; not tried yet
    flying      handed to a channel; not answered yet
    aside       failed, or behind one that failed and is about the same person; kept over a restart

Those about one person are sent one after the other. One that fails lets others pass, but none
about the same person. When several fail in a row, the receiver is taken to be away: the lane rests
and sends one from time to time, until one is taken.

Source: the idea of a circuit breaker is M. Nygard's.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from openroots.delivery.aside import Aside
from openroots.delivery.item import Item, dead_letter, item_kept, log_entry, moment
from openroots.delivery.schedule import LONGEST_REST, LONGEST_WAIT, is_spent, wait_after
from openroots.delivery.source import Outcome, Subscriber, Tells, sortable
from openroots.delivery.waiting import Waiting
from openroots.storage import Json

WINDOW = 64  # signals that wait in memory, of one lane
MOST_ASIDE = 100
FAILURES_TO_REST = 3
LOG_LENGTH = 50
LEFT = ("paused", "resting", "replaying", "behind")  # how one stands that does not follow
AS_IT_IS = {"since", "owed", "repeats", "paused", "failures", "delivered", "failed", "dead"}

Chance = Callable[[int], bytes]


@dataclass(slots=True, eq=False)
class Lane:
    """The state of one subscription. `place` is where in the feed it goes on from, while it does
    not follow with all others; `subscriber` is who it is for, as the store says now."""

    id: str
    place: str | None = None
    since: str = ""  # while it goes on from its place, it passes over what was told before
    owed: str = ""  # but for what comes after this: that was never delivered
    repeats: bool = False  # its place was given to it: what it wants there is to be seen afresh
    paused: str = ""  # by whom or why
    rests_until: datetime | None = None
    failures: int = 0  # in a row
    delivered: int = 0
    failed: int = 0
    dead: int = 0
    subscriber: Subscriber | None = None
    is_permitted: bool = True  # as the owner's registration says
    tells: Tells | None = None  # of whom the owner may be told; None: of everybody
    changed: bool = False
    waiting: Waiting = field(default_factory=Waiting)
    flying: dict[str, Item] = field(default_factory=dict)
    aside: Aside = field(default_factory=Aside)
    log: deque[Json] = field(default_factory=lambda: deque(maxlen=LOG_LENGTH))
    noted: bool = False  # something in the log that is not kept yet
    _number: int = 0

    @property
    def follows(self) -> bool:
        """Whether it takes signals as they come."""
        return self.place is None

    @property
    def state(self) -> str:
        """In a word how it stands, as its owner reads it."""
        if self.paused:
            return "paused"
        if self.rests_until is not None:
            return "resting"
        if self.repeats:
            return "replaying"
        return "following" if self.follows else "behind"

    @property
    def stands(self) -> bool:
        """Whether nothing may be sent: it was told to wait, or its owner was."""
        if self.paused or not self.is_permitted:
            return True
        return self.subscriber is not None and not self.subscriber.active

    @property
    def may_send(self) -> bool:
        """Whether there is anything that could be sent, if the channel takes it: no more than a
        guess, which is quickly made."""
        return bool(self.aside) or self.waiting.is_ready

    @property
    def is_idle(self) -> bool:
        """Whether it has nothing to do until the next signal comes."""
        return not (self.flying or self.waiting or self.aside) and self.place is None

    @property
    def room(self) -> int:
        """How many it would take of what it has fallen behind with: none until half have gone."""
        if not self.has_room:
            return 0
        room = WINDOW - len(self.waiting) if self.rests_until is None else 1
        return room if 2 * room >= WINDOW or self.rests_until is not None else 0

    @property
    def has_room(self) -> bool:
        """Whether it would take more of the feed now."""
        if self.stands:
            return False
        if self.rests_until is not None:  # one, to see whether the receiver is back
            return not (self.aside or self.waiting or self.flying)
        return len(self.waiting) < WINDOW and len(self.aside) < MOST_ASIDE

    def offer(self, item: Item) -> bool:
        """Take a signal as it comes; or remember one's place in the feed, and take it later."""
        if not self.follows:
            return False
        if not self.has_room:
            self.place, self.changed = item.after, True
            return False
        self.take(item)
        return True

    def take(self, item: Item) -> None:
        """Have it wait behind the others; behind those aside, where one is about the same person.
        One that is aside already comes from there."""
        if self.aside.holds(item.cursor):
            return
        self._number += 1
        item.number = self._number
        self.changed = True
        if self.aside.concerns(item.person):
            self._set_aside(item)
        else:
            self.waiting.put(item)

    def position(self) -> str | None:
        """From where the feed must be read again after a crash, for this lane; None: from where it
        is read for all. Something may be under way still that comes after what was left for later.
        """
        under_way = (item.after for item in self.flying.values() if item not in self.aside)
        waiting = (item.after for item in self.waiting)
        left = () if self.place is None else (self.place,)
        return min((*under_way, *waiting, *left), key=sortable, default=None)

    def next_ones(self, now: datetime, room: int) -> list[Item]:
        """What may be sent now: so many at most. They count as flying from here on."""
        if self.stands or room <= 0:
            return []
        if self.rests_until is not None:
            if self.flying or now < self.rests_until:
                return []
            room = 1
        chosen = self._again(now, room)
        while len(chosen) < room and len(self.aside) < MOST_ASIDE:
            if (item := self.waiting.next_one()) is None:
                break
            chosen.append(item)
        for item in chosen:
            self.flying[item.cursor] = item
        return chosen

    def settle(self, item: Item, outcome: Outcome, now: datetime, chance: Chance) -> Json | None:
        """Note what became of an attempt. Returns the dead letter where it is given up."""
        self.flying.pop(item.cursor, None)
        item.attempts, item.tries = item.attempts + 1, item.tries + 1
        item.first = item.first or now
        self.changed = True
        if outcome.taken:
            self._taken(item, now)
        else:
            self._refused(item, outcome, now, chance)
        letter = self._given_up(item, outcome, now)
        self.log.append(log_entry(item, outcome, now, letter))
        self.noted = True
        return letter

    def leave_out(self, item: Item) -> None:
        """Go on as if it had never been wanted: its owner may not be told of whom it is about."""
        self.flying.pop(item.cursor, None)
        self.changed = True
        self._release(item)

    def resume(self, now: datetime) -> None:
        """Send again, at once, what waits."""
        self.paused, self.changed = "", True
        self._awake(now)

    def pause(self, by: str) -> None:
        """Send nothing more until told to."""
        self.paused, self.changed = by, True
        self._fall_behind()

    def go_back(self, place: str, since: str, read: str) -> None:
        """Send everything again that comes after this place in the feed and was told since a time,
        and whatever was not delivered yet. `read` is up to where the feed was read for all."""
        owed = read if (left := self.position()) is None else left
        # Where it went back before, all until `owed` had been sent, and was to be sent again.
        self.owed = max(owed, self.owed, key=sortable) if self.repeats else owed
        self._forget_waiting()
        self.place = min(place, self.owed, key=sortable)
        self.since, self.repeats, self.changed = since, True, True

    def passes_over(self, cursor: str, time: datetime) -> bool:
        """Whether a signal that it reads at its place is too old to be sent again."""
        since = moment(self.since) if sortable(cursor) <= sortable(self.owed) else None
        return since is not None and time < since

    def again(self, item: Item, now: datetime) -> None:
        """Send this one again, out of turn."""
        self.aside.forget(item.cursor)
        self._set_aside(replace(item, due=now))
        if self.rests_until is not None:
            self.rests_until = now

    def caught_up(self) -> None:
        """From here on it takes signals as they come."""
        self.place, self.since, self.owed, self.repeats, self.changed = None, "", "", False, True

    def kept(self) -> Json:
        """The state as it is kept."""
        return {name: getattr(self, name) for name in AS_IT_IS} | {
            "place": self.position(),
            "rests_until": self.rests_until,
            "aside": self.aside.kept(),
        }

    def _again(self, now: datetime, room: int) -> list[Item]:
        """Those aside that may be sent: while it rests the first, to see who is back."""
        if not self.aside or self.rests_until is not None:
            return self.aside.first()
        return self.aside.due(now, room, self.flying)

    def _taken(self, item: Item, now: datetime) -> None:
        self.delivered += 1
        self.failures = 0
        self._release(item)
        if self.rests_until is not None:
            self._awake(now)

    def _release(self, item: Item) -> None:
        if item in self.aside:
            self.aside.leave(item)
        else:
            self.waiting.release(item.person)

    def _refused(self, item: Item, outcome: Outcome, now: datetime, chance: Chance) -> None:
        self.failed += 1
        if self.rests_until is not None:
            item.attempts -= 1  # the receiver is away: that is not the fault of this one
        item.due = now + wait_after(max(1, item.attempts), LONGEST_WAIT, chance)
        self._set_aside(item)
        if self.rests_until is None or self.rests_until <= now:  # else it was sent before the rest
            self.failures += 1
            if self.failures >= FAILURES_TO_REST or self.rests_until is not None:
                self._rest_until(now + wait_after(self.failures, LONGEST_REST, chance))
        if outcome.wait is not None:
            self._rest_until(now + outcome.wait)
        for other in self.waiting.give_up(item.person):
            self._set_aside(other)
        if outcome.gone:
            self.pause("the receiver answered 410 Gone")

    def _rest_until(self, time: datetime) -> None:
        self.rests_until = max(time, self.rests_until or time)
        self._fall_behind()

    def _given_up(self, item: Item, outcome: Outcome, now: datetime) -> Json | None:
        if outcome.taken or not is_spent(item.attempts, item.first or now, now):
            return None
        self.aside.leave(item)
        self.dead += 1
        return dead_letter(self.id, item, outcome, now)

    def _set_aside(self, item: Item) -> None:
        item.event, self.changed = None, True
        self.aside.put(item)

    def _fall_behind(self) -> None:
        """Hold nothing in memory that the feed holds too."""
        if self.waiting:
            first = min(self.waiting, key=lambda item: item.number)
            self.place = first.after
            # Those that were only put aside behind others are read again too.
            self.aside.forget_untried(first.number)
            self._forget_waiting()

    def _forget_waiting(self) -> None:
        under_way = [item.person for item in self.flying.values() if item not in self.aside]
        self.waiting.clear(under_way)

    def _awake(self, now: datetime) -> None:
        self.rests_until, self.failures = None, 0
        self.aside.make_due(now)


def lane_of(id: str, kept: Json, log: Iterable[Json] = ()) -> Lane:
    """The lane whose state and log these are."""
    lane = Lane(id, place=kept["place"], rests_until=moment(kept["rests_until"]))
    for name in AS_IT_IS & kept.keys():
        setattr(lane, name, kept[name])
    lane.log.extend(log)
    lane.noted = lane.changed = "log" in kept  # as an earlier version kept it: to be kept apart
    lane.aside = Aside(item_kept(each) for each in kept["aside"])
    return lane
