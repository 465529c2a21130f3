"""What delivery is given by the house: what there is to deliver, to whom, and how to hand it over.

For `app.py`, which puts these together from services. A parcel is one event for one subscription;
a channel takes parcels to one kind of endpoint.

Source: none.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from openroots.storage import Json, Snapshot, Told

# Whether somebody may be told of whom an event is about, as a snapshot has it.
Tells = Callable[[Json, Snapshot], bool]


class Subscriber(NamedTuple):
    """A subscription with what delivery goes by. `application` is its owner. Where either of the
    two is not active, nothing is delivered, and what comes meanwhile is kept for it."""

    id: str
    application: str
    organisation: str
    endpoint: str
    active: bool
    body: Json


class Written(NamedTuple):
    """An event in the form in which a subscriber asked for it."""

    body: bytes
    media_type: str


class Reading(NamedTuple):
    """What is to be read at a URL, with these headers, and sent along with an event to an
    application."""

    url: str
    headers: Mapping[str, str]
    application: str


class Source(Protocol):
    """What there is to deliver and to whom: the events service, as delivery sees it. It reads
    snapshots and waits for nothing."""

    def begin(self, db: Snapshot) -> None:
        """Know all subscriptions as they are there."""
        ...

    def follow(self, told: Told, db: Snapshot) -> bool:
        """Whether the signal tells of a subscription; then it is known afterwards."""
        ...

    def removed(self, told: Told, db: Snapshot) -> str:
        """Which subscription is there no more, of those of which the signal tells; "" for none."""
        ...

    def asks_for(self, type: str) -> bool:
        """Whether any subscription is to events of this type: others need not be made."""
        ...

    def event(self, told: Told, db: Snapshot) -> Json | None:
        """The event that the signal tells of, with the same id each time; None for no event."""
        ...

    def trial(self, told: Told, subscriber: Subscriber) -> Json:
        """An event that tells of nothing, for a subscriber who asked to be sent one."""
        ...

    def matching(self, event: Json) -> Sequence[str]:
        """The ids of the subscriptions that ask for this event."""
        ...

    def subscribers(self, ids: Sequence[str], db: Snapshot) -> dict[str, Subscriber]:
        """Those of these subscriptions that are there. The number of reads does not grow."""
        ...

    def active(self, applications: Collection[str], db: Snapshot) -> Mapping[str, Tells | None]:
        """Those of these applications that may be told anything, and of whom: None for everybody.
        The number of reads does not grow."""
        ...

    def all_ids(self, db: Snapshot) -> list[str]:
        """The ids of all subscriptions."""
        ...

    def reading(self, event: Json, subscriber: Subscriber) -> Reading | None:
        """What is to be sent along with the event to this subscriber; None for nothing."""
        ...

    def written(self, event: Json, subscriber: Subscriber, found: Json | None = None) -> Written:
        """The event as this subscriber is to be given it, with what was found to be sent along."""
        ...


def sortable(cursor: str) -> str:
    """A place in the feed as text that sorts as the feed does; the beginning is ""."""
    return ".".join(part.rjust(15, "0") for part in cursor.split("."))


class Parcel(NamedTuple):
    """One event for one subscription, on its way. `id` is the same whenever it is repeated, and
    `cursor` is the signal's in the feed. `subject` is the person's stable key."""

    id: str
    cursor: str
    event: str
    type: str
    subject: str
    subscriber: Subscriber
    written: Written

    @property
    def place(self) -> str:
        """Sorts as the feed does."""
        return sortable(self.cursor)


class Outcome(NamedTuple):
    """What became of an attempt: a status of HTTP, or a word of ours. `gone` says that the
    receiver asked to be sent no more, `wait` for how long it asked to be sent nothing."""

    taken: bool
    told: str
    gone: bool = False
    wait: timedelta | None = None


UNTOLD = Outcome(False, "")  # of what was handed to nobody: its subscriber may not be told of it


class Channel(Protocol):
    """The way to one kind of endpoint. It takes `batch` parcels of one subscription in one go, and
    `flights` goes of one subscription at once."""

    batch: int
    flights: int

    def takes(self, endpoint: str) -> bool:
        """Whether this is the way to the endpoint."""
        ...

    async def hand_over(self, parcels: Sequence[Parcel], at: datetime) -> list[Outcome]:
        """What became of each. Raises nothing but Unavailable, of our own store."""
        ...

    async def close(self) -> None: ...
