"""One signal for one subscription, and what is written down of it.

For lanes.

Source: none.
"""

from dataclasses import dataclass
from datetime import datetime

from openroots.delivery.source import Outcome
from openroots.storage import Json

BECAME = ("delivered", "failed", "given up")  # what an attempt can become


@dataclass(slots=True, eq=False)
class Item:
    """One signal for one subscription. `after` is the cursor that it comes next to; `person` is
    whom it is about, hashed, or "" where order means nothing. The event, and `subject`, by whose
    stable key the person is known, are read again where the event is None. `attempts` are those
    that count against it, of all its `tries`."""

    after: str
    cursor: str
    id: str
    person: str
    type: str = ""
    event: Json | None = None
    subject: str = ""
    number: int = 0
    attempts: int = 0
    tries: int = 0
    first: datetime | None = None
    due: datetime | None = None

    def kept(self) -> Json:
        """What is kept of it while it is aside."""
        return {
            "after": self.after,
            "cursor": self.cursor,
            "id": self.id,
            "person": self.person,
            "type": self.type,
            "attempts": self.attempts,
            "tries": self.tries,
            "first": self.first,
            "due": self.due,
        }


def item_kept(kept: Json) -> Item:
    """The item of which this was kept."""
    times = {name: moment(kept[name]) for name in ("first", "due")}
    return Item(**({"tries": kept["attempts"]} | kept | times))


def moment(text: str | None) -> datetime | None:
    """A time as JSON holds it."""
    return datetime.fromisoformat(text) if text else None


def dead_letter(lane: str, item: Item, outcome: Outcome, now: datetime) -> Json:
    """What is kept of a delivery that was given up: all that is needed to send it again."""
    return {
        "id": f"{lane}-{item.id}",
        "subscription": lane,
        "delivery": item.id,
        "type": item.type,
        "after": item.after,
        "cursor": item.cursor,
        "attempts": item.tries,
        "first": item.first,
        "last": now,
        "told": outcome.told,
    }


def became(outcome: Outcome, letter: Json | None) -> str:
    """In a word what became of an attempt, with the dead letter that it left, if it did."""
    return "delivered" if outcome.taken else "given up" if letter else "failed"


def log_entry(item: Item, outcome: Outcome, now: datetime, letter: Json | None) -> Json:
    """One attempt, as its owner reads of it."""
    return {
        "id": item.id,
        "type": item.type,
        "at": now,
        "attempt": item.tries,
        "outcome": became(outcome, letter),
        "told": outcome.told,
        "after": item.after,
        "cursor": item.cursor,
    }
