"""What is kept of delivery: how far each subscription has come, its log, and what was given up.

For the dispatcher, which writes it, and for the pages and APIs of owners, which read it and ask.
State is a mark for each subscription and one for the rest, written together every second: a signal
costs no flush of its own, and a crash leads to repeats and to nothing lost. The log of a
subscription is a mark apart, fifty times as large and less pressing: while many are busy they take
turns. What is asked of delivery is told through the feed, so that it takes its place among all
else that happened.

Source: none.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import orjson

from openroots.storage import Change, Json, Mark, Query, Signal, Snapshot, Term

MAIN = "delivery/main"
LANE = "delivery/lane/"
LOG = "delivery/log/"
ASKED = "openroots-delivery-asked-1"  # the type of a signal that asks something of delivery
DEAD_LETTER = "DeadLetter"

PAUSE, RESUME, REPLAY, RESEND, TRIAL = "pause", "resume", "replay", "resend", "test"


class Wish(NamedTuple):
    """What is asked of delivery for one subscription. A replay begins after the cursor `after`,
    with what was told at the time `since`; what is to be sent again comes after the one cursor
    and has the other."""

    do: str
    subscription: str
    after: str = ""
    cursor: str = ""
    since: str = ""

    def signal(self) -> Signal:
        """What to commit so that it is done."""
        return Signal(ASKED, "", orjson.dumps(self._asdict()).decode())


def wish_of(signal: Signal) -> Wish | None:
    """What a signal asks of delivery, if that is what it does. Raises ValueError or TypeError for
    one that cannot be granted."""
    if signal.type != ASKED:
        return None
    wish = Wish(**orjson.loads(signal.dataref))
    if wish.since and datetime.fromisoformat(wish.since).tzinfo is None:
        raise ValueError("a moment without a zone")
    return wish


class Begun(NamedTuple):
    """Up to where the feed has been read, and the commit that the last signal read was of."""

    cursor: str = ""
    t: int = 0

    def mark(self) -> Mark:
        """What to commit so that the next start goes on from here."""
        return Mark(MAIN, orjson.dumps(self._asdict()))


def begun(db: Snapshot) -> Begun:
    """Up to where the feed had been read when that was last kept."""
    mark = db.marks([MAIN]).get(MAIN)
    return Begun(**orjson.loads(mark.value)) if mark else Begun()


def lane_mark(id: str, state: Json) -> Mark:
    """What to commit so that a subscription's state is known at the next start."""
    return Mark(LANE + id, orjson.dumps(state))


def states(db: Snapshot, ids: Sequence[str]) -> dict[str, Json]:
    """The state of these subscriptions, by id; those without deliveries so far have none."""
    marks = db.marks([LANE + id for id in ids])
    return {key.removeprefix(LANE): orjson.loads(mark.value) for key, mark in marks.items()}


def log_mark(id: str, entries: Sequence[Json]) -> Mark:
    """What to commit so that the latest attempts for a subscription are known."""
    return Mark(LOG + id, orjson.dumps(entries))


def logs(db: Snapshot, ids: Sequence[str]) -> dict[str, list[Json]]:
    """The latest attempts for these subscriptions, oldest first; of those without there is none.
    After a crash the last of them may be missing."""
    marks = db.marks([prefix + id for id in ids for prefix in (LOG, LANE)])
    found = {}
    for id in ids:
        if log := marks.get(LOG + id):
            found[id] = orjson.loads(log.value)
        elif (state := marks.get(LANE + id)) and (log := orjson.loads(state.value).get("log")):
            found[id] = log  # an earlier version kept it there
    return found


def waited_for(db: Snapshot, ids: Sequence[str]) -> set[str]:
    """The places in the feed from which something is still to be delivered: to all, and to each of
    these subscriptions that has fallen behind or whose items were set aside."""
    all = states(db, ids).values()
    behind = {state["place"] for state in all if state["place"] is not None}
    aside = {item["after"] for state in all for item in state["aside"]}
    return {begun(db).cursor} | behind | aside


def dead_letters(db: Snapshot, subscription: str, limit: int = 50, after: str = "") -> list[Json]:
    """What was given up for a subscription, oldest first."""
    term = Term("subscription", (subscription,))
    return [row.body for row in db.search(Query(DEAD_LETTER, (term,), limit, after)).rows]


def dead_letter_terms(letter: Json) -> Iterable[tuple[str, str]]:
    """What a dead letter is found by."""
    yield "subscription", letter["subscription"]


def buried(letters: Sequence[Json], db: Snapshot) -> list[Change]:
    """What to commit so that these dead letters are kept; one that was given up before, and now
    again, is there once."""
    newest = {letter["id"]: letter for letter in letters}
    rows = db.read([(DEAD_LETTER, id) for id in newest])
    there = {id: row.version for (_, id), row in rows.items()}
    return [
        Change(DEAD_LETTER, id, letter, expect=there.get(id, 0)) for id, letter in newest.items()
    ]
