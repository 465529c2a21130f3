"""What a signal of the feed turned out to be, and the item that a lane makes of it.

For those that follow the feed.

Source: none.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from openroots.delivery.item import Item
from openroots.delivery.kept import Wish
from openroots.storage import Json, Told

PERSON = 16  # hexadecimal digits, to tell apart whom signals are about: no mark holds an NHS number


class Meaning(NamedTuple):
    """What a signal turned out to be. `after` is the cursor that it comes next to; `removed` is
    the subscription that it says is there no more."""

    told: Told
    after: str
    event: Json | None = None
    wanted: Sequence[str] = ()
    wish: Wish | None = None
    broken: bool = False
    removed: str = ""


def person_of(meaning: Meaning) -> str:
    """Whom a signal is about, as a lane knows them; "" where order means nothing."""
    about = meaning.told.signal.subject or str((meaning.event or {}).get("subject") or "")
    return sha256(about.encode()).hexdigest()[:PERSON] if about else ""


def item_of(meaning: Meaning, lane: str, person: str) -> Item:
    """The signal, about this person, as a lane holds it."""
    told, event = meaning.told, meaning.event
    type = told.signal.type if event is None else str(event.get("type", told.signal.type))
    id, subject = id_of(lane, told), told.signal.subject
    return Item(meaning.after, told.cursor, id, person, type, event, subject)


def id_of(lane: str, told: Told) -> str:
    """What the receiver knows a delivery by: the same whenever it is repeated, and no other's, also
    where a state was restored, and what was told of since comes to the same place again."""
    return f"msg_{sha256(f'{lane}/{told.cursor}/{told.time}'.encode()).hexdigest()[:32]}"


def unreadable(meaning: Meaning, now: datetime) -> Json:
    """The dead letter of a signal that nobody could understand."""
    told = meaning.told
    return {
        "id": f"unreadable-{told.cursor}",
        "subscription": "",
        "delivery": "",
        "type": told.signal.type,
        "after": meaning.after,
        "cursor": told.cursor,
        "attempts": 0,
        "first": now,
        "last": now,
        "told": "the signal cannot be understood",
    }
